"""Charts as SVG: shares with their intervals, and their course, in light and in dark.

Nothing is told by colour alone: a share is a dot, its interval a bar, the share before a hollow
diamond, and each has its words beside it. Each chart has a title and a description for those who
hear it. Nothing is loaded, and no script runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from amity.reports.card import Bucket, Counts, Measure, Scorecard
from amity.reports.intervals import Rate
from amity.reports.words import (
    change_words,
    counted_words,
    grouped,
    percent,
    rate_words,
    short_change,
    title,
)

__all__ = ["STYLE", "picture", "rate_svg", "spark_svg", "trend_svg"]

STYLE = """\
.amity text { font: 13px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--ink, #16181d); }
.amity .soft { fill: var(--soft, #5b6170); font-size: 12px; }
.amity .head { font-size: 20px; font-weight: 600; } .amity .module { font-weight: 600; }
.amity .axis { stroke: var(--line, #c9cdd6); stroke-width: 1; }
.amity .track { stroke: var(--line, #d9dce3); stroke-width: 2; }
.amity .reach { stroke: var(--reach, #7da0cf); stroke-width: 8; stroke-linecap: butt; }
.amity .band { fill: var(--reach, #7da0cf); fill-opacity: 0.3; stroke: none; }
.amity .line { fill: none; stroke: var(--mark, #1f4f94); stroke-width: 2; }
.amity .dot { fill: var(--mark, #1f4f94); stroke: var(--paper, #ffffff); stroke-width: 1; }
.amity .before { fill: var(--paper, #ffffff); stroke: var(--ink, #16181d); stroke-width: 1.5; }
.amity .change { stroke: var(--ink, #16181d); stroke-width: 1; stroke-dasharray: 3 3; }
.amity .paper { fill: var(--paper, #ffffff); }
"""
_DARK = """\
@media (prefers-color-scheme: dark) { .amity { --ink: #e8eaf0; --soft: #a9b0c0; --line: #454b59;
  --reach: #4a6da3; --mark: #9cc2ff; --paper: #14171d; } }
"""
_ROW, _LEFT, _SCALE, _RIGHT = 26, 372, 280, 308
_WIDTH = _LEFT + _SCALE + _RIGHT
_TREND_HEIGHT, _TREND_WIDTH, _EDGE = 190, 900, 44
_MOST_LABELS = 8
_TITLE_LETTERS = 44


def picture(card: Scorecard) -> str:
    """The whole card as one SVG file."""
    rows = list(_rows(card))
    top = 96 + _TREND_HEIGHT
    height = top + 40 + _ROW * len(rows) + 20
    body = [
        f'<rect class="paper" width="{_WIDTH}" height="{height}"/>',
        _text(24, 38, title(card), "head"),
        _text(24, 60, f"{card.period} (UTC), compared with {card.period.before}", "soft"),
        _text(24, 78, counted_words(card), "soft"),
        f'<g transform="translate(24 92)">{"".join(_trend(card.trend, card.minimum))}</g>',
        *_scale(top + 24, len(rows)),
    ]
    for place, (words, measure, is_module) in enumerate(rows):
        body += _row(top + 44 + _ROW * place, words, measure, is_module=is_module)
    described = "; ".join(_said(words, measure) for words, measure, _ in rows)
    return _svg(
        _WIDTH, height, title(card), described or "Nothing was counted.", body, is_file=True
    )


def rate_svg(measure: Measure, words: str) -> str:
    """One share with its interval and the share before, small enough for a cell of a table."""
    body = _mark(measure, 6, 11, 118)
    return _svg(130, 22, words, _said(words, measure), body)


def spark_svg(measure: Measure, words: str, most: int = 16) -> str:
    """The course of one share, small; a gap where there was too little."""
    groups = grouped(measure.trend, most)
    rates = [counts.rate(measure.minimum) for counts in groups]
    step = 112 / max(1, len(rates) - 1)
    points = [(4 + place * step, rate) for place, rate in enumerate(rates)]
    said = ", ".join(percent(rate.value) if rate else "too few" for rate in rates)
    return _svg(120, 22, f"{words}: its course", said, _course(points, 2, 18))


def trend_svg(card: Scorecard) -> str:
    """The course of all rules together, with its interval and every change of policies."""
    said = "; ".join(
        f"{bucket.period}: {_bucket_words(bucket.counts, card.minimum)}"
        + ", other policies judged from here on" * bucket.is_changed
        for bucket in card.trend
    )
    body = _trend(card.trend, card.minimum)
    return _svg(_TREND_WIDTH, _TREND_HEIGHT, "Share shown over time", said, body)


def _bucket_words(counts: Counts, minimum: int) -> str:
    rate = counts.rate(minimum)
    return f"{percent(rate.value)} of {counts.decided}" if rate else f"too few ({counts.decided})"


def _rows(card: Scorecard) -> Iterator[tuple[str, Measure, bool]]:
    for module in card.modules:
        yield module.title, module.measure, True
        for rule in module.rules:
            yield rule.title, rule.measure, False


def _said(words: str, measure: Measure) -> str:
    counts = f"{measure.counts.shown} shown, {measure.counts.missed} missed"
    rate = rate_words(measure.rate, measure)
    return f"{words}: {rate}, {counts}, {change_words(measure.change)}"


def _row(y: float, words: str, measure: Measure, *, is_module: bool) -> Iterator[str]:
    style, indent = ("module", 24) if is_module else ("", 40)
    yield _text(indent, y + 4, _short(words), style)
    yield from _mark(measure, _LEFT, y, _SCALE)
    rate = measure.rate
    if rate is None:
        said = f"{measure.counts.decided} of at least {max(measure.minimum, 1)}: no rate"
    else:
        said = f"{percent(rate.value)} of {measure.counts.decided:,}"
    yield _text(_LEFT + _SCALE + 18, y + 4, said)
    if rate is not None:
        yield _text(_LEFT + _SCALE + 142, y + 4, short_change(measure.change), "soft")


def _mark(measure: Measure, left: float, y: float, width: float) -> Iterator[str]:
    """The track from 0 to 100, the interval, the share, and the share before."""
    yield f'<line class="track" x1="{left}" y1="{y}" x2="{left + width}" y2="{y}"/>'
    rate, before = measure.rate, measure.rate_before
    if rate is None:
        return
    low, high = left + rate.low * width, left + rate.high * width
    yield f'<line class="reach" x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}"/>'
    if before is not None:
        x = left + before.value * width
        yield f'<path class="before" d="M{x:.1f} {y - 5}l5 5l-5 5l-5 -5z"/>'
    yield f'<circle class="dot" cx="{left + rate.value * width:.1f}" cy="{y}" r="4.5"/>'


def _scale(y: float, rows: int) -> Iterator[str]:
    for share in (0, 25, 50, 75, 100):
        x = _LEFT + _SCALE * share / 100
        yield f'<line class="axis" x1="{x}" y1="{y}" x2="{x}" y2="{y + _ROW * rows + 8}"/>'
        yield _text(x, y - 6, f"{share} %", "soft", anchor="middle")
    yield _text(24, y - 6, "● now, bar: 95 % interval, ◇ period before", "soft")
    yield _text(_LEFT + _SCALE + 142, y - 6, "▲▼ clear change, ≈ chance", "soft")


def _trend(trend: Sequence[Bucket], minimum: int) -> Iterator[str]:
    top, bottom = 12, _TREND_HEIGHT - 34
    width = _TREND_WIDTH - 2 * _EDGE
    step = width / max(1, len(trend))
    for share in (0, 50, 100):
        y = bottom - (bottom - top) * share / 100
        yield f'<line class="axis" x1="{_EDGE}" y1="{y}" x2="{_EDGE + width}" y2="{y}"/>'
        yield _text(_EDGE - 6, y + 4, f"{share} %", "soft", anchor="end")
    every = -(-len(trend) // _MOST_LABELS) if trend else 1
    changes = 0
    for place, bucket in enumerate(trend):
        x = _EDGE + step * (place + 0.5)
        if place % every == 0:
            yield _text(x, bottom + 18, f"{bucket.period.first:%d %b}", "soft", anchor="middle")
        if bucket.is_changed:
            edge = x - step / 2
            yield f'<line class="change" x1="{edge:.1f}" y1="{top}" x2="{edge:.1f}" y2="{bottom}"/>'
            changes += 1
            # Labels of changes that are close together stand one above the other.
            yield _text(
                edge + 4, bottom - 4 - 14 * (changes % 3), "other policies from here", "soft"
            )
    points = [
        (_EDGE + step * (place + 0.5), bucket.counts.rate(minimum))
        for place, bucket in enumerate(trend)
    ]
    yield from _course(points, top, bottom)


def _course(
    points: Sequence[tuple[float, Rate | None]], top: float, bottom: float
) -> Iterator[str]:
    """A line with its band for each run of points that have a share, and a dot for each of them."""

    def height(share: float) -> str:
        return f"{bottom - (bottom - top) * share:.1f}"

    for has_rate, run in groupby(points, key=lambda point: point[1] is not None):
        if not has_rate:
            continue
        known = [(x, rate) for x, rate in run if rate is not None]
        upper = [f"{x:.1f},{height(rate.high)}" for x, rate in known]
        lower = [f"{x:.1f},{height(rate.low)}" for x, rate in reversed(known)]
        line = " ".join(f"{x:.1f},{height(rate.value)}" for x, rate in known)
        yield f'<polygon class="band" points="{" ".join((*upper, *lower))}"/>'
        yield f'<polyline class="line" points="{line}"/>'
        for x, rate in known:
            yield f'<circle class="dot" cx="{x:.1f}" cy="{height(rate.value)}" r="2.5"/>'


def _text(x: float, y: float, words: str, style: str = "", anchor: str = "start") -> str:
    kind = f' class="{style}"' if style else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}"{kind}{side}>{escape(words)}</text>'


def _short(words: str) -> str:
    return words if len(words) <= _TITLE_LETTERS else f"{words[: _TITLE_LETTERS - 1]}…"


def _svg(
    width: float,
    height: float,
    name: str,
    described: str,
    body: Iterator[str] | Sequence[str],
    *,
    is_file: bool = False,
) -> str:
    style = f"<style>{STYLE}{_DARK}</style>" if is_file else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="amity" role="img" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}">'
        f"<title>{escape(name)}</title><desc>{escape(described)}</desc>"
        f"{style}{''.join(body)}</svg>"
    )

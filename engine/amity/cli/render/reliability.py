"""A reliability plot as SVG: the scores of findings against the share of them that was right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.sax.saxutils import escape

import numpy as np

from amity.measuring.tallies import Sightings

__all__ = ["reliability"]

SIZE, MARGIN, BINS = 320, 48, 10
COLOURS = ("#b45309", "#1d4ed8", "#047857")
# Told apart without colour as well.
DASHES = ("6 4", "none", "2 3")


def reliability(kinds: Mapping[str, Sightings]) -> str:
    """One line for each of *kinds*; on the diagonal, of findings scored 0.8 four in five are right.

    The size of a mark grows with the number of findings; all signals are taken together.
    """
    width = MARGIN * 2 + SIZE
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {width} {width + 24}" '
        'font-family="system-ui, sans-serif" font-size="11">',
        "<title>Scores against what was right</title>",
        f"<desc>{escape(_description(kinds))}</desc>",
        f'<rect width="{width}" height="{width + 24}" fill="#ffffff"/>',
        *_axes(),
    ]
    for (name, sightings), colour, dash in zip(kinds.items(), COLOURS, DASHES, strict=False):
        parts += _line(list(_points(sightings)), colour, dash)
        parts.append(_key(name, list(kinds).index(name), colour, dash))
    return "\n".join((*parts, "</svg>\n"))


def _points(sightings: Sightings) -> Iterator[tuple[float, float, int]]:
    """For each tenth of the scores with findings: the mean score, the share right, how many."""
    is_found = (sightings.score > 0) & sightings.counts
    score, is_right = sightings.score[is_found], sightings.is_there[is_found]
    bins = np.minimum((score * BINS).astype(int), BINS - 1)
    for each in np.unique(bins):
        kept = bins == each
        yield float(score[kept].mean()), float(is_right[kept].mean()), int(kept.sum())


def _description(kinds: Mapping[str, Sightings]) -> str:
    told = (
        f"{name}: "
        + ", ".join(f"{y:.0%} of {n} scored about {x:.2f}" for x, y, n in _points(found))
        for name, found in kinds.items()
    )
    return "; ".join(told)


def _x(value: float) -> float:
    return round(MARGIN + value * SIZE, 1)


def _y(value: float) -> float:
    return round(MARGIN + (1 - value) * SIZE, 1)


def _axes() -> list[str]:
    parts = [
        f'<rect x="{_x(0)}" y="{_y(1)}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#9ca3af"/>',
        f'<line x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}" stroke="#9ca3af" stroke-dasharray="3 3"/>',
        f'<text x="{_x(0.5)}" y="{_y(0) + 34}" text-anchor="middle">score</text>',
        f'<text x="14" y="{_y(0.5)}" text-anchor="middle" transform="rotate(-90 14 {_y(0.5)})">share that was right</text>',
    ]
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts += [
            f'<text x="{_x(tick)}" y="{_y(0) + 16}" text-anchor="middle">{tick:g}</text>',
            f'<text x="{_x(0) - 6}" y="{_y(tick) + 4}" text-anchor="end">{tick:.0%}</text>',
        ]
    return parts


def _line(points: list[tuple[float, float, int]], colour: str, dash: str) -> list[str]:
    path = " ".join(f"{_x(x)},{_y(y)}" for x, y, _ in points)
    most = max((count for *_, count in points), default=1)
    return [
        f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dash}"/>',
        *(
            f'<circle cx="{_x(x)}" cy="{_y(y)}" r="{2 + 5 * (count / most) ** 0.5:.1f}" fill="{colour}" fill-opacity="0.55"/>'
            for x, y, count in points
        ),
    ]


def _key(name: str, place: int, colour: str, dash: str) -> str:
    x, y = MARGIN + place * 110, MARGIN - 18
    return (
        f'<line x1="{x}" y1="{y}" x2="{x + 26}" y2="{y}" stroke="{colour}" stroke-width="2" stroke-dasharray="{dash}"/>'
        f'<text x="{x + 32}" y="{y + 4}">{escape(name)}</text>'
    )

"""A scorecard in the terminal: a bar with its interval, a course, and words for each rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amity.cli.render.look import STATE_STYLES, UNICODE, look_of
from amity.cli.render.wrap import clean
from amity.evaluate.outcome import State
from amity.reports import words
from amity.reports.card import Measure, Scorecard
from amity.reports.intervals import Direction
from amity.reports.moments import MomentPage, Wanted

__all__ = ["print_moments", "print_scorecard"]

_BAR, _SPARK = 20, 12
_WIDE = 110
_CHANGES = {Direction.UP: "green", Direction.DOWN: "red", Direction.UNCLEAR: "dim"}


@dataclass(frozen=True, slots=True)
class _Signs:
    """What to draw bars and courses with."""

    track: str
    reach: str
    value: str
    before: str
    heights: str
    few: str
    changes: Mapping[Direction, str]


_WORDS = {Direction.UP: "up", Direction.DOWN: "down", Direction.UNCLEAR: "~"}
_UNICODE = _Signs("·", "━", "●", "◇", "▁▂▃▄▅▆▇█", "·", words.CHANGES)
_ASCII = _Signs(".", "=", "O", "<", "_.-:=+*#", " ", _WORDS)


def print_scorecard(card: Scorecard, console: Console) -> None:
    """Print *card*: what it is of, each rule, parts, verdicts, and what to keep in mind."""
    signs = _UNICODE if look_of(console).bar == UNICODE.bar else _ASCII
    console.print(Text(clean(words.title(card)), style="bold"), soft_wrap=True)
    console.print(f"{card.period} (days in UTC), compared with {card.period.before}", style="dim")
    console.print(words.counted_words(card), soft_wrap=True)
    console.print()
    console.print(_table(list(_lines(card)), "Rule", console, signs))
    if card.parts:
        rows = [(words.part_name(part), part.measure, False) for part in card.parts]
        console.print()
        console.print(_table(rows, f"By {card.by}", console, signs))
    console.print()
    for said in _below(card, signs):
        console.print(said, soft_wrap=True)


def print_moments(page: MomentPage, wanted: Wanted, console: Console) -> None:
    """Print the moments behind a number, the newest first."""
    what = f"{wanted.policy}/{wanted.rule}, {wanted.state}: {wanted.subject}, {wanted.period}"
    console.print(Text(clean(what), style="bold"), soft_wrap=True)
    for moment in page.moments:
        at = datetime.fromtimestamp(moment.at_us / 1_000_000, UTC)
        turn = f"turn {moment.turn}" if moment.turn >= 0 else "no one turn"
        who = f", {moment.agent_id}" if moment.agent_id else ""
        gone = " (overturned by a reviewer, not counted)" if moment.is_overturned else ""
        console.print()
        console.print(f"{at:%Y-%m-%d %H:%M} UTC, {turn}{clean(who)}{gone}", soft_wrap=True)
        console.print(f"  {clean(moment.reason)}", soft_wrap=True)
        place = f"  conversation {moment.conversation_id}, decision {moment.decision_id}"
        console.print(Text(clean(place), style="dim"), soft_wrap=True)
    console.print()
    if not page.moments:
        console.print("There is none.")
    elif page.after is not None:
        seq, number = page.after
        console.print(f"There are more: go on with --after {seq}.{number}", soft_wrap=True)


def _lines(card: Scorecard) -> Iterator[tuple[str, Measure, bool]]:
    yield "All rules", card.measure, True
    for module in card.modules:
        yield module.title, module.measure, True
        for rule in module.rules:
            yield f"  {rule.title}", rule.measure, False


def _table(
    rows: Sequence[tuple[str, Measure, bool]], heading: str, console: Console, signs: _Signs
) -> Table:
    is_wide = console.width >= _WIDE
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column(heading, overflow="fold", min_width=18)
    for name in ("Shown", "Missed"):
        table.add_column(name, justify="right", no_wrap=True)
    if is_wide:
        table.add_column("Not known", justify="right", no_wrap=True)
        table.add_column("0 to 100 %", no_wrap=True)
    table.add_column("Rate (95 %)", no_wrap=True)
    table.add_column("Change", no_wrap=True)
    if is_wide:
        table.add_column("Course", no_wrap=True)
    for name, measure, is_whole in rows:
        cells = list(_cells(measure, signs, is_wide=is_wide))
        table.add_row(Text(clean(name)), *cells, style="bold" if is_whole else "")
    return table


def _cells(measure: Measure, signs: _Signs, *, is_wide: bool) -> Iterator[Text]:
    counts = measure.counts
    yield Text(f"{counts.shown:,}", style=STATE_STYLES[State.SHOWN])
    yield Text(f"{counts.missed:,}", style=STATE_STYLES[State.MISSED] if counts.missed else "dim")
    if is_wide:
        yield Text(f"{counts.abstained:,}", style="" if counts.abstained else "dim")
        yield _bar(measure, signs)
    rate = words.rate_words(measure.rate, measure) if measure.rate else "too few"
    yield Text(rate, style="" if measure.rate else "dim")
    if measure.change is None:
        yield Text("too few", style="dim")
    else:
        way = measure.change.direction
        said = f"{signs.changes[way]} {words.points_words(measure.change)}"
        yield Text(said, style=_CHANGES[way])
    if is_wide:
        yield Text(_course(measure, signs))


def _bar(measure: Measure, signs: _Signs) -> Text:
    """The interval as a bar with the rate on it, and the rate of the period before."""
    cells = [(signs.track, "dim")] * _BAR
    rate, before = measure.rate, measure.rate_before
    if rate is not None:
        for at in range(_cell(rate.low), _cell(rate.high) + 1):
            cells[at] = (signs.reach, "blue")
        if before is not None:
            cells[_cell(before.value)] = (signs.before, "")
        cells[_cell(rate.value)] = (signs.value, "bold")
    return Text.assemble(*cells)


def _cell(share: float) -> int:
    return min(int(share * _BAR), _BAR - 1)


def _course(measure: Measure, signs: _Signs) -> str:
    """A sign for each group of days, as high as its rate; where there are too few, a dot."""
    most = len(signs.heights) - 1
    rates = [counts.rate(measure.minimum) for counts in words.grouped(measure.trend, _SPARK)]
    return "".join(signs.heights[round(r.value * most)] if r else signs.few for r in rates)


def _below(card: Scorecard, signs: _Signs) -> Iterator[Text | str]:
    verdicts = ", ".join(
        f"{count.conversations:,} {count.verdict} ({count.before:,} before)"
        for count in card.verdicts
        if count.conversations or count.before
    )
    yield f"Verdicts: {verdicts or 'none'}"
    yield f"In no rate: {words.wait_words(card.measure.counts)}"
    for use in card.digests:
        yield f"Policies: {use.digest[:19]}… {use.period}, {words.several(use.conversations, 'conversation')}"
    for said in words.remarks(card):
        yield Text(f"Note: {said}", style="yellow")
    yield Text(
        f"{signs.value} rate now, {signs.reach * 3} its interval, {signs.before} rate before. A rate is shown of shown "
        f"and missed; there is none for fewer than {max(card.minimum, 1)}. Changes are in points of "
        f"100: {signs.changes[Direction.UP]} and {signs.changes[Direction.DOWN]} are clear, "
        f"{signs.changes[Direction.UNCLEAR]} is what chance may explain.",
        style="dim",
    )

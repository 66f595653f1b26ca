"""The end of a timeline: how it counts, the verdict in words, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from amity.cli.render.duties import duty_lines, number
from amity.cli.render.look import TONE_STYLES, TONE_WORDS, VERDICT_STYLES, Look
from amity.cli.render.view import Bar, NextStep, Tone, View
from amity.cli.render.wrap import clean, wrap
from amity.decision import Verdict
from amity.evaluate.outcome import State
from amity.policy.model import Severity

__all__ = ["heading", "legend", "summary_lines", "verdict_words"]

_BAR_CELLS = 20
_NARROW_BAR_CELLS = 10
_NARROW = 96
# With less room than this beside it, a text begins on a line of its own.
_LEAST_ROOM = 18
_TITLE_CELLS = 26


def summary_lines(view: View, width: int, look: Look) -> list[Text]:
    """Everything below the turns."""
    rows: list[Text] = []
    unplaced = [duty for duty in view.duties if duty.turn is None]
    if unplaced:
        rows += [heading("Not tied to one turn", width, look), *duty_lines(unplaced, width, look)]
        rows.append(Text())
    rows += [
        heading("How it counts: weight shown of weight possible", width, look),
        *_bars(view, width, look),
        Text(),
    ]
    rows += _verdict(view, width)
    if view.steps:
        rows += [Text(), heading("What to do next", width, look), *_steps(view, width)]
    if view.problems:
        rows += [Text(), heading("What could not be looked at", width, look)]
        rows += [row for problem in view.problems for row in _paragraph(problem, width, "yellow")]
    return rows


def heading(title: str, width: int, look: Look) -> Text:
    """A line across the page with *title* at its left."""
    row = Text.assemble((look.rule * 2 + " ", "dim"), (title, "bold"), " ")
    row.append(look.rule * max(width - row.cell_len, 0), style="dim")
    row.truncate(width)
    return row


def legend(tones: set[Tone], width: int, look: Look) -> list[Text]:
    """What the colours or marks of *tones* mean."""
    parts = [
        (f"{look.marks[tone] * 3} {TONE_WORDS[tone]}" if look.has_marks else TONE_WORDS[tone], tone)
        for tone in Tone
        if tone in tones
    ]
    rows = [Text()]
    for words, tone in parts:
        if rows[-1] and rows[-1].cell_len + 3 + len(words) > width:
            rows.append(Text())
        rows[-1].append("   " if rows[-1] else "")
        style = "dim" if look.has_marks else f"underline {TONE_STYLES[tone]}"
        rows[-1].append(words, style=style)
    return rows if parts else []


def _bars(view: View, width: int, look: Look) -> Iterator[Text]:
    cells = min(_TITLE_CELLS, max((cell_len(bar.title) for bar in view.bars), default=0))
    for bar in view.bars:
        row = Text(set_cell_size(bar.title, cells) + "  ")
        if bar.weight_shown + bar.weight_missed and not bar.out_of_scope:
            row.append_text(_bar(bar, _NARROW_BAR_CELLS if width < _NARROW else _BAR_CELLS, look))
        yield from _hanging(row, _counts(bar, look), width)
    if view.score is not None:
        counted = sum(bar.score is not None for bar in view.bars)
        of = "its one module" if counted == 1 else f"{counted} modules, by their weights"
        overall = Text.assemble(
            set_cell_size("Overall", cells) + "  ", (f"{view.score:.0%}  ", "bold")
        )
        yield from _hanging(overall, f"the mean of {of}", width)


def _hanging(row: Text, rest: str, width: int) -> Iterator[Text]:
    """*row* followed by *rest*, whose further lines begin below its first."""
    column = row.cell_len
    if width - column < min(_LEAST_ROOM, cell_len(rest)):
        yield row
        row, column = Text("  "), 2
    safe = clean(rest)
    for begin, end in wrap(safe, width - column):
        row.append(safe[begin:end], style="dim")
        yield row
        row = Text(" " * column)


def _bar(bar: Bar, cells: int, look: Look) -> Text:
    possible = bar.weight_shown + bar.weight_missed
    full = round(cells * bar.weight_shown / possible)
    if bar.weight_shown and bar.weight_missed:
        full = min(max(full, 1), cells - 1)
    weights = f"  {number(bar.weight_shown)} of {number(possible)}"
    return Text.assemble(
        (look.full * full, "green"),
        (look.empty * (cells - full), "red"),
        (weights.ljust(16) + " ", "bold"),
    )


def _counts(bar: Bar, look: Look) -> str:
    if bar.out_of_scope:
        return f"not applied: {_lowered(bar.out_of_scope)}"
    parts = [f"{count} {state}" for state, count in bar.counts if state is not State.NO_OPPORTUNITY]
    return f" {look.dot} ".join(parts) or "no opportunity arose"


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _verdict(view: View, width: int) -> list[Text]:
    name = view.verdict.value.upper()
    rows = _paragraph(f"{name}  {verdict_words(view)}", width, "")
    rows[0].stylize(VERDICT_STYLES[view.verdict], 0, len(name))
    return rows


def verdict_words(view: View) -> str:
    """What the verdict means for this conversation, in a sentence or two."""
    match view.verdict:
        case Verdict.INTERVENE:
            why = _missed(view, Severity.CRITICAL)
            return f"A critical duty was missed, so somebody should step in: {why}."
        case Verdict.COACH:
            why = _missed(view, Severity.MAJOR)
            return f"Something was missed that coaching can change: {why}."
        case Verdict.COMMEND:
            return "Every opportunity was taken. Tell the agent so."
        case Verdict.ABSTAIN:
            return "Too much is unknown to judge this conversation fairly."
        case Verdict.CLEAR:
            return f"{_nothing_wrong(view)}{' so far' if view.is_open else ''}."


def _nothing_wrong(view: View) -> str:
    states = {duty.state for duty in view.duties}
    if State.MISSED in states:
        return "Nothing was missed that matters much"
    return "Nothing was missed" if states else "There was no opportunity to judge"


def _missed(view: View, severity: Severity) -> str:
    missed = (duty for duty in view.duties if duty.state is State.MISSED)
    return _listed([duty.title for duty in missed if duty.severity is severity])


def _listed(titles: list[str]) -> str:
    return "; ".join(dict.fromkeys(title.rstrip(".") for title in titles))


def _steps(view: View, width: int) -> Iterator[Text]:
    serious = [step for step in view.steps if step.severity is not Severity.MINOR]
    shown = serious or view.steps
    for count, step in enumerate(shown, start=1):
        lead = f"{count}. {step.action}"
        rows = _paragraph(f"{lead}{_about(step)}", width, "dim")
        rows[0].stylize("not dim bold", 0, len(lead))
        yield from rows
        for row in _paragraph(step.text, width - 3, ""):
            yield Text.assemble("   ", row)
    smaller = [step.rule for step in view.steps if step not in shown]
    if smaller:
        yield from _paragraph(f"Also worth a word: {_listed(smaller)}.", width, "")


def _about(step: NextStep) -> str:
    turns = ", ".join(map(str, step.turns))
    place = f", turn{'s' * (len(step.turns) > 1)} {turns}" if turns else ""
    return f"  {step.rule} ({step.severity}{place})"


def _paragraph(text: str, width: int, style: str) -> list[Text]:
    safe = clean(text)
    return [Text(safe[begin:end], style=style) for begin, end in wrap(safe, width)]

"""Why the rules ended as they did on a conversation: a list, or beside the conversation itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from amity.cli.render.attempts import attempt_lines, more_words
from amity.cli.render.look import STATE_STYLES, Look, look_of
from amity.cli.render.summary import heading
from amity.cli.render.timeline import BESIDE, beside
from amity.cli.render.turn import turn_lines
from amity.cli.render.view import TONES, Mark, Tone
from amity.cli.render.wrap import clean, wrap
from amity.conversation import Conversation
from amity.evaluate.outcome import State
from amity.evaluate.trace import RuleTrace
from amity.signals import Catalogue, Signal

__all__ = ["print_explanation", "print_rule"]

_MAX_WIDTH = 132
_MIN_WIDTH = 30
_MARGIN = 4
# What needs attention comes first; of what is alike, what came nearest to ending otherwise.
_ORDER = (State.MISSED, State.ABSTAINED, State.PENDING, State.NO_OPPORTUNITY, State.SHOWN)


def print_explanation(traces: Sequence[RuleTrace], console: Console, title: str) -> None:
    """Print why each rule of *traces* ended as it did, the most telling first."""
    width, look = _width(console), look_of(console)
    _print(_explanation(traces, width, look, title), look, console)


def print_rule(
    trace: RuleTrace, conversation: Conversation, catalogue: Catalogue, console: Console
) -> None:
    """Print *conversation* with what *trace* saw in it, and beside each turn what became of it."""
    width, look = _width(console), look_of(console)
    _print(_beside_turns(trace, conversation, catalogue, width, look), look, console)


def _width(console: Console) -> int:
    return max(min(console.width, _MAX_WIDTH), _MIN_WIDTH)


def _print(rows: Iterable[Text], look: Look, console: Console) -> None:
    for row in rows:
        row.plain = row.plain.translate(look.folded)
        row.rstrip()
        console.print(row, no_wrap=True, overflow="ignore", crop=False, highlight=False)


def _explanation(traces: Sequence[RuleTrace], width: int, look: Look, title: str) -> Iterator[Text]:
    yield heading(title, width, look)
    yield Text()
    for trace in sorted((trace for trace in traces if trace.attempts), key=_rank):
        yield from _head(trace, width)
        for attempt in trace.attempts:
            yield from attempt_lines(attempt, trace.rule, width, look)
        if trace.more:
            yield from _paragraph(more_words(trace.more), width, "dim")
        yield Text()
    for reason, silent in _silent(traces).items():
        yield from _paragraph(reason, width, "bold")
        names = ", ".join(f"{trace.policy.name}/{trace.rule.id}" for trace in silent)
        for row in _paragraph(names, width - 2, "dim"):
            yield Text.assemble("  ", row)


def _rank(trace: RuleTrace) -> tuple[int, tuple[int, float]]:
    return min(_ORDER.index(state) for state in trace.states), trace.distance


def _silent(traces: Sequence[RuleTrace]) -> dict[str, list[RuleTrace]]:
    """The rules of which there is no more to say than why, by that."""
    found: dict[str, list[RuleTrace]] = {}
    for trace in traces:
        if not trace.attempts:
            is_idle = trace.reason.startswith("Its occasion did not arise")
            reason = "No occasion, and nothing near one:" if is_idle else trace.reason
            found.setdefault(reason, []).append(trace)
    return found


def _head(trace: RuleTrace, width: int) -> Iterator[Text]:
    states = ", ".join(state.value.replace("_", " ") for state in trace.states)
    style = STATE_STYLES[min(trace.states, key=_ORDER.index)]
    row = Text.assemble((clean(trace.rule.title), "bold"), "  ", (states, style))
    yield from (row.wrap(Console(width=width), width) if row.cell_len > width else [row])
    place = f"{trace.policy.name}/{trace.rule.id}"
    yield from _paragraph(f"{place}: {trace.english}", width, "dim")
    if trace.reason:
        yield from _paragraph(trace.reason, width, "yellow")


def _paragraph(text: str, width: int, style: str) -> Iterator[Text]:
    safe = clean(text)
    for begin, end in wrap(safe, width):
        yield Text(safe[begin:end], style=style)


def _beside_turns(
    trace: RuleTrace, conversation: Conversation, catalogue: Catalogue, width: int, look: Look
) -> Iterator[Text]:
    yield from _head(trace, width)
    yield Text()
    marks = [_mark(signal, catalogue) for signal in _seen(trace)]
    is_wide = width >= BESIDE
    left_width = width * 11 // 20 if is_wide else width
    for index in range(len(conversation.turns)):
        own = [mark for mark in marks if mark.turn == index]
        left = turn_lines(conversation, index, own, width=left_width, look=look)
        column = left_width + _MARGIN if is_wide else _MARGIN
        right = _at(trace, index, width - column, look)
        if is_wide:
            yield from beside(left, right, column)
        else:
            yield from (*left, *(Text.assemble(" " * column, row) for row in right))
        yield Text()
    if trace.more:
        yield from _paragraph(more_words(trace.more), width, "dim")


def _at(trace: RuleTrace, turn: int, width: int, look: Look) -> list[Text]:
    """What became of the occasions in *turn*."""
    return [
        row
        for attempt in trace.attempts
        if attempt.turn == turn
        for row in attempt_lines(attempt, trace.rule, width, look)
    ]


def _seen(trace: RuleTrace) -> Iterable[Signal]:
    """Everything that the rule saw, whether it counted or not."""
    found: dict[int, Signal] = {}
    for attempt in trace.attempts:
        steps = (*attempt.steps, *([attempt.unless] if attempt.unless else []))
        for whole in (attempt.given, *(step.condition for step in steps)):
            for part in whole.all_traces():
                near = (miss.signal for miss in part.near)
                found.update((id(s), s) for s in (*part.evidence, *part.against, *near))
    return found.values()


def _mark(signal: Signal, catalogue: Catalogue) -> Mark:
    label = signal.name.partition(".")[2].replace("_", " ") or signal.name
    tone = TONES[catalogue[signal.name].kind] if signal.name in catalogue else Tone.ACT
    return Mark(signal.turn, signal.start, signal.end, label, tone)

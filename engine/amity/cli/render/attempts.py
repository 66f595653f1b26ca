"""One occasion of a rule in lines: what was met by which words, and what failed, by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rich.text import Text

from amity.cli.render.duties import quoted
from amity.cli.render.look import STATE_STYLES, Look
from amity.cli.render.wrap import clean, wrap
from amity.evaluate.near_misses import MOST_NEAR
from amity.evaluate.outcome import State
from amity.evaluate.trace import Attempt, ConditionTrace, Ending, NearMiss, StepTrace
from amity.policy.condition_words import number, signal_words
from amity.policy.model import Group, Quantifier, Rule, RuleKind
from amity.signals import Signal

__all__ = ["attempt_lines", "ending_words", "more_words"]

_LABEL = 11
_NARROW_LABEL = 2
# With less room than this beside the labels, they stand above what they label.
_LEAST_ROOM = 36
_WORDS = {
    Ending.SHOWN: "shown",
    Ending.MISSED: "missed",
    Ending.ABSTAINED: "abstained: it cannot be known",
    Ending.PENDING: "pending: there is still time",
    Ending.CANCELLED: "cancelled by its exception",
    Ending.UNCLAIMED: "not there, and owed by nobody",
    Ending.UNCLEAR: "unknown whether there was an occasion",
    Ending.NOT_YET: "may still come",
    Ending.NOT_ARISEN: "did not arise",
}
_STATES = {
    Ending.SHOWN: State.SHOWN,
    Ending.MISSED: State.MISSED,
    Ending.ABSTAINED: State.ABSTAINED,
    Ending.UNCLEAR: State.ABSTAINED,
    Ending.PENDING: State.PENDING,
}
_TRUTHS = {True: State.SHOWN, False: State.MISSED, None: State.ABSTAINED}
_INVERTED = {True: State.MISSED, False: State.SHOWN, None: State.ABSTAINED}
_EXCUSES = {True: State.SHOWN, False: State.NO_OPPORTUNITY, None: State.ABSTAINED}
_ASKED = {
    RuleKind.EXPECT: "expected",
    RuleKind.FORBID: "forbidden",
    RuleKind.RECOGNISE: "recognised",
}


def ending_words(ending: Ending) -> str:
    """What became of an occasion, for people."""
    return _WORDS[ending]


def attempt_lines(attempt: Attempt, rule: Rule, width: int, look: Look) -> list[Text]:
    """The lines of *attempt*, an occasion of *rule*, at most *width* cells wide."""
    state = _STATES.get(attempt.ending, State.NO_OPPORTUNITY)
    head = Text.assemble(
        (f"{look.states[state]} ", f"bold {STATE_STYLES[state]}"),
        (_WORDS[attempt.ending], "bold"),
        f", turn {attempt.turn}",
    )
    is_forbidden = rule.kind is RuleKind.FORBID
    asked = _Part(_ASKED[rule.kind], _INVERTED if is_forbidden else _TRUTHS)
    rows = [head, *_part(_Part("occasion") if rule.given else asked, attempt.given, width, look)]
    for index, step in enumerate(attempt.steps):
        rows += _step(asked if index == 0 else _Part("then"), step, width, look)
    if attempt.unless:
        rows += _exception(attempt.unless, width, look)
    return rows


def more_words(more: Mapping[Ending, int]) -> str:
    """That there are occasions besides those listed: "and 12 more, not listed: 10 shown, 2 missed"."""
    listed = ", ".join(f"{count:,} {ending_words(ending)}" for ending, count in more.items())
    return f"and {sum(more.values()):,} more, not listed: {listed}"


@dataclass(frozen=True, slots=True)
class _Part:
    """How a part of a rule is labelled, and the sign for each truth of it."""

    label: str
    signs: Mapping[bool | None, State] = field(default_factory=lambda: _TRUTHS)


def _exception(unless: StepTrace, width: int, look: Look) -> Iterator[Text]:
    """The exception; one that asks for absence is told the other way round, as in English."""
    trace = unless.condition
    group = trace.condition
    if not isinstance(group, Group) or group.quantifier is not Quantifier.NONE:
        yield from _step(_Part("unless", _EXCUSES), unless, width, look)
        return
    near = sorted((miss for m in trace.members for miss in m.near), key=lambda m: m.distance)
    turned = replace(
        trace,
        condition=replace(group, quantifier=Quantifier.ANY),
        truth=None if trace.truth is None else not trace.truth,
        evidence=trace.against,
        near=tuple(near[:MOST_NEAR]),
        needed=1,
    )
    yield from _step(_Part("only where"), replace(unless, condition=turned), width, look)


def _step(part: _Part, step: StepTrace, width: int, look: Look) -> Iterator[Text]:
    yield from _part(part, step.condition, width, look, f"{step.window}{_turns(step)}")


def _turns(step: StepTrace) -> str:
    """The turns of a window, where they are not the whole story already."""
    if not step.turns:
        return " (no turn there yet)" if step.is_open else " (no turn there)"
    first, last = step.turns[0], step.turns[-1]
    return f" (turn {first})" if first == last else f" (turns {first} to {last})"


def _part(
    part: _Part, trace: ConditionTrace, width: int, look: Look, window: str = ""
) -> Iterator[Text]:
    """A whole condition of the rule, whose words stand above in the rule's English."""
    column, label = _LABEL, part.label
    if width - _LABEL < _LEAST_ROOM:
        yield Text.assemble("  ", (label, "dim"))
        column, label = _NARROW_LABEL, ""
    state = part.signs[trace.truth]
    sign = (f"{look.states[state]} ", STATE_STYLES[state])
    rows = list(_whole(trace, width - column - 4, look, window))
    for index, row in enumerate(rows):
        lead = f"  {label if index == 0 else ''}".ljust(column + 2)
        yield Text.assemble((lead, "dim"), sign if index == 0 else "  ", row)


def _whole(trace: ConditionTrace, width: int, look: Look, window: str) -> Iterator[Text]:
    if trace.truth is True and trace.evidence:
        yield from _why(trace, width, look)
        return
    if trace.truth is None:
        words = "not known"
    elif trace.truth is True:
        words = "so"
    elif trace.needed > 1:
        words = f"{trace.found} of {trace.needed}"
    else:
        words = "not so" if trace.against else "not found"
    yield from _hanging("", "", f"{words} {window}".rstrip(), width)
    yield from _why(trace, width, look)


def _condition(trace: ConditionTrace, width: int, look: Look) -> Iterator[Text]:
    """A part of a condition with its words."""
    found = ""
    if trace.truth is False and trace.needed > 1:
        found = f": {trace.found} of {trace.needed}"
    state = _TRUTHS[trace.truth]
    sign = f"{look.states[state]} "
    yield from _hanging(sign, STATE_STYLES[state], f"{trace.words}{found}", width)
    for row in _why(trace, width - 2, look):
        yield Text.assemble("  ", row)


def _why(trace: ConditionTrace, width: int, look: Look) -> Iterator[Text]:
    if trace.truth is True:
        yield from _said(trace.evidence, width, look)
    elif trace.truth is None:
        for why in trace.unknown:
            yield from _plain(why, width, "")
    elif _is_all(trace):
        for member in trace.members:
            yield from _condition(member, width, look)
    elif trace.against:
        yield from _said(trace.against, width, look)
    else:
        for miss in trace.near:
            yield from _plain(_near(miss, look), width, "")


def _is_all(trace: ConditionTrace) -> bool:
    condition = trace.condition
    return (
        isinstance(condition, Group)
        and condition.quantifier is Quantifier.ALL
        and len(trace.members) > 1
    )


def _said(signals: Sequence[Signal], width: int, look: Look) -> Iterator[Text]:
    for signal in signals:
        yield from _plain(_place(signal, look), width, "")


def _place(signal: Signal, look: Look) -> str:
    score = number(round(signal.score, 2))
    return (
        f"{quoted(signal.quote, look)} in turn {signal.turn} ({signal_words(signal.name)}, {score})"
    )


def _near(miss: NearMiss, look: Look) -> str:
    signal = miss.signal
    gaps = "; ".join(gap.words for gap in miss.gaps)
    place = f"{quoted(signal.quote, look)} in turn {signal.turn} ({signal_words(signal.name)})"
    return f"near: {place}: {gaps}"


def _plain(text: str, width: int, style: str) -> Iterator[Text]:
    yield from _hanging("", style, text, width)


def _hanging(lead: str, lead_style: str, text: str, width: int) -> Iterator[Text]:
    safe = clean(text).replace("\n", " ")
    for index, (begin, end) in enumerate(wrap(safe, width - len(lead))):
        if lead:
            first = (lead if index == 0 else " " * len(lead), lead_style)
            yield Text.assemble(first, safe[begin:end])
        else:
            yield Text(safe[begin:end], style=lead_style)

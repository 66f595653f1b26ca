"""The differences between two sets of policies as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amity.cli.render.sketches import sketch_lines
from amity.evaluate.outcome import State
from amity.evaluate.witness.search import Effect, Finding
from amity.evaluate.witness.strictness import Ending, Lean, Shift
from amity.policy.diff import Change, ChangeKind, Status

if TYPE_CHECKING:
    from rich.console import Console

    from amity.consequences import Consequence, Difference
    from amity.evaluate.witness.circumstances import Circumstance, FactSearch
    from amity.evaluate.witness.comparison import PolicyComparison, RuleComparison
    from amity.evaluate.witness.sketch import Sketch
    from amity.policy.cue_diff import CueChange

__all__ = ["Changes", "Version", "print_changes"]

_SIGNS = {Status.ADDED: "+", Status.REMOVED: "-", Status.CHANGED: "~", Status.RENAMED: "~"}
_STYLES = {Status.ADDED: "green", Status.REMOVED: "red", Status.CHANGED: "yellow"}
_LEANS = {
    Lean.TIGHTENS: "It tightens",
    Lean.LOOSENS: "It loosens",
    Lean.NEITHER: "It differs, neither stricter nor kinder",
}
_ONE_WAY = (Effect.TIGHTENS, Effect.LOOSENS)
# Characters of a text that are shown, and of those before the place where two texts part.
_LONG, _CONTEXT = 80, 20
_NO_CHANGE = "judges as before"

# A policy and one of its rules, or "" for the policy itself.
Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Version:
    """One of the two sides: where it was read from, and its digest."""

    source: str
    digest: str


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two sides."""

    old: Version
    new: Version
    policies: Sequence[PolicyComparison]
    cues: Sequence[CueChange]
    consequences: Mapping[Key, Sequence[Consequence]]


def print_changes(changes: Changes, console: Console) -> None:
    """Print *changes* policy by policy."""
    if not (changes.policies or changes.cues):
        console.print(_nothing(changes), soft_wrap=True)
        return
    console.print(f"{changes.old.source} → {changes.new.source}", soft_wrap=True)
    for policy in changes.policies:
        console.print()
        _print_policy(policy, changes.consequences, console)
    if changes.cues:
        console.print()
        _print_cues(changes.cues, console)


def _nothing(changes: Changes) -> str:
    if changes.old.digest == changes.new.digest:
        return "No difference: the digests are the same."
    return "No difference in policies or cues; the files differ in cases, examples, comments or layout."


def _print_policy(
    policy: PolicyComparison, consequences: Mapping[Key, Sequence[Consequence]], console: Console
) -> None:
    change = policy.change
    status = "" if change.status is Status.CHANGED else f"  {change.status}"
    console.print(f"{change.name}{status}", style="bold")
    _print_lines(_change_lines(change.changes), console)
    _print_lines(map(_circumstance, policy.circumstances), console)
    _print_lines(_facts(policy.facts), console)
    _print_consequences(consequences.get((change.name, ""), ()), [], console)
    for rule in policy.rules:
        _print_rule(rule, consequences.get((change.name, rule.change.id), ()), console)


def _print_lines(lines: Iterable[str], console: Console) -> None:
    for line in lines:
        console.print(f"    {line}", soft_wrap=True)


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        only = f"  ({change.kind})" if change.kind is ChangeKind.WORDING else ""
        yield f"{change.text}{only}"


def _print_rule(
    rule: RuleComparison, consequences: Sequence[Consequence], console: Console
) -> None:
    change = rule.change
    console.print()
    console.print(
        f"  {_SIGNS[change.status]} {change.id}", style=_STYLES.get(change.status), end=""
    )
    status = "" if change.status is Status.CHANGED else f"  {change.status}"
    console.print(f"{status}  {effect_words(rule)}", soft_wrap=True)
    _print_lines(_change_lines(change.changes), console)
    _print_lines(_facts(rule.facts), console)
    if rule.finding:
        _print_finding(rule.finding, console)
    drawn = (
        [rule.finding.witnesses[lean].sketch for lean in shown_leans(rule.finding)]
        if rule.finding
        else []
    )
    _print_consequences(consequences, drawn, console)


def _print_consequences(
    consequences: Sequence[Consequence], drawn: Sequence[Sketch], console: Console
) -> None:
    """What follows from each change, on a timeline that is not drawn twice."""
    seen = list(drawn)
    for one in consequences:
        if one.sketch is None:
            _print_lines([f"{one.key}: no other decision: {searched(one)}"], console)
            continue
        if one.sketch in seen:
            _print_lines([f"{one.key}: the decision differs on the timeline above:"], console)
        else:
            kind = "smallest" if one.is_smallest else "smallest that was found"
            _print_lines(
                [f"{one.key}: the {kind} timeline on which the decision differs:"], console
            )
            _print_lines((f"  {line}" for line in sketch_lines(one.sketch)), console)
            seen.append(one.sketch)
        _print_lines((f"  {difference_words(each)}" for each in one.differences), console)


def difference_words(difference: Difference) -> str:
    """What the decision says before and now; of long texts, where they part."""
    before, after = difference.before, difference.after
    pairs = zip(before, after, strict=False)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), len(before))
    texts = (_around(text, max(same - _CONTEXT, 0)) for text in (before, after))
    return f"{difference.what}: {' → '.join(texts)}"


def _around(text: str, start: int) -> str:
    """*text* from near *start* on, as much of it as is easily read."""
    if len(text) <= _LONG:
        return text
    start = min(start, len(text) - _LONG)
    shown = text[start : start + _LONG]
    return f"{'…' * (start > 0)}{shown}{'…' * (start + _LONG < len(text))}"


def effect_words(rule: RuleComparison) -> str:
    """What the change does, in a few words."""
    if rule.effect is None:
        kinds = {change.kind for change in rule.change.changes}
        if ChangeKind.COUNTING in kinds:
            return f"{_NO_CHANGE}; counts differently in the score"
        if ChangeKind.ACTIONS in kinds:
            return f"{_NO_CHANGE}; proposes other actions"
        if kinds == {ChangeKind.WORDING}:
            return f"{_NO_CHANGE}; wording only"
        return _NO_CHANGE
    if rule.effect is Effect.NONE_FOUND:
        return "no difference found that can be decided"
    if rule.effect in _ONE_WAY and rule.is_as_far_as_searched:
        return f"{rule.effect.value}, as far as was searched"
    return rule.effect.value


def _facts(facts: FactSearch | None) -> Iterator[str]:
    """What was found of two conditions, and how far the search went if it did not try everything."""
    if facts is None:
        return
    yield from map(_circumstance, facts.circumstances)
    if facts.stopped_short:
        yield (
            f"of {facts.combinations:,} combinations of facts, {facts.tried:,} were tried, "
            "spread over all; the others may differ too"
        )
    if not facts.circumstances:
        many = f"{facts.tried:,} combination{'s' * (facts.tried != 1)} tried"
        yield f"no facts were found on which the conditions differ ({many})"


def _circumstance(shift: Circumstance) -> str:
    return f"a conversation with {shift.words}: {shift.before} → {shift.after}"


def _print_finding(finding: Finding, console: Console) -> None:
    wanted = shown_leans(finding)
    for lean in wanted:
        _print_witness(finding, lean, console)
    missing = {Lean.TIGHTENS: "tightening", Lean.LOOSENS: "loosening"}
    for lean, word in missing.items():
        if wanted and lean in finding.sought - finding.witnesses.keys():
            _print_lines([f"{word}: {searched(finding)}"], console)
    if not wanted:
        _print_lines([f"difference: {searched(finding)}"], console)


def shown_leans(finding: Finding) -> list[Lean]:
    """The directions to show: those that are stricter or kinder, or else what is neither."""
    directions: tuple[Lean, ...] = (Lean.TIGHTENS, Lean.LOOSENS)
    decided = [lean for lean in directions if lean in finding.witnesses]
    return decided or list(finding.witnesses)


def searched(finding: Finding | Consequence) -> str:
    """How far the search went that found nothing."""
    turns = f"{finding.max_turns} turn{'s' * (finding.max_turns != 1)}"
    timelines = f"{finding.tried:,} timeline{'s' * (finding.tried != 1)} tried"
    every = f", among them all of size {finding.complete_to} or less" * bool(finding.complete_to)
    if isinstance(finding, Finding) and finding.is_exhausted:
        every = ": all that matter"
    return f"none found up to {turns} ({timelines}{every})"


def _print_witness(finding: Finding, lean: Lean, console: Console) -> None:
    witness = finding.witnesses[lean]
    kind = "smallest" if finding.is_smallest(lean) else "smallest that was found"
    console.print(f"    {_LEANS[lean]}. The {kind} timeline on which they disagree:")
    _print_lines((f"  {line}" for line in sketch_lines(witness.sketch)), console)
    for shift in witness.shifts:
        console.print(f"      {outcome_words(shift)}", soft_wrap=True)


def outcome_words(shift: Shift) -> str:
    """One opportunity, and how it ended before and ends now."""
    where = "somewhere" if shift.turn is None else f"in turn {shift.turn}"
    moved = shift.before.turn != shift.after.turn and None not in {
        shift.before.turn,
        shift.after.turn,
    }
    there = f"in turn {shift.before.turn}, now in turn {shift.after.turn}" if moved else where
    severity = bool(shift.before.severity and shift.after.severity)
    words = [_ending(ending, with_severity=severity) for ending in (shift.before, shift.after)]
    return f"the opportunity {there}: {words[0]} → {words[1]}"


def _ending(ending: Ending, *, with_severity: bool) -> str:
    if ending.state is State.NO_OPPORTUNITY:
        return "no duty"
    if ending.severity and with_severity:
        return f"{ending.state} ({ending.severity})"
    return str(ending.state)


def _print_cues(cues: Sequence[CueChange], console: Console) -> None:
    console.print("cues", style="bold")
    console.print("    What is detected may differ; timelines cannot show it, the cases can.")
    for cue in cues:
        sign = _SIGNS[cue.status]
        console.print(f"  {sign} {cue.name} [{cue.language}]: {cue.text}", soft_wrap=True)

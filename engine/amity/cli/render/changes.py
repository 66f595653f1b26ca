"""The differences between two sets of policies as text for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amity.evaluate.outcome import State
from amity.evaluate.witness.search import Effect, Finding
from amity.evaluate.witness.strictness import Ending, Lean, Shift
from amity.policy.diff import Change, ChangeKind, Status

if TYPE_CHECKING:
    from rich.console import Console

    from amity.evaluate.witness.circumstances import Circumstance
    from amity.evaluate.witness.comparison import PolicyComparison, RuleComparison
    from amity.evaluate.witness.sketch import SketchTurn
    from amity.policy.cue_diff import CueChange

__all__ = ["Changes", "Version", "print_changes"]

_SIGNS = {Status.ADDED: "+", Status.REMOVED: "-", Status.CHANGED: "~", Status.RENAMED: "~"}
_STYLES = {Status.ADDED: "green", Status.REMOVED: "red", Status.CHANGED: "yellow"}
_LEANS = {
    Lean.TIGHTENS: "It tightens",
    Lean.LOOSENS: "It loosens",
    Lean.NEITHER: "It differs, neither stricter nor kinder",
}
_NO_CHANGE = "judges as before"


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


def print_changes(changes: Changes, console: Console) -> None:
    """Print *changes* policy by policy."""
    if not (changes.policies or changes.cues):
        console.print(_nothing(changes), soft_wrap=True)
        return
    console.print(f"{changes.old.source} → {changes.new.source}", soft_wrap=True)
    for policy in changes.policies:
        console.print()
        _print_policy(policy, console)
    if changes.cues:
        console.print()
        _print_cues(changes.cues, console)


def _nothing(changes: Changes) -> str:
    if changes.old.digest == changes.new.digest:
        return "No difference: the digests are the same."
    return "No difference in policies or cues; the files differ in cases, examples, comments or layout."


def _print_policy(policy: PolicyComparison, console: Console) -> None:
    change = policy.change
    status = "" if change.status is Status.CHANGED else f"  {change.status}"
    console.print(f"{change.name}{status}", style="bold")
    _print_lines(_change_lines(change.changes), console)
    _print_lines(map(_circumstance, policy.circumstances), console)
    if any(c.key == "when" for c in change.changes) and not policy.circumstances:
        _print_lines(["no conversation was found on which the conditions differ"], console)
    for rule in policy.rules:
        _print_rule(rule, console)


def _print_lines(lines: Iterator[str] | Sequence[str] | map[str], console: Console) -> None:
    for line in lines:
        console.print(f"    {line}", soft_wrap=True)


def _change_lines(changes: Sequence[Change]) -> Iterator[str]:
    for change in changes:
        only = f"  ({change.kind})" if change.kind is ChangeKind.WORDING else ""
        yield f"{change.text}{only}"


def _print_rule(rule: RuleComparison, console: Console) -> None:
    change = rule.change
    console.print()
    console.print(
        f"  {_SIGNS[change.status]} {change.id}", style=_STYLES.get(change.status), end=""
    )
    status = "" if change.status is Status.CHANGED else f"  {change.status}"
    console.print(f"{status}  {effect_words(rule)}", soft_wrap=True)
    _print_lines(_change_lines(change.changes), console)
    _print_lines(map(_circumstance, rule.circumstances), console)
    if rule.has_other_when and not rule.circumstances:
        _print_lines(["no facts were found on which the conditions differ"], console)
    if rule.finding:
        _print_finding(rule.finding, console)


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
    return rule.effect.value


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


def searched(finding: Finding) -> str:
    """How far the search went that found nothing."""
    turns = f"{finding.max_turns} turn{'s' * (finding.max_turns != 1)}"
    timelines = f"{finding.tried:,} timeline{'s' * (finding.tried != 1)} tried"
    every = f", among them all of size {finding.complete_to} or less" * bool(finding.complete_to)
    if finding.is_exhausted:
        every = ": all that matter"
    return f"none found up to {turns} ({timelines}{every})"


def _print_witness(finding: Finding, lean: Lean, console: Console) -> None:
    witness = finding.witnesses[lean]
    kind = "smallest" if finding.is_smallest(lean) else "smallest that was found"
    console.print(f"    {_LEANS[lean]}. The {kind} timeline on which they disagree:")
    sketch = witness.sketch
    width = max(len(turn.speaker.participant) for turn in sketch.turns)
    before: SketchTurn | None = None
    for index, turn in enumerate(sketch.turns):
        when = _gap(before, turn) if sketch.has_times else ""
        said = f"{turn.speaker.participant:<{width}}  {_said(turn)}{when}"
        console.print(f"      {index}  {said}", soft_wrap=True)
        before = turn
    if sketch.is_open:
        console.print("      …  the conversation is still open")
    for shift in witness.shifts:
        console.print(f"      {outcome_words(shift)}", soft_wrap=True)


def _said(turn: SketchTurn) -> str:
    words = []
    for letter in turn.letters:
        if letter.is_unknown:
            words.append(f"{letter.name} unknown")
            continue
        attributes = ", ".join(f"{key} {value}" for key, value in letter.attributes)
        words.append(f"{letter.name} {letter.score:g}" + f" ({attributes})" * bool(attributes))
    return "; ".join(words) or "nothing that counts"


def _gap(before: SketchTurn | None, turn: SketchTurn) -> str:
    if turn.at is None:
        return "  (time not known)"
    if before is None:
        return ""
    if before.at is None:
        return f"  ({turn.at} s from the start)"
    return f"  ({turn.at - before.at} s later)" if turn.at > before.at else ""


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

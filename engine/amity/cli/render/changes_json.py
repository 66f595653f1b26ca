"""The differences between two sets of policies as plain values for JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from amity.cli.render.changes import Changes, Key, effect_words, searched, shown_leans
from amity.evaluate.witness.strictness import Ending, Lean, Shift

if TYPE_CHECKING:
    from amity.consequences import Consequence
    from amity.evaluate.witness.circumstances import Circumstance, FactSearch
    from amity.evaluate.witness.comparison import PolicyComparison, RuleComparison
    from amity.evaluate.witness.search import Finding
    from amity.evaluate.witness.sketch import Sketch, SketchTurn
    from amity.policy.diff import Change

__all__ = ["plain"]

Plain = dict[str, object]


def plain(changes: Changes) -> Plain:
    """*changes* as `amity diff -o json` prints them."""
    return {
        "old": {"source": changes.old.source, "digest": changes.old.digest},
        "new": {"source": changes.new.source, "digest": changes.new.digest},
        "policies": [_policy(policy, changes.consequences) for policy in changes.policies],
        "cues": [
            {"name": c.name, "language": c.language, "status": c.status, "text": c.text}
            for c in changes.cues
        ],
    }


def _policy(policy: PolicyComparison, consequences: Mapping[Key, Sequence[Consequence]]) -> Plain:
    change = policy.change
    return {
        "policy": change.name,
        "status": change.status,
        "changes": _changes(change.changes),
        "circumstances": [
            *(_circumstance(shift) for shift in policy.circumstances),
            *_circumstances(policy.facts),
        ],
        **_fact_search(policy.facts),
        "consequences": [_consequence(one) for one in consequences.get((change.name, ""), ())],
        "rules": [
            _rule(rule, consequences.get((change.name, rule.change.id), ()))
            for rule in policy.rules
        ],
    }


def _changes(changes: Sequence[Change]) -> list[Plain]:
    return [{"key": c.key, "kind": c.kind, "text": c.text} for c in changes]


def _circumstances(facts: FactSearch | None) -> list[Plain]:
    return [_circumstance(shift) for shift in facts.circumstances] if facts else []


def _fact_search(facts: FactSearch | None) -> Plain:
    if facts is None:
        return {}
    return {"factSearch": {"tried": facts.tried, "combinations": facts.combinations}}


def _circumstance(shift: Circumstance) -> Plain:
    return {
        "facts": dict(shift.facts),
        "before": shift.before,
        "after": shift.after,
        "direction": shift.lean,
    }


def _rule(rule: RuleComparison, consequences: Sequence[Consequence]) -> Plain:
    change = rule.change
    found: Plain = {
        "rule": change.id,
        "status": change.status,
        "effect": effect_words(rule),
        "changes": _changes(change.changes),
        "circumstances": _circumstances(rule.facts),
        **_fact_search(rule.facts),
        "consequences": [_consequence(one) for one in consequences],
    }
    if rule.finding:
        found["search"] = _search(rule.finding)
        found["witnesses"] = [_witness(rule.finding, lean) for lean in shown_leans(rule.finding)]
    return found


def _consequence(one: Consequence) -> Plain:
    found: Plain = {
        "key": one.key,
        "tried": one.tried,
        "maxTurns": one.max_turns,
        "completeToSize": one.complete_to,
    }
    if one.sketch is None:
        return {**found, "otherwise": searched(one)}
    return {
        **found,
        "isSmallest": one.is_smallest,
        **_sketch(one.sketch),
        "differences": [
            {"what": each.what, "before": each.before, "after": each.after}
            for each in one.differences
        ],
    }


def _sketch(sketch: Sketch) -> Plain:
    return {
        "size": sketch.size,
        "open": sketch.is_open,
        "turns": [
            _turn(index, turn, has_times=sketch.has_times)
            for index, turn in enumerate(sketch.turns)
        ],
    }


def _search(finding: Finding) -> Plain:
    return {
        "tried": finding.tried,
        "maxTurns": finding.max_turns,
        "completeToSize": finding.complete_to,
        "otherwise": searched(finding),
    }


def _witness(finding: Finding, lean: Lean) -> Plain:
    witness = finding.witnesses[lean]
    return {
        "direction": lean,
        "isSmallest": finding.is_smallest(lean),
        **_sketch(witness.sketch),
        "outcomes": [_shift(shift) for shift in witness.shifts],
    }


def _turn(index: int, turn: SketchTurn, *, has_times: bool) -> Plain:
    found: Plain = {
        "turn": index,
        "speaker": turn.speaker.participant,
        "role": turn.speaker.role,
        "signals": [
            {"signal": one.name, "score": one.score, "attributes": dict(one.attributes)}
            for one in turn.letters
            if not one.is_unknown
        ],
        "unknown": [one.name for one in turn.letters if one.is_unknown],
    }
    return {**found, "seconds": turn.at} if has_times else found


def _shift(shift: Shift) -> Plain:
    return {
        "turn": shift.turn,
        "before": _ending(shift.before),
        "after": _ending(shift.after),
        "direction": shift.lean,
    }


def _ending(ending: Ending) -> Plain:
    found: Plain = {"state": ending.state}
    return {**found, "severity": ending.severity} if ending.severity else found

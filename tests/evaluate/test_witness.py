"""Witnesses: they are true, small, and what is said about a change is never contradicted."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from tests.evaluate.edits import CONSTRUCTS, Edit, edits
from tests.evaluate.evaluator import PATIENT, SOAK, timeline
from tests.evaluate.rules import any_of, match, policy, rule
from tests.evaluate.timelines import Talk, talks

from amity.evaluate.outcome import State
from amity.evaluate.witness.contest import Contest, Version
from amity.evaluate.witness.search import Effect, Finding, search
from amity.evaluate.witness.strictness import Lean
from amity.policy.diff import compare_policies
from amity.policy.model import Rule, Severity

BUDGET = 20_000 if SOAK else 2500
# `AMITY_EXAMPLES=200 pytest tests/evaluate/test_witness.py` looks further.
EXAMPLES = settings(
    max_examples=int(SOAK or 3),
    derandomize=not SOAK,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    # Cutting a failure down would search again hundreds of times.
    phases=[Phase.generate],
)
APOLOGY = {"given": "anger", "expect": "apology", "within": "1 agent turn"}


def found(old: Rule | None, new: Rule | None, budget: int = 3000, max_turns: int = 0) -> Finding:
    versions = [Version(policy(one), one) if one else None for one in (old, new)]
    return search(*versions, budget=budget, max_turns=max_turns)


def edited(**changes: object) -> Finding:
    return found(rule(**APOLOGY), rule(**{**APOLOGY, **changes}))


def drawn(finding: Finding, lean: Lean) -> list[str]:
    """A witness with a line for each turn, and one for each outcome."""
    witness = finding.witnesses[lean]
    turns = [
        f"{turn.speaker.participant}: "
        + " ".join(f"{one.name.partition('.')[2]}={one.score}" for one in turn.letters)
        for turn in witness.sketch.turns
    ]
    return [line.strip() for line in turns] + [
        f"{shift.before.state} → {shift.after.state}" for shift in witness.shifts
    ]


def versions(edit: Edit) -> tuple[Version, Version]:
    before, after = (
        Version(policy(one, scored=edit.scored), one) for one in (edit.before, edit.after)
    )
    return before, after


@PATIENT
@pytest.mark.parametrize("construct", CONSTRUCTS)
@EXAMPLES
@given(data=st.data())
def test_what_is_said_of_an_edit_is_true(construct: str, data: st.DataObject):
    edit = data.draw(edits(construct))
    before, after = versions(edit)
    finding = search(before, after, budget=BUDGET)
    contest = Contest(before, after)
    for lean, witness in finding.witnesses.items():
        assert any(shift.lean is lean for shift in contest.judge(witness.sketch)), "not a witness"
    said = data.draw(st.lists(talks(), min_size=12, max_size=12))
    leans = {shift.lean for talk in said for shift in contest.compare(timeline(talk))}
    if leans:
        [change] = compare_policies([before.policy], [after.policy])
        assert change.rules[0].may_judge_differently, "called the same"
        assert finding.effect is not Effect.NONE_FOUND, "no witness was found"
    assert leans - {Lean.NEITHER} <= finding.witnesses.keys(), "the direction is contradicted"


@pytest.mark.parametrize(
    ("changes", "effect"),
    [
        ({"within": "2 agent turns"}, Effect.LOOSENS),
        ({"within": "60 seconds"}, Effect.BOTH),
        ({"within": "before the customer's next turn"}, Effect.BOTH),
        ({"given": match("anger", min_score=0.6)}, Effect.LOOSENS),
        ({"given": any_of("anger", "remedy")}, Effect.TIGHTENS),
        ({"expect": any_of("apology", "remedy")}, Effect.LOOSENS),
        ({"expect": match("apology", min_score=0.6)}, Effect.TIGHTENS),
        ({"expect": match("apology", count=3)}, Effect.TIGHTENS),
        ({"expect": match("apology", where={"target": ("customer",)})}, Effect.TIGHTENS),
        ({"unless": "remedy"}, Effect.LOOSENS),
        ({"then": [("remedy", "2 turns")]}, Effect.TIGHTENS),
        ({"per_conversation": True}, Effect.LOOSENS),
    ],
    ids=str,
)
def test_the_direction_of_a_change(changes, effect):
    assert edited(**changes).effect is effect


def test_the_witness_of_a_longer_window_is_just_past_the_old_one():
    assert drawn(edited(within="2 agent turns"), Lean.LOOSENS) == [
        "customer: anger=0.5",
        "agent:",
        "customer:",
        "agent: apology=0.5",
        "missed → shown",
    ]


def test_the_witness_of_a_threshold_lies_between_the_old_one_and_the_new():
    finding = edited(given=match("anger", min_score=0.6))
    assert drawn(finding, Lean.LOOSENS) == ["customer: anger=0.5", "missed → no_opportunity"]


def test_the_witness_of_a_window_of_time_is_one_second_past_its_edge():
    times = [rule(**{**APOLOGY, "within": text}) for text in ("60 seconds", "120 seconds")]
    witness = found(*times).witnesses[Lean.LOOSENS]
    assert [turn.at for turn in witness.sketch.turns] == [0, 61]


def test_colleagues_are_told_apart():
    old, new = (
        rule(given="support", expect="support", within=f"{n} colleague turns") for n in (1, 2)
    )
    speakers = [t.speaker.participant for t in found(old, new).witnesses[Lean.LOOSENS].sketch.turns]
    assert speakers == ["colleague A", "colleague B", "colleague A"]


def test_a_witness_too_large_to_be_enumerated_is_found_and_cut_down():
    old, new = (rule(**{**APOLOGY, "within": f"{n} agent turns"}) for n in (4, 5))
    finding = found(old, new, budget=2000)
    assert len(finding.witnesses[Lean.LOOSENS].sketch.turns) == 10


def test_none_is_found_where_the_turns_do_not_suffice():
    old, new = (rule(**{**APOLOGY, "within": f"{n} agent turns"}) for n in (4, 5))
    finding = found(old, new, budget=800, max_turns=5)
    assert finding.effect is Effect.NONE_FOUND
    assert (finding.max_turns, finding.tried) == (5, 800)


def test_a_new_rule_tightens_and_its_removal_loosens():
    only = rule(**APOLOGY)
    assert found(None, only).effect is Effect.TIGHTENS
    assert found(only, None).effect is Effect.LOOSENS


def test_more_praise_loosens():
    assert found(None, rule(recognise="apology")).effect is Effect.LOOSENS
    narrower = rule(recognise=match("apology", count=2))
    assert found(rule(recognise="apology"), narrower).effect is Effect.TIGHTENS


def test_a_higher_severity_tightens_where_a_duty_is_missed():
    from dataclasses import replace

    finding = found(rule(**APOLOGY), replace(rule(**APOLOGY), severity=Severity.CRITICAL))
    [shift] = finding.witnesses[Lean.TIGHTENS].shifts
    assert (shift.before.state, shift.after.severity) == (State.MISSED, Severity.CRITICAL)
    assert finding.sought == {Lean.TIGHTENS}


def test_the_same_question_has_the_same_answer():
    one, other = (edited(within="60 seconds") for _ in range(2))
    assert one == other


@EXAMPLES
@given(talk=talks())
def test_a_rule_agrees_with_itself(talk: Talk):
    only = rule(**APOLOGY, unless="remedy")
    version = Version(policy(only), only)
    assert not Contest(version, version).compare(timeline(talk))

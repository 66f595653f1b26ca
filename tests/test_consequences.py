"""What follows from a change: each witness is true, and a difference that talks show is not denied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.evaluate.evaluator import FEW, PATIENT, SOAK
from tests.evaluate.rules import bundles, policy, rule

from amity.consequences import Consequence, Consequences, Difference
from amity.decision import Verdict
from amity.evaluate.outcome import State
from amity.evaluate.plan import compile_plan
from amity.evaluate.timeline import Timeline
from amity.evaluate.witness.comparison import SearchLimits, compare
from amity.policy.model import Policy, Rule, RuleKind, Severity
from amity.verdict import module_result, overall_score, verdict

BUDGET = 1500
CHANGES = {
    "weight": (0.5, 3.0),
    "severity": (Severity.MAJOR, Severity.CRITICAL),
    "actions": (("coach",), ("coach", "notify-supervisor")),
    "coach": ("Say sorry.", "Say sorry first."),
}
ANGER = rule(given="anger", expect="apology", within="1 agent turn", name="anger")
THANKS = rule(recognise="remedy", name="thanks")


def found(
    old: Sequence[Policy], new: Sequence[Policy], budget: int = BUDGET
) -> dict[str, tuple[Consequence, ...]]:
    """The consequences of each changed rule, and under "" those of the policy."""
    finder = Consequences(old, new, SearchLimits(budget=budget))
    policies = compare(old, new, SearchLimits(budget=1))
    rules = {one.change.id: finder.of_rule(whole, one) for whole in policies for one in whole.rules}
    return {"": tuple(c for whole in policies for c in finder.of_policy(whole)), **rules}


def of_change(old: Rule, *others: Rule, **changes: object) -> Consequence:
    new = replace(old, **changes)
    before, after = (policy(one, *others) for one in (old, new))
    (only,) = found([before], [after])[old.id]
    return only


def decided(policies: Sequence[Policy], seen: Timeline) -> dict[str, object]:
    """What the decision says of *seen*, by the code that judges."""
    outcomes = compile_plan(policies).evaluate(seen)
    modules = [
        module_result(each, [o for o in outcomes if o.policy.name == each.name], 0)
        for each in policies
    ]
    missed = [o for o in outcomes if o.state is State.MISSED]
    return {
        "verdict": verdict(outcomes),
        "scores": [overall_score(modules), *(module.score for module in modules)],
        "actions": [(o.rule.id, o.rule.actions) for o in missed],
        "coach": [(o.rule.id, o.rule.coach) for o in missed],
    }


BEARS_ON = {
    "weight": ("scores", "verdict"),
    "severity": ("verdict",),
    "actions": ("actions",),
    "coach": ("coach",),
}


@PATIENT
@pytest.mark.parametrize("key", CHANGES)
@settings(FEW, max_examples=int(SOAK or 25))
@given(data=st.data(), old=bundles())
def test_what_is_said_to_follow_follows(key: str, data: st.DataObject, old: tuple[Policy, ...]):
    whole = data.draw(st.sampled_from(old))
    changed = data.draw(st.sampled_from(whole.rules))
    was, now = CHANGES[key]
    before, after = (
        [
            replace(
                each,
                rules=tuple(
                    replace(one, **{key: value}) if one is changed else one for one in each.rules
                ),
            )
            for each in old
        ]
        for value in (was, now)
    )
    consequences = found(before, after, 400)[changed.id]
    assert [one.key for one in consequences] == [key]
    (one,) = consequences
    if one.sketch:
        sides = [decided(side, one.sketch.timeline()) for side in (before, after)]
        assert any(sides[0][what] != sides[1][what] for what in BEARS_ON[key])
        assert one.differences
        for difference in one.differences:
            assert difference.before != difference.after


def test_a_weight_shows_where_another_rule_of_the_module_ends_otherwise():
    one = of_change(ANGER, THANKS, weight=3.0)
    assert one.is_smallest
    assert len(one.sketch.turns) == 2
    assert one.differences == (
        Difference("the score of p", "0.5", "0.25"),
        Difference("the overall score", "0.5", "0.25"),
    )


def test_a_weight_alone_in_its_bundle_changes_nothing():
    one = of_change(ANGER, weight=3.0)
    assert (one.sketch, one.tried) == (None, BUDGET)


def test_a_severity_shows_in_the_verdict():
    one = of_change(ANGER, THANKS, severity=Severity.CRITICAL)
    assert one.differences == (
        Difference("the verdict", Verdict.CLEAR.upper(), Verdict.INTERVENE.upper()),
    )


def test_actions_show_where_the_duty_is_missed():
    one = of_change(ANGER, actions=("coach",))
    assert one.differences == (Difference("the actions proposed for anger", "none", "coach"),)


def test_praise_is_never_missed_so_that_no_action_follows():
    assert THANKS.kind is RuleKind.RECOGNISE
    assert of_change(THANKS, actions=("coach",)).sketch is None


def test_the_weight_of_a_module_shows_beside_another_module():
    old = [policy(ANGER), policy(THANKS, name="q")]
    new = [replace(old[0], weight=3.0), old[1]]
    (one,) = found(old, new)[""]
    assert one.differences == (Difference("the overall score", "0.5", "0.25"),)


def test_what_another_change_does_is_not_told_of_this_one():
    other = rule(forbid="apology", name="other")
    old = [policy(ANGER, other)]
    new = [policy(replace(ANGER, coach="Say it."), replace(other, severity=Severity.CRITICAL))]
    (one,) = found(old, new)["anger"]
    assert [each.what for each in one.differences] == ["the advice for anger"]

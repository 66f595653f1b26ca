"""A replay compares canonical bytes, and says what explains a difference."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy import update
from tests.log.logkit import PlainForms, decided, entry, judge, outcome

from amity.decision import PluginVersion
from amity.errors import Problem
from amity.evaluate.outcome import State
from amity.log.errors import BadRecord
from amity.log.log import DecisionLog, open_log
from amity.log.record import Entry
from amity.log.replay import CannotJudge, Result, replay
from amity.log.tables import keys, payloads


class Without(PlainForms):
    """Keeps no original."""

    def of(self, conversation, decision):
        return dataclasses.replace(
            super().of(conversation, decision), sealed=None, key_ref="", key=None
        )


class Closed(PlainForms):
    """Has no key to open originals."""

    def original(self, *_):
        return None


@pytest.fixture
def log(tmp_path):
    with open_log(tmp_path / "log.db", PlainForms()) as opened:
        yield opened


def any_conversation():
    from tests.log.logkit import conversations

    return decided(conversations()[0].id)


def written(log: DecisionLog, **changes) -> int:
    """The record of a real decision, changed so before it was written."""
    conversation, decision = any_conversation()
    return log.append(Entry(dataclasses.replace(decision, **changes), conversation)).result().seq


def now(_digest):
    """The judge of these tests, whatever the digest."""
    return lambda conversation, is_open: judge().evaluate(conversation, is_open=is_open)


def codes(found) -> list[str]:
    return [problem.code for problem in found.problems]


def test_what_is_judged_alike_is_the_same(log):
    found = replay(log, written(log), now)
    assert (found.result, codes(found)) == (Result.SAME, [])
    assert found.recorded_sha256 == found.replayed_sha256


def test_the_policies_are_asked_for_by_the_recorded_digest(log):
    asked = []
    replay(log, written(log, policy_digest="sha256:then"), lambda d: (asked.append(d), now(d))[1])
    assert asked == ["sha256:then"]


def test_a_plugin_of_another_version_is_named(log):
    plugins = any_conversation()[1].plugins
    old = (PluginVersion(plugins[0].name, "0.0.1"), *plugins[1:])
    found = replay(log, written(log, plugins=old), now)
    assert found.result is Result.DIFFERENT
    assert codes(found) == ["R112"]
    assert f"{plugins[0].name} was at version 0.0.1" in found.problems[0].message


def test_a_plugin_that_is_gone_and_one_that_is_new_are_named(log):
    plugins = any_conversation()[1].plugins
    old = (PluginVersion("acme", "1.2"), *plugins[1:])
    found = replay(log, written(log, plugins=old), now)
    assert codes(found) == ["R111", "R113"]
    assert "acme (version 1.2)" in found.problems[0].message


def test_the_first_outcome_that_differs_is_named(log):
    outcomes = any_conversation()[1].outcomes
    changed = (outcomes[0], dataclasses.replace(outcomes[1], state=State.ABSTAINED), *outcomes[2:])
    found = replay(log, written(log, outcomes=changed), now)
    assert codes(found) == ["R120"]
    problem, outcome_ = found.problems[0], outcomes[1]
    assert problem.field == "outcomes[1]"
    assert f"{outcome_.policy.name}/{outcome_.rule.id} was abstained" in problem.message
    assert f"is {outcome_.state} now" in problem.message


def test_an_outcome_that_was_not_there_is_named(log):
    outcomes = any_conversation()[1].outcomes
    found = replay(log, written(log, outcomes=outcomes[:-1]), now)
    assert codes(found) == ["R120"]


def test_where_all_outcomes_agree_the_first_value_is_named_without_its_words(log):
    found = replay(log, written(log, score=0.123), now)
    assert codes(found) == ["R121"]
    assert found.problems[0].field == "score"
    outcomes = any_conversation()[1].outcomes
    said = dataclasses.replace(outcomes[0], reason="Ann asked for plums.")
    found = replay(log, written(log, outcomes=(said, *outcomes[1:])), now)
    assert codes(found) == ["R121"]
    assert found.problems[0].field == "outcomes[0].reason"
    assert "plums" not in str(found)


def test_a_problem_of_then_is_told_beside_the_difference(log):
    failed = (Problem("D201", "detector x of acme 1.2 failed"),)
    found = replay(log, written(log, problems=failed), now)
    assert codes(found)[0] == "R114"


def test_policies_that_are_not_at_hand_make_it_impossible(log):
    def nowhere(digest):
        raise CannotJudge("not at hand", [Problem("R110", f"{digest} is not at hand")])

    found = replay(log, written(log), nowhere)
    assert (found.result, codes(found)) == (Result.IMPOSSIBLE, ["R110"])
    assert found.recorded_sha256


@pytest.mark.parametrize(("forms", "code"), [(Without(), "R102"), (Closed(), "R105")])
def test_an_original_that_was_not_kept_or_cannot_be_opened_is_told_apart(tmp_path, forms, code):
    with open_log(tmp_path / "log.db", forms) as log:
        found = replay(log, written(log), now)
    assert (found.result, codes(found)) == (Result.IMPOSSIBLE, [code])


def test_an_original_whose_time_was_over_is_told(log):
    seq = written(log)
    log.write(lambda c: c.execute(update(payloads).values(sealed=None))).result()
    assert codes(replay(log, seq, now)) == ["R104"]


def test_an_original_whose_key_was_destroyed_is_told(tmp_path):
    with open_log(tmp_path / "log.db", Closed()) as log:
        seq = written(log)
        gone = update(keys).values(wrapped=None, destroyed_us=1)
        log.write(lambda c: c.execute(gone)).result()
        assert codes(replay(log, seq, now)) == ["R103"]


def test_a_record_that_is_no_decision_is_told(log):
    log.append(entry(0, conversation_id="a")).result()
    seq = log.append(outcome("a")).result().seq
    assert codes(replay(log, seq, now)) == ["R101"]


def test_a_record_that_is_not_there_is_refused(log):
    with pytest.raises(BadRecord):
        replay(log, 9, now)

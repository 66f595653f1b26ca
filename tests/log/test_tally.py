"""What a batch adds to the daily sums."""

from __future__ import annotations

from amity.log.rows import Rows
from amity.log.tables import daily_findings, daily_totals, group_findings, group_verdicts
from amity.log.tally import Tally


def rows(agent: str, *findings: tuple[str, str, float], is_open: bool = False) -> Rows:
    decision = {
        "day": 3,
        "team": "north",
        "channel": "chat",
        "agent_id": agent,
        "policy_digest": "d",
        "is_open": is_open,
        "verdict": "coach",
    }
    made = [
        {
            "team": "north",
            "agent_id": agent,
            "policy": "p",
            "rule": rule,
            "state": state,
            "weight": weight,
        }
        for rule, state, weight in findings
    ]
    return Rows(decision, tuple(made))


def changed(*counted: tuple[Rows, int]) -> dict:
    tally = Tally()
    for each, sign in counted:
        tally.count(each, sign)
    return dict(tally.changed())


def test_agents_of_a_team_are_added_up_and_come_in_the_order_of_keys():
    made = changed(
        (rows("zoe", ("b", "missed", 2), ("a", "shown", 0.5)), 1),
        (rows("al", ("a", "shown", 1)), 1),
    )
    assert made[daily_findings] == [
        ("north", "al", 3, "chat", "p", "a", 1, 0, 0, 0, 1_000_000, 0),
        ("north", "zoe", 3, "chat", "p", "a", 1, 0, 0, 0, 500_000, 0),
        ("north", "zoe", 3, "chat", "p", "b", 0, 1, 0, 0, 0, 2_000_000),
    ]
    assert made[group_findings] == [
        (dimension, name, 3, "p", rule, *sums)
        for dimension, name in (("channel", "chat"), ("team", "north"))
        for rule, sums in (
            ("a", (2, 0, 0, 0, 1_500_000, 0)),
            ("b", (0, 1, 0, 0, 0, 2_000_000)),
        )
    ]
    assert made[group_verdicts][0] == ("channel", "chat", 3, "coach", "d", 2)
    assert made[daily_totals][1] == ("north", "zoe", 3, "chat", 1, 1, 0, 0, 500_000, 2_000_000)


def test_what_is_taken_out_and_put_in_again_changes_nothing():
    one = rows("al", ("a", "shown", 1), ("b", "missed", 1))
    assert not any(changed((one, -1), (one, 1)).values())


def test_of_a_conversation_under_way_only_what_is_pending_counts():
    made = changed((rows("al", ("a", "shown", 1), ("b", "pending", 1), is_open=True), 1))
    assert [row[5] for row in made[daily_findings]] == ["b"]

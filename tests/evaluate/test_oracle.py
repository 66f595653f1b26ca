"""Examples worked by hand from docs/policies.md; the oracle and the evaluator are held to them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.evaluate import evaluator, oracle
from tests.evaluate.rules import all_of, any_of, match, none_of, policy, rule
from tests.evaluate.timelines import Talk, signal, told

from amity.conversation import Role

BOTH = frozenset({Role.AGENT, Role.BOT})


@pytest.fixture(params=[oracle.judge, evaluator.judge], ids=["oracle", "evaluator"])
def judge(request):
    return request.param


@pytest.fixture
def outcomes(judge):
    """Each outcome as ``state turn [opportunity] [evidence]``, a signal as ``name turn``."""
    return lambda judged, talk: [
        f"{found.state} {'-' if found.turn is None else found.turn}"
        f" [{places(found.occasion)}] [{places(found.evidence)}]"
        for found in judge([policy(judged)], talk)
    ]


@pytest.fixture
def counts(judge):
    """Where a condition is true, as the turn and the evidence; "?" where that is unknown."""
    return lambda wanted, talk: [
        "?" if it.turn is None else f"{it.turn} [{places(it.evidence)}]"
        for it in judge([policy(rule(recognise=wanted))], talk)
    ]


def places(signals) -> str:
    return ", ".join(f"{signal.name.partition('.')[2]} {signal.turn}" for signal in signals)


# Moves


def test_a_burst_is_one_move_and_makes_one_opportunity(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    talk = told("customer: anger", "customer:", "customer: anger", "agent: apology")
    assert outcomes(care, talk) == ["shown 0 [anger 0, anger 2] [apology 3]"]


def test_notes_of_colleagues_do_not_break_a_move(outcomes):
    care = rule(given="anger", expect="apology", within="same turn or 1 agent turn")
    talk = told(
        "customer: anger", "kim: support", "customer: anger", "agent:", "lee:", "agent: apology"
    )
    assert outcomes(care, talk) == ["shown 0 [anger 0, anger 2] [apology 5]"]


def test_what_others_say_does_not_break_a_colleagues_move_but_another_colleague_does(outcomes):
    thanks = rule(forbid="support")
    talk = told("kim: support", "agent:", "kim: support", "lee: support", "kim: support")
    assert outcomes(thanks, talk) == [
        "missed 0 [support 0, support 2] [support 0, support 2]",
        "missed 3 [support 3] [support 3]",
        "missed 4 [support 4] [support 4]",
    ]


def test_two_agents_in_a_row_are_one_move(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    talk = told("customer: anger", "agent:", "other-agent: apology", "customer:", "agent:")
    assert outcomes(care, talk) == ["shown 0 [anger 0] [apology 2]"]


def test_a_window_does_not_look_at_the_other_track(outcomes):
    note = rule(given="anger", expect="support", within="the conversation")
    assert outcomes(note, told("kim: support", "customer: anger", "kim: support")) == [
        "missed 1 [anger 1] []"
    ]


# Opportunities


def test_each_move_in_which_given_is_true_makes_an_opportunity(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    talk = told("customer: anger", "agent: apology", "customer:", "agent:", "customer: anger")
    assert outcomes(care, talk) == ["shown 0 [anger 0] [apology 1]", "missed 4 [anger 4] []"]


def test_an_opportunity_arises_in_the_first_turn_of_its_evidence(outcomes):
    care = rule(given="anger", expect="apology", within="60 seconds")
    talk = told("customer@0:", "customer@50: anger", "customer@90: anger", "agent@110: apology")
    assert outcomes(care, talk) == ["shown 1 [anger 1, anger 2] [apology 3]"]


def test_per_conversation_makes_one_opportunity_with_the_evidence_so_far(outcomes):
    care = rule(
        given=match("anger", count=2),
        expect="apology",
        within="1 agent turn",
        per_conversation=True,
    )
    talk = told(
        "customer: anger",
        "agent: apology",
        "customer:",
        "customer: anger",
        "agent:",
        "customer: anger",
    )
    assert outcomes(care, talk) == ["missed 3 [anger 0, anger 3] []"]


def test_per_conversation_the_colleagues_track_is_looked_at_only_if_the_other_gave_none(outcomes):
    seen = rule(recognise=any_of("anger", "support"), per_conversation=True)
    assert outcomes(seen, told("kim: support", "customer: anger")) == [
        "shown 1 [anger 1] [anger 1]"
    ]
    assert outcomes(seen, told("kim: support", "customer:")) == ["shown 0 [support 0] [support 0]"]


def test_per_conversation_the_colleagues_track_waits_until_the_other_can_give_none(outcomes):
    # Else the outcome of turn 0 would be taken back in turn 1, and no outcome ever changes.
    seen = rule(recognise=any_of("anger", "support"), per_conversation=True)
    assert outcomes(seen, told("kim: support", is_open=True)) == []


def test_an_unknown_given_is_one_abstained_outcome_beside_the_others(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    talk = told(
        "customer: ?anger",
        "agent:",
        "customer: anger",
        "agent: apology",
        "customer: ?anger",
        "agent:",
    )
    assert outcomes(care, talk) == ["shown 2 [anger 2] [apology 3]", "abstained - [] []"]


def test_per_conversation_an_unknown_given_counts_only_if_it_never_was_true(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn", per_conversation=True)
    known_later = told("customer: ?anger", "agent:", "customer: anger", "agent: apology")
    assert outcomes(care, known_later) == ["shown 2 [anger 2] [apology 3]"]
    never_known = told("customer: ?anger", "agent:", "customer:", "agent:")
    assert outcomes(care, never_known) == ["abstained - [] []"]


def test_per_conversation_what_was_unknown_once_is_not_made_known_by_more(outcomes):
    judged = rule(forbid=all_of(ANGER, none_of(REMEDY)), per_conversation=True)
    talk = told("customer: ?anger", "agent:", "customer: remedy")
    assert outcomes(judged, talk) == ["abstained - [] []"]


def test_per_conversation_an_unknown_given_may_still_become_true_while_the_conversation_is_open(
    outcomes,
):
    care = rule(given="anger", expect="apology", within="1 agent turn", per_conversation=True)
    talk = told("customer: ?anger", "agent:", "customer:", is_open=True)
    assert outcomes(care, talk) == []


def test_in_a_move_that_may_still_grow_an_unknown_given_is_not_there_yet(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    assert outcomes(care, told("customer: ?anger", is_open=True)) == []
    assert outcomes(care, told("customer: ?anger", "agent:", is_open=True)) == ["abstained - [] []"]


def test_what_must_not_be_in_a_move_is_known_only_when_the_move_is_complete(outcomes):
    cold = rule(given="anger", forbid=all_of("apology", none_of("remedy")), within="1 agent turn")
    growing = told("customer: anger", "agent: apology", is_open=True)
    assert outcomes(cold, growing) == ["pending 0 [anger 0] []"]
    complete = told("customer: anger", "agent: apology", "customer:", is_open=True)
    assert outcomes(cold, complete) == ["missed 0 [anger 0] [apology 1]"]


def test_both_tracks_have_a_move_that_may_grow(outcomes):
    alone = rule(recognise=all_of("support", none_of("anger")))
    talk = told("kim: support", "lee: support", "customer:", is_open=True)
    assert outcomes(alone, talk) == ["shown 0 [support 0] [support 0]"]


def test_without_given_an_opportunity_is_wherever_the_condition_is_true(outcomes):
    talk = told("agent: apology", "customer:", "agent:", "customer:", "agent: apology")
    assert outcomes(rule(forbid="apology"), talk) == [
        "missed 0 [apology 0] [apology 0]",
        "missed 4 [apology 4] [apology 4]",
    ]
    assert outcomes(rule(recognise="apology"), talk) == [
        "shown 0 [apology 0] [apology 0]",
        "shown 4 [apology 4] [apology 4]",
    ]
    assert outcomes(rule(forbid="apology"), told("agent:", "customer:")) == []


def test_without_given_an_unknown_condition_is_one_abstained_outcome(outcomes):
    talk = told("agent: ?apology", "customer:", "agent: apology")
    assert outcomes(rule(forbid="apology"), talk) == [
        "missed 2 [apology 2] [apology 2]",
        "abstained - [] []",
    ]
    assert outcomes(rule(recognise="remedy"), told("agent: ?remedy")) == ["abstained - [] []"]


def test_an_opportunity_without_evidence_arises_in_the_first_turn_of_its_move(outcomes):
    quiet = rule(forbid=any_of("apology", none_of("anger")))
    talk = told("customer: anger", "agent:", "agent: apology")
    assert outcomes(quiet, talk) == ["missed 2 [apology 2] [apology 2]"]
    assert outcomes(quiet, told("customer:", "customer:")) == ["missed 0 [] []"]


# Conditions


@pytest.mark.parametrize(
    ("wanted", "said", "expected"),
    [
        ("anger", "customer: anger=0.5", ["0 [anger 0]"]),
        ("anger", "customer: anger=0.4", []),
        (match("anger", min_score=0.6), "customer: anger=0.6", ["0 [anger 0]"]),
        (match("anger", min_score=0.6), "customer: anger=0.5", []),
        (match("anger", min_score=0.0), "customer: anger=0.4", ["0 [anger 0]"]),
        ("anger", "agent: anger", []),
        ("apology", "bot: apology", []),
        (match("apology", by=[Role.BOT]), "bot: apology", ["0 [apology 0]"]),
        (match("apology", by=[Role.BOT]), "agent: apology", []),
        (match("apology", scored=BOTH), "bot: apology", ["0 [apology 0]"]),
        ("support", "kim: support", ["0 [support 0]"]),
        ("support", "agent: support", []),
        (match("anger", count=2), "customer: anger", []),
        (match("anger", count=2), "customer: anger anger", ["0 [anger 0, anger 0]"]),
        (match("anger", count=2), "customer: anger anger=0.4", []),
        (match("anger", count=2), "customer: anger ?anger", ["?"]),
        (match("anger", count=1), "customer: anger ?anger", ["0 [anger 0]"]),
        ("anger", "customer: ?remedy", []),
        ("anger", "agent: ?anger", []),
    ],
)
def test_a_signal_is_true_by_name_score_attributes_speaker_and_count(
    counts, wanted, said, expected
):
    assert counts(wanted, told(said)) == expected


@pytest.mark.parametrize(
    ("values", "said", "is_met"),
    [
        ({"target": ("agent",)}, "anger{target:agent}", True),
        ({"target": ("agent",)}, "anger{target:product}", False),
        ({"target": ("agent",)}, "anger", False),
        ({"target": ("agent", "product")}, "anger{target:product}", True),
        ({"target": ("agent",), "kind": ("hot",)}, "anger{target:agent}", False),
        ({"target": ("agent",), "kind": ("hot",)}, "anger{target:agent,kind:hot}", True),
    ],
)
def test_where_asks_for_each_attribute(counts, values, said, is_met):
    assert bool(counts(match("anger", where=values), told(f"customer: {said}"))) is is_met


ANYBODYS = {"by": tuple(Role)}
ANGER = match("anger", **ANYBODYS)
APOLOGY = match("apology", **ANYBODYS)
REMEDY = match("remedy", **ANYBODYS)


@pytest.mark.parametrize(
    ("wanted", "said", "expected"),
    [
        (any_of(ANGER, APOLOGY), "apology", ["0 [apology 0]"]),
        (any_of(ANGER, APOLOGY), "apology ?anger", ["0 [apology 0]"]),
        (any_of(ANGER, APOLOGY), "?anger", ["?"]),
        (any_of(ANGER, APOLOGY), "remedy", []),
        (any_of(ANGER, APOLOGY, REMEDY, at_least=2), "anger anger", []),
        (any_of(ANGER, APOLOGY, REMEDY, at_least=2), "anger remedy", ["0 [anger 0, remedy 0]"]),
        (any_of(ANGER, APOLOGY, REMEDY, at_least=2), "anger ?remedy", ["?"]),
        (any_of(ANGER, APOLOGY, REMEDY, at_least=3), "anger ?remedy", []),
        (any_of(ANGER, APOLOGY, count=2), "anger anger", ["0 [anger 0, anger 0]"]),
        (any_of(ANGER, APOLOGY, count=2), "apology remedy anger", ["0 [apology 0, anger 0]"]),
        (any_of(ANGER, APOLOGY, count=2), "anger", []),
        (any_of(ANGER, APOLOGY, count=3), "anger ?apology", ["?"]),
        (all_of(ANGER, APOLOGY), "apology anger", ["0 [apology 0, anger 0]"]),
        (all_of(ANGER, APOLOGY), "anger", []),
        (all_of(ANGER, APOLOGY), "anger ?apology", ["?"]),
        (all_of(ANGER, APOLOGY), "?apology", []),
        (all_of(ANGER, none_of(APOLOGY)), "anger", ["0 [anger 0]"]),
        (all_of(ANGER, none_of(APOLOGY)), "anger apology", []),
        (all_of(ANGER, none_of(APOLOGY)), "anger ?apology", ["?"]),
        (all_of(ANGER, none_of(APOLOGY, REMEDY)), "anger ?apology remedy", []),
        (all_of(ANGER, none_of(none_of(APOLOGY))), "anger apology", ["0 [anger 0]"]),
        (all_of(ANGER, any_of(APOLOGY, REMEDY)), "remedy anger", ["0 [remedy 0, anger 0]"]),
        # An `any` has the evidence of its true members only.
        (
            any_of(match("anger", count=2, **ANYBODYS), APOLOGY),
            "anger apology",
            ["0 [apology 0]"],
        ),
    ],
)
def test_groups_combine_three_truths(counts, wanted, said, expected):
    assert counts(wanted, told(f"customer: {said}")) == expected


def test_a_signal_that_counted_twice_is_evidence_once(counts):
    talk = told("customer: anger=0.9")
    twice = all_of("anger", match("anger", min_score=0.8))
    assert counts(twice, talk) == ["0 [anger 0]"]


def test_a_signal_that_fits_two_members_is_one_signal_but_makes_two_members_true(counts):
    talk = told("customer: anger=0.9")
    members = ("anger", match("anger", min_score=0.8))
    assert counts(any_of(*members, count=2), talk) == []
    assert counts(any_of(*members, at_least=2), talk) == ["0 [anger 0]"]


def test_evidence_is_in_the_order_of_the_text(counts):
    talk = told("customer: remedy", "customer: apology anger", "customer: remedy")
    assert counts(all_of(ANGER, APOLOGY, REMEDY), talk) == [
        "0 [remedy 0, apology 1, anger 1, remedy 2]"
    ]


def test_signals_that_begin_together_are_in_order_of_length_and_name(outcomes):
    found = [signal("agent.remedy", 0), signal("agent.apology", 0), signal("customer.anger", 0)]
    talk = replace(told("agent:"), signals=tuple(found))
    assert outcomes(rule(recognise=all_of(ANGER, APOLOGY, REMEDY)), talk) == [
        "shown 0 [apology 0, remedy 0, anger 0] [apology 0, remedy 0, anger 0]"
    ]


# Windows. Every turn holds a remedy, turn 3 the opportunity; moves without notes: 0, 1, 3 4, 5, 7, 8,
# 9, 10, 11.

TOLD = told(
    "customer@0: remedy",
    "agent@40: remedy",
    "kim@50: remedy",
    "customer@100: remedy anger",
    "customer@110: remedy",
    "agent@130: remedy",
    "lee@131: remedy",
    "bot@160: remedy",
    "agent@161: remedy",
    "customer@220: remedy",
    "agent@230: remedy",
    "customer@240: remedy",
)
END = len(TOLD.roles)


def lies_in(judge, text: str, talk: Talk, scored: frozenset[Role]) -> list[int]:
    """The turns that are certainly in the window."""
    judged = rule(given=ANGER, recognise=REMEDY, within=text, scored=scored)
    return [found.turn for it in judge([policy(judged)], talk) for found in it.evidence]


def closes_after(judge, text: str, talk: Talk, scored: frozenset[Role]) -> int | str:
    """How many turns had been said when the window closed; what is forbidden never comes."""
    judged = policy(rule(given=ANGER, forbid=APOLOGY, within=text, scored=scored))
    for said in range(END + 1):
        if any(outcome.state == "shown" for outcome in judge([judged], talk.upto(said))):
            return said
    return "end"


@pytest.mark.parametrize(
    ("text", "turns", "closes"),
    [
        ("same turn", [3, 4], 6),
        ("1 agent turn", [5], 8),
        ("2 agent turns", [5, 7, 8], 10),
        ("3 agent turns", [5, 7, 8, 9, 10], 12),
        ("4 agent turns", [5, 7, 8, 9, 10, 11], "end"),
        ("1 customer turn", [5, 7, 8, 9], 11),
        ("2 customer turns", [5, 7, 8, 9, 10, 11], "end"),
        ("1 bot turn", [5, 7], 9),
        ("1 colleague turn", [5, 7, 8, 9, 10, 11], "end"),
        ("1 turn", [5], 8),
        ("3 turns", [5, 7, 8], 10),
        ("60 seconds", [5, 7], 9),
        ("61 seconds", [5, 7, 8], 10),
        ("1 minute", [5, 7], 9),
        ("1 hour", [5, 7, 8, 9, 10, 11], "end"),
        ("1 day", [5, 7, 8, 9, 10, 11], "end"),
        ("before the customer's next turn", [5, 7, 8], 10),
        ("before the agent's next turn", [], 6),
        ("before the bot's next turn", [5], 8),
        ("before the colleague's next turn", [5, 7, 8, 9, 10, 11], "end"),
        ("the rest of the conversation", [5, 7, 8, 9, 10, 11], "end"),
        ("the conversation", [0, 1, 3, 4, 5, 7, 8, 9, 10, 11], "end"),
        ("1 agent turn before", [1], 4),
        ("1 turn before", [1], 4),
        ("2 turns before", [0, 1], 4),
        ("1 customer turn before", [0, 1], 4),
        ("2 agent turns before", [0, 1], 4),
        ("1 bot turn before", [0, 1], 4),
        ("60 seconds before", [1], 4),
        ("59 seconds before", [], 4),
        ("100 seconds before", [0, 1], 4),
        ("the conversation before", [0, 1], 4),
        ("same turn or 1 agent turn", [3, 4, 5], 8),
        ("same turn or 60 seconds", [3, 4, 5, 7], 9),
        ("same turn or before the agent's next turn", [3, 4], 6),
        ("same turn or the rest of the conversation", [3, 4, 5, 7, 8, 9, 10, 11], "end"),
        ("same turn or 1 turn before", [1, 3, 4], 6),
        ("same turn or 60 seconds before", [1, 3, 4], 6),
        ("same turn or the conversation before", [0, 1, 3, 4], 6),
    ],
)
def test_each_window_holds_its_turns_and_closes_in_time(judge, text, turns, closes):
    assert lies_in(judge, text, TOLD, frozenset({Role.AGENT})) == turns
    assert closes_after(judge, text, TOLD, frozenset({Role.AGENT})) == closes


@pytest.mark.parametrize(
    ("text", "scored", "turns", "closes"),
    [
        ("1 agent turn", {Role.BOT}, [5, 7], 9),
        ("2 agent turns", {Role.AGENT, Role.BOT}, [5, 7], 9),
        ("2 agent turns", {Role.COLLEAGUE}, [5, 7, 8], 10),
        ("before the agent's next turn", {Role.BOT}, [5], 8),
    ],
)
def test_an_agent_in_a_window_is_whoever_the_policy_scores(judge, text, scored, turns, closes):
    assert lies_in(judge, text, TOLD, frozenset(scored)) == turns
    assert closes_after(judge, text, TOLD, frozenset(scored)) == closes


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("same turn", [1, 3]),
        ("1 colleague turn", [5]),
        ("2 turns", [5, 6]),
        ("1 agent turn", [5, 6]),
        ("before the colleague's next turn", []),
        ("the conversation", [0, 1, 3, 5, 6]),
        ("1 turn before", [0]),
    ],
)
def test_on_the_colleagues_track_windows_count_colleagues_moves(judge, text, turns):
    talk = told(
        "lee: remedy",
        "kim: remedy anger",
        "agent: remedy",
        "kim: remedy",
        "customer: remedy",
        "lee: remedy",
        "max: remedy",
    )
    assert lies_in(judge, text, talk, frozenset({Role.AGENT})) == turns


def test_the_move_that_ends_a_window_is_in_it_until_another_follows(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    assert outcomes(care, told("customer: anger", "agent:", is_open=True)) == [
        "pending 0 [anger 0] []"
    ]
    grown = told("customer: anger", "agent:", "agent: apology", is_open=True)
    assert outcomes(care, grown) == ["shown 0 [anger 0] [apology 2]"]
    over = told("customer: anger", "agent:", "customer:", is_open=True)
    assert outcomes(care, over) == ["missed 0 [anger 0] []"]


def test_a_note_does_not_end_a_window_of_the_other_track(outcomes):
    care = rule(given="anger", expect="apology", within="1 agent turn")
    assert outcomes(care, told("customer: anger", "agent:", "kim:", is_open=True)) == [
        "pending 0 [anger 0] []"
    ]


# Windows of time, with some times unknown

SOON = rule(given="anger", expect="apology", within="60 seconds")


def test_a_turn_without_time_is_only_perhaps_in_a_window_of_time(outcomes):
    assert outcomes(SOON, told("customer@0: anger", "agent: apology")) == [
        "abstained 0 [anger 0] []"
    ]
    assert outcomes(SOON, told("customer@0: anger", "agent:")) == ["missed 0 [anger 0] []"]
    assert outcomes(SOON, told("customer@0: anger", "agent: ?apology")) == [
        "abstained 0 [anger 0] []"
    ]


def test_without_the_time_of_the_opportunity_every_turn_is_only_perhaps_in_the_window(outcomes):
    assert outcomes(SOON, told("customer: anger", "agent@9: apology")) == [
        "abstained 0 [anger 0] []"
    ]
    assert outcomes(SOON, told("customer: anger", "agent@9:")) == ["missed 0 [anger 0] []"]
    still_open = told("customer: anger", "agent@9:", "customer@5000:", is_open=True)
    assert outcomes(SOON, still_open) == ["pending 0 [anger 0] []"]


def test_the_own_turn_of_an_opportunity_is_where_it_arose_not_where_its_move_began(outcomes):
    talk = told("customer:", "customer@10: anger", "agent@70: apology")
    assert outcomes(SOON, talk) == ["shown 1 [anger 1] [apology 2]"]


def test_a_window_of_time_closes_early_only_by_a_turn_that_has_its_time(outcomes):
    open_still = told("customer@0: anger", "agent:", "customer:", is_open=True)
    assert outcomes(SOON, open_still) == ["pending 0 [anger 0] []"]
    closed = told("customer@0: anger", "agent:", "customer@61:", is_open=True)
    assert outcomes(SOON, closed) == ["missed 0 [anger 0] []"]
    same_moment = told("customer@0: anger", "agent:", "customer@60:", is_open=True)
    assert outcomes(SOON, same_moment) == ["pending 0 [anger 0] []"]


def test_what_is_said_after_the_turn_that_closed_a_window_of_time_is_outside(outcomes):
    talk = told("customer@0: anger", "agent@61:", "agent: apology")
    assert outcomes(SOON, talk) == ["missed 0 [anger 0] []"]


def test_the_own_move_does_not_close_a_window_of_time(outcomes):
    talk = told("customer@0: anger", "customer@90:", is_open=True)
    assert outcomes(SOON, talk) == ["pending 0 [anger 0] []"]


def test_a_note_does_not_close_a_window_of_time(outcomes):
    talk = told("customer@0: anger", "agent@5:", "kim@90:", is_open=True)
    assert outcomes(SOON, talk) == ["pending 0 [anger 0] []"]


def test_looking_back_a_turn_without_time_is_only_perhaps_in_the_window(outcomes):
    known = rule(given="anger", expect="apology", within="60 seconds before")
    assert outcomes(known, told("agent: apology", "customer@90: anger")) == [
        "abstained 1 [anger 1] []"
    ]
    assert outcomes(known, told("agent@90: apology", "customer: anger")) == [
        "abstained 1 [anger 1] []"
    ]
    assert outcomes(known, told("agent@30: apology", "customer@90: anger")) == [
        "shown 1 [anger 1] [apology 0]"
    ]
    assert outcomes(known, told("agent@29: apology", "customer@90: anger")) == [
        "missed 1 [anger 1] []"
    ]


def test_perhaps_and_certain_signals_together_may_reach_a_count(outcomes):
    twice = rule(given="anger", expect=match("apology", count=2), within="60 seconds")
    assert outcomes(twice, told("customer@0: anger", "agent@5: apology", "agent: apology")) == [
        "abstained 0 [anger 0] []"
    ]
    assert outcomes(twice, told("customer@0: anger", "agent@5: apology", "agent:")) == [
        "missed 0 [anger 0] []"
    ]


def test_only_signals_that_are_certainly_in_the_window_are_evidence(outcomes):
    talk = told("customer@0: anger", "agent: apology", "agent@5: apology")
    assert outcomes(SOON, talk) == ["shown 0 [anger 0] [apology 2]"]


# Outcomes, by the numbers of the page

CARE = {"given": "anger", "expect": "apology", "within": "1 agent turn"}
CALM = {"given": "anger", "forbid": "apology", "within": "1 agent turn"}
GLAD = {"given": "anger", "recognise": "apology", "within": "1 agent turn"}


def test_outcome_1_a_true_exception_cancels_the_opportunity(outcomes):
    talk = told("customer: anger", "agent: apology remedy")
    for kind in (CARE, CALM, GLAD):
        assert outcomes(rule(**kind, unless="remedy"), talk) == []


def test_outcome_1_cancels_even_what_is_unknown_or_open(outcomes):
    unknown = told("customer: anger", "agent: ?apology remedy")
    assert outcomes(rule(**CARE, unless="remedy"), unknown) == []
    still_open = told("customer: anger", "agent: remedy", is_open=True)
    assert outcomes(rule(**CARE, unless="remedy"), still_open) == []


def test_outcome_1_leaves_the_other_opportunities_alone(outcomes):
    talk = told("customer: anger", "agent: remedy", "customer: anger", "agent:")
    assert outcomes(rule(**CARE, unless="remedy"), talk) == ["missed 2 [anger 2] []"]


def test_an_exception_is_looked_for_in_the_own_move_and_the_window(outcomes):
    own = match("remedy", by=[Role.CUSTOMER])
    assert outcomes(rule(**CARE, unless=own), told("customer: anger remedy", "agent:")) == []
    late = told("customer: anger", "agent:", "customer:", "agent: remedy")
    assert outcomes(rule(**CARE, unless="remedy"), late) == ["missed 0 [anger 0] []"]


def test_an_exception_may_have_a_window_of_its_own(outcomes):
    before = rule(**CARE, unless="remedy", unless_within="1 turn before")
    assert outcomes(before, told("agent: remedy", "customer: anger", "agent:")) == []
    assert outcomes(before, told("customer: anger", "agent: remedy")) == ["missed 0 [anger 0] []"]


def test_outcome_2_unknown_is_pending_while_its_window_is_open_and_abstained_afterwards(outcomes):
    for kind in (CARE, CALM):
        assert outcomes(rule(**kind), told("customer: anger", is_open=True)) == [
            "pending 0 [anger 0] []"
        ]
        assert outcomes(rule(**kind), told("customer: anger", "agent: ?apology")) == [
            "abstained 0 [anger 0] []"
        ]


def test_outcome_2_unknown_is_pending_while_an_unknown_exception_may_still_come(outcomes):
    late = rule(**CARE, unless="remedy", unless_within="the rest of the conversation")
    said = ("customer: anger", "agent: ?apology", "customer:")
    assert outcomes(late, told(*said, is_open=True)) == ["pending 0 [anger 0] []"]
    assert outcomes(late, told(*said)) == ["abstained 0 [anger 0] []"]
    # An exception that is false for good does not hold up anything.
    never = rule(**CARE, unless=none_of("anger"), unless_within="the conversation")
    assert outcomes(never, told(*said, is_open=True)) == ["abstained 0 [anger 0] []"]


def test_outcome_3_a_known_answer_waits_for_an_unknown_exception(outcomes):
    late = rule(**CARE, unless="remedy", unless_within="2 agent turns")
    met = told("customer: anger", "agent: apology", "customer:", is_open=True)
    assert outcomes(late, met) == ["pending 0 [anger 0] [apology 1]"]
    unmet = told("customer: anger", "agent:", "customer:", is_open=True)
    assert outcomes(late, unmet) == ["pending 0 [anger 0] []"]
    assert outcomes(late, told("customer: anger", "agent: apology", "customer:")) == [
        "shown 0 [anger 0] [apology 1]"
    ]


def test_outcome_3_a_known_answer_with_an_exception_that_stays_unknown_is_abstained(outcomes):
    assert outcomes(rule(**CARE, unless="remedy"), told("customer: anger", "agent: ?remedy")) == [
        "abstained 0 [anger 0] []"
    ]
    met = told("customer: anger", "agent: apology ?remedy")
    assert outcomes(rule(**CARE, unless="remedy"), met) == ["abstained 0 [anger 0] [apology 1]"]


def test_outcome_3_does_not_wait_for_an_exception_whose_window_is_over(outcomes):
    judged = rule(
        **CARE | {"within": "2 agent turns"}, unless="remedy", unless_within="1 turn before"
    )
    said = told("agent: ?remedy", "customer: anger", "agent: apology", is_open=True)
    assert outcomes(judged, said) == ["abstained 1 [anger 1] [apology 2]"]


@pytest.mark.parametrize(
    ("kind", "met", "unmet"),
    [
        (CARE, ["shown 0 [anger 0] [apology 1]"], ["missed 0 [anger 0] []"]),
        (CALM, ["missed 0 [anger 0] [apology 1]"], ["shown 0 [anger 0] []"]),
        (GLAD, ["shown 0 [anger 0] [apology 1]"], []),
    ],
)
def test_outcome_4_what_is_known_is_shown_or_missed_by_kind(outcomes, kind, met, unmet):
    assert outcomes(rule(**kind), told("customer: anger", "agent: apology")) == met
    assert outcomes(rule(**kind), told("customer: anger", "agent:")) == unmet


def test_true_in_an_open_window_is_already_known(outcomes):
    talk = told("customer: anger", "agent: apology", is_open=True)
    assert outcomes(rule(**CARE), talk) == ["shown 0 [anger 0] [apology 1]"]
    assert outcomes(rule(**CALM), talk) == ["missed 0 [anger 0] [apology 1]"]


def test_false_in_an_open_window_is_already_known(outcomes):
    quiet = rule(given="anger", expect=none_of("apology"), within="2 agent turns")
    assert outcomes(quiet, told("customer: anger", "agent: apology", is_open=True)) == [
        "missed 0 [anger 0] []"
    ]
    assert outcomes(quiet, told("customer: anger", "agent:", is_open=True)) == [
        "pending 0 [anger 0] []"
    ]
    assert outcomes(quiet, told("customer: anger", "agent:")) == ["shown 0 [anger 0] []"]


def test_recognise_is_never_pending_but_may_be_abstained(outcomes):
    assert outcomes(rule(**GLAD), told("customer: anger", is_open=True)) == []
    assert outcomes(rule(**GLAD), told("customer: anger", "agent: ?apology")) == [
        "abstained 0 [anger 0] []"
    ]
    waiting = rule(**GLAD, unless="remedy", unless_within="the conversation")
    assert outcomes(waiting, told("customer: anger", "agent: apology", is_open=True)) == []


def test_without_given_an_exception_is_looked_for_in_the_own_move(outcomes):
    for kind, state in (("forbid", "missed"), ("recognise", "shown")):
        judged = rule(**{kind: "apology"}, unless="remedy")
        assert outcomes(judged, told("agent: apology", "agent: remedy")) == []
        assert outcomes(judged, told("agent: apology", "customer:", "agent: remedy")) == [
            f"{state} 0 [apology 0] [apology 0]"
        ]
        assert outcomes(judged, told("agent: apology ?remedy")) == [
            "abstained 0 [apology 0] [apology 0]"
        ]


def test_without_given_an_exception_that_may_still_come_leaves_it_pending(outcomes):
    said = told("agent: apology", is_open=True)
    assert outcomes(rule(forbid="apology", unless="remedy"), said) == [
        "pending 0 [apology 0] [apology 0]"
    ]
    assert outcomes(rule(recognise="apology", unless="remedy"), said) == []


def test_without_given_an_exception_may_have_a_window_of_its_own(outcomes):
    later = rule(forbid="apology", unless="anger", unless_within="1 customer turn")
    assert outcomes(later, told("agent: apology", "customer: anger")) == []
    assert outcomes(later, told("agent: apology", "customer:")) == [
        "missed 0 [apology 0] [apology 0]"
    ]


# Then


def test_then_looks_on_from_the_move_in_which_the_step_became_true(outcomes):
    chain = rule(**CARE | {"within": "2 agent turns"}, then=[("remedy", "1 agent turn")])
    soon = told(
        "customer: anger", "agent: apology", "customer:", "agent: remedy", "customer:", "agent:"
    )
    assert outcomes(chain, soon) == ["shown 0 [anger 0] [apology 1, remedy 3]"]
    late = told(
        "customer: anger", "agent:", "customer:", "agent: apology", "customer:", "agent: remedy"
    )
    assert outcomes(chain, late) == ["shown 0 [anger 0] [apology 3, remedy 5]"]
    same_move = told("customer: anger", "agent: apology remedy", "customer:", "agent:")
    assert outcomes(chain, same_move) == ["missed 0 [anger 0] []"]


def test_then_becomes_true_in_the_first_turn_that_suffices_though_more_is_evidence(outcomes):
    chain = rule(**CARE | {"within": "2 agent turns"}, then=[("remedy", "1 agent turn")])
    talk = told(
        "customer: anger", "agent: apology", "customer:", "agent: apology remedy", "customer:"
    )
    assert outcomes(chain, talk) == ["shown 0 [anger 0] [apology 1, apology 3, remedy 3]"]


def test_then_counts_time_from_the_turn_in_which_the_step_became_true(outcomes):
    chain = rule(**CARE, then=[("remedy", "60 seconds")])
    said = ["customer@0: anger", "agent@100:", "agent@200: apology", "customer@250:"]
    assert outcomes(chain, told(*said, "agent@260: remedy")) == [
        "shown 0 [anger 0] [apology 2, remedy 4]"
    ]
    assert outcomes(chain, told(*said, "agent@261: remedy")) == ["missed 0 [anger 0] []"]


def test_then_after_a_step_that_became_true_by_closing_looks_on_from_its_last_certain_turn(
    outcomes,
):
    chain = rule(
        given="anger",
        expect=none_of("apology"),
        within="2 agent turns",
        then=[("remedy", "1 agent turn")],
    )
    talk = told(
        "customer: anger", "agent:", "customer:", "agent: remedy", "customer:", "agent: remedy"
    )
    assert outcomes(chain, talk) == ["shown 0 [anger 0] [remedy 5]"]


def test_then_after_a_step_that_became_true_over_no_turns_looks_on_from_the_same_move(outcomes):
    chain = rule(
        given="anger",
        expect=none_of("apology"),
        within="1 turn before",
        then=[("remedy", "1 agent turn")],
    )
    assert outcomes(chain, told("customer: anger", "agent: remedy")) == [
        "shown 0 [anger 0] [remedy 1]"
    ]
    timed = rule(
        given="anger",
        expect=none_of("apology"),
        within="1 turn before",
        then=[("remedy", "60 seconds")],
    )
    talk = told("customer@0:", "customer@50: anger", "agent@110: remedy")
    assert outcomes(timed, talk) == ["shown 1 [anger 1] [remedy 2]"]


def test_then_after_looking_back_looks_on_from_there(outcomes):
    chain = rule(
        given="anger",
        expect="apology",
        within="the conversation before",
        then=[("remedy", "1 agent turn")],
    )
    talk = told("agent: apology", "customer:", "agent: remedy", "customer: anger", "agent:")
    assert outcomes(chain, talk) == ["shown 3 [anger 3] [apology 0, remedy 2]"]


def test_then_waits_for_the_window_of_the_first_step_that_is_not_true(outcomes):
    chain = rule(**CARE, then=[("remedy", "1 agent turn")])
    said = ["customer: anger", "agent: apology", "customer:"]
    assert outcomes(chain, told(*said, is_open=True)) == ["pending 0 [anger 0] []"]
    assert outcomes(chain, told(*said)) == ["missed 0 [anger 0] []"]
    assert outcomes(chain, told(*said, "agent: ?remedy")) == ["abstained 0 [anger 0] []"]
    unmet = told("customer: anger", "agent:", "customer:", is_open=True)
    assert outcomes(chain, unmet) == ["missed 0 [anger 0] []"]


def test_then_may_be_a_list_of_steps(outcomes):
    chain = rule(**CARE, then=[("remedy", "1 agent turn"), ("anger", "1 customer turn")])
    said = ["customer: anger", "agent: apology", "customer: anger", "agent: remedy"]
    assert outcomes(chain, told(*said, "customer: anger"))[0] == (
        "shown 0 [anger 0] [apology 1, remedy 3, anger 4]"
    )
    assert outcomes(chain, told(*said, "customer:"))[0] == "missed 0 [anger 0] []"


def test_then_does_not_widen_the_default_window_of_an_exception(outcomes):
    chain = rule(**CARE, then=[("remedy", "1 agent turn")], unless="anger")
    harmless = told("customer: anger", "agent:")
    assert outcomes(chain, harmless) == []  # the anger itself lies in the own move
    exception = match("anger", by=[Role.AGENT])
    chain = rule(**CARE, then=[("remedy", "1 agent turn")], unless=exception)
    late = told("customer: anger", "agent: apology", "customer:", "agent: anger remedy")
    assert outcomes(chain, late) == ["shown 0 [anger 0] [apology 1, remedy 3]"]
    early = told("customer: anger", "agent: apology anger", "customer:", "agent: remedy")
    assert outcomes(chain, early) == []


# The whole


def test_outcomes_come_by_policy_rule_and_turn_and_those_without_opportunity_last(judge):
    seen, care = rule(recognise="apology", name="seen"), rule(**CARE, name="care")
    talk = told("customer: ?anger", "agent: apology", "customer: anger", "agent: apology", "agent:")
    judged = judge([policy(seen, care, name="one"), policy(seen, name="two")], talk)
    assert [(it.policy, it.rule, it.state.value, it.turn) for it in judged] == [
        ("one", "seen", "shown", 1),
        ("one", "seen", "shown", 3),
        ("one", "care", "shown", 2),
        ("one", "care", "abstained", None),
        ("two", "seen", "shown", 1),
        ("two", "seen", "shown", 3),
    ]


def test_nothing_is_judged_before_anything_is_said(outcomes):
    judged = [rule(**CARE), rule(forbid="apology"), rule(recognise=none_of(none_of("apology")))]
    assert [outcomes(it, told()) for it in judged] == [[], [], []]

"""Conversations, by their facts, to which one version applies and not the other."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.evaluate.rules import policy, rule

from amity.conversation import Channel
from amity.evaluate.witness.circumstances import (
    MOST_TRIED,
    FactSearch,
    Reach,
    fact_search,
    scope_shifts,
)
from amity.evaluate.witness.strictness import Lean
from amity.policy.model import Scope

ONLY = policy(rule(forbid="apology"))


def told(old: Scope, new: Scope) -> list[tuple[str, Lean]]:
    shifts = scope_shifts(replace(ONLY, scope=old), replace(ONLY, scope=new))
    return [(shift.words, shift.lean) for shift in shifts]


def facts(old: str, new: str) -> FactSearch:
    return fact_search(ONLY, old, new)


def test_a_channel_more_tightens():
    chat, both = frozenset({Channel.CHAT}), frozenset({Channel.CHAT, Channel.EMAIL})
    assert told(Scope(chat), Scope(both)) == [("channel email", Lean.TIGHTENS)]
    assert told(Scope(both), Scope(chat)) == [("channel email", Lean.LOOSENS)]


def test_a_language_less_is_neither_because_it_then_abstains():
    both, english = frozenset({"de", "en"}), frozenset({"en"})
    assert told(Scope(languages=both), Scope(languages=english)) == [("language de", Lean.NEITHER)]
    assert told(Scope(), Scope(languages=english)) == [("language another language", Lean.NEITHER)]


@pytest.mark.parametrize(
    ("old", "new", "words", "lean"),
    [
        (
            "conversation.turns > 1",
            "conversation.turns > 2",
            "conversation.turns = 2",
            Lean.LOOSENS,
        ),
        ("", "conversation.turns > 2", "conversation.turns = 0", Lean.LOOSENS),
        (
            "attributes.tier == 'gold'",
            "attributes.tier in ['gold', 'silver']",
            "attributes.tier = silver",
            Lean.TIGHTENS,
        ),
        (
            "conversation.agent_word_share > 0.5",
            "conversation.agent_word_share > 0.4",
            "conversation.agent_word_share = 0.41",
            Lean.TIGHTENS,
        ),
    ],
)
def test_the_simplest_facts_on_which_conditions_differ(old, new, words, lean):
    [shift] = [found for found in facts(old, new).circumstances if found.lean is not Lean.NEITHER]
    assert (shift.words, shift.lean) == (words, lean)


def test_facts_agree_with_one_another():
    shifts = facts("conversation.turns < 2", "conversation.customer_turns < 2").circumstances
    assert all(Reach.CANNOT_TELL not in {shift.before, shift.after} for shift in shifts)
    assert [shift.words for shift in shifts] == [
        "conversation.turns = 2, conversation.customer_turns = 0"
    ]


def test_conditions_that_mean_the_same_have_no_such_facts():
    found = facts("conversation.turns > 1", "conversation.turns >= 2")
    assert not found.circumstances
    assert not found.stopped_short


def test_a_search_that_stops_short_says_so_and_was_spread_over_all():
    names = ("turns", "customer_turns", "agent_turns", "bot_turns", "colleague_turns")
    old = " && ".join(f"conversation.{name} > {n + 3}" for n, name in enumerate(names))
    found = facts(old, old.replace("turns > 3", "turns > 2"))
    assert found.tried == MOST_TRIED < found.combinations
    assert found.stopped_short
    found = facts(f"{old} || attributes.tier == 'gold'", f"{old} || attributes.tier == 'silver'")
    assert found.stopped_short
    assert {shift.lean for shift in found.circumstances} >= {Lean.TIGHTENS, Lean.LOOSENS}

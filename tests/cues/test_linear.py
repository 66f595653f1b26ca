"""Patterns run in linear time or not at all, and a set that fails never says "no match"."""

from __future__ import annotations

import pytest

from amity.cues.linear import Pattern, PatternSet, TooLargeError

WORDS = ("alpha", "beta", "gamma")
PATTERNS = [Pattern(rf"\b{word}(?: +[a-z]+){{0,3}} zeta\b") for word in WORDS]
DATA = b"alpha a b c zeta beta q q alpha gamma zeta"


class ExhaustedSet:
    """What RE2 answers when a set runs out of memory: nothing."""

    def Match(self, data: bytes) -> list[int] | None:  # noqa: N802 - RE2's own name
        return None


def test_a_set_names_the_patterns_that_stand_in_the_text():
    assert PatternSet(PATTERNS).hits(DATA) == [0, 2]
    assert PatternSet(PATTERNS).hits(b"nothing") == []
    assert PatternSet([]).hits(b"") == []


def test_a_set_that_does_not_fit_tests_each_pattern_on_its_own():
    small = PatternSet(PATTERNS, 2_000, 2_000)
    assert not small.is_one_pass
    assert small.hits(DATA) == [0, 2]


def test_a_set_that_does_not_fit_at_first_is_given_more_memory():
    assert PatternSet(PATTERNS, 2_000).is_one_pass


def test_a_set_that_fails_at_run_time_is_not_taken_for_no_match():
    made = PatternSet(PATTERNS)
    made._set = ExhaustedSet()
    assert made.hits(DATA) == [0, 2]


def test_the_longest_of_matches_from_one_place_counts():
    assert list(Pattern("good|good enough").spans(b"good enough good")) == [(0, 11), (12, 16)]


def test_a_pattern_that_needs_too_much_memory_is_refused():
    with pytest.raises(TooLargeError):
        Pattern("(?:(?:a{500}){500}){500}")

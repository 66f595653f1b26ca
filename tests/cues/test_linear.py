"""Patterns run in linear time, within bounded memory, or not at all."""

from __future__ import annotations

import pytest

from amity.cues.linear import LEAST_BYTES, Pattern, TooLargeError


def test_the_longest_of_matches_from_one_place_counts():
    assert list(Pattern("good|good enough").spans(b"good enough good")) == [(0, 11), (12, 16)]


def test_a_pattern_that_needs_more_than_the_least_memory_still_runs():
    words = [f"word{number}" for number in range(LEAST_BYTES // 50)]
    assert list(Pattern("|".join(words)).spans(b"word1 word499")) == [(0, 5), (6, 13)]


def test_a_long_text_is_searched_to_its_end_however_little_memory_there_is():
    pattern = Pattern(r"a[ab]{60}c")
    data = b"ab" * 50_000 + b"bc"
    assert list(pattern.spans(data)) == [(len(data) - 62, len(data))]


def test_a_pattern_that_needs_too_much_memory_is_refused():
    with pytest.raises(TooLargeError):
        Pattern("(?:(?:a{500}){500}){500}")

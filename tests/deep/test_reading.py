"""Turns as windows of tokens: everything is read, and every sentence is found again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from amity_deep.reading import MOST_BEFORE, MOST_TOKENS, Reader
from amity_deep.split import MOST_SENTENCES, sentences
from amity_deep.weights import HERE, TOKENIZER

WORDS = Tokenizer.from_file(str(HERE / TOKENIZER))
READER = Reader(WORDS)


def windows(text: str, before: str = "", role: str = "customer"):
    return READER.windows(role, text, sentences(text), before)


def said(window, place) -> str:
    return WORDS.decode(window.ids[slice(*place)])


def test_a_window_has_the_speaker_the_sentences_and_what_is_answered():
    (window,) = windows("It broke. Again!", "Does it work now?")
    assert WORDS.decode(window.ids, skip_special_tokens=False) == (
        "[CLS] customer : it broke. again! [SEP] does it work now? [SEP]"
    )
    assert [said(window, place) for place in window.places] == ["it broke.", "again!"]
    assert window.kinds == [0] * window.ids.index(102) + [0] + [1] * 6


def test_only_the_end_of_what_is_answered_is_read():
    (window,) = windows("ok", "first " * 500 + "last")
    assert window.ids.count(WORDS.token_to_id("first")) == MOST_BEFORE - 1
    assert WORDS.token_to_id("last") in window.ids


def test_a_long_turn_is_read_in_windows_and_nothing_of_it_is_left_out():
    text = " ".join(f"Sentence number {at} is about parcel {at}." for at in range(200))
    found = windows(text, "What happened?")
    assert len(found) > 10
    assert [number for window in found for number in window.sentences] == list(range(200))
    assert all(len(window.ids) <= MOST_TOKENS for window in found)


def test_a_sentence_longer_than_a_window_is_read_in_pieces():
    text = "supercalifragilistic" * 4 + " unbelievable" * 59
    found = windows(text)
    assert len(sentences(text)) == 1
    assert [window.sentences for window in found] == [[0]] * len(found)
    pieces = [token for window in found for token in window.ids[slice(*window.places[0])]]
    assert pieces == WORDS.encode(text, add_special_tokens=False).ids


@pytest.mark.parametrize("text", ["", " \n ", "\x00\x01", "\u200b"])
def test_where_nothing_can_be_read_there_is_no_window(text):
    assert windows(text) == []


def test_of_an_endless_turn_the_first_sentences_are_read():
    numbers = {number for window in windows("No. " * 5_000) for number in window.sentences}
    assert numbers == set(range(MOST_SENTENCES))


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec=None), max_size=600), st.text(st.characters(codec=None)))
def test_any_text_is_cut_into_windows_that_fit(text, before):
    spans = sentences(text)
    for window in READER.windows("agent", text, spans, before):
        assert len(window.ids) == len(window.kinds) <= MOST_TOKENS
        assert len(window.sentences) == len(window.places) > 0
        assert all(0 <= number < len(spans) for number in window.sentences)
        assert all(0 < a < b < len(window.ids) for a, b in window.places)

"""Sentences as spans: where they end, and that any text can be cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity_sentences.split import MOST_SENTENCES, sentences


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t ", []),
        ("It broke", ["It broke"]),
        ("It broke. Can you help?  Thanks!", ["It broke.", "Can you help?", "Thanks!"]),
        ("Ask for Dr. Ray at 9 a.m. sharp.", ["Ask for Dr. Ray at 9 a.m. sharp."]),
        ("Version 2.5 is out, see example.com now", ["Version 2.5 is out, see example.com now"]),
        ("Well... no. Really?!", ["Well... no.", "Really?!"]),
        ("Wait... What now", ["Wait...", "What now"]),
        ("One line\nand another", ["One line", "and another"]),
        ("It won't. I’d say it isn’t. Bye", ["It won't.", "I’d say it isn’t.", "Bye"]),
        ('He said "no." Then he left.', ['He said "no."', "Then he left."]),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert cut(text) == expected


def test_speech_without_full_stops_is_cut_into_pieces():
    text = "and then " * 200
    pieces = cut(text)
    assert len(pieces) > 1
    assert " ".join(pieces).split() == text.split()


def test_what_follows_the_first_sentences_of_an_endless_turn_is_not_read():
    assert len(sentences("No. " * 5_000)) == MOST_SENTENCES


@given(st.text(st.characters(codec=None), max_size=300))
def test_spans_are_inside_in_order_and_trimmed(text):
    last = 0
    for start, end in sentences(text):
        assert last <= start < end <= len(text)
        assert text[start:end] == text[start:end].strip()
        last = end

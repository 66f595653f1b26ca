"""Where sentences and clauses of folded text end."""

from __future__ import annotations

from itertools import pairwise

import pytest

from amity.cues.sentences import clause_breaks, parts, sentence_around, sentence_breaks, word_count


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("one. two! three? four", ["one. ", "two!", " three?", " four"]),
        ("mr. smith paid 9.99, e.g. on mon. yes", ["mr. smith paid 9.99, e.g. on mon. ", "yes"]),
        ("no, you won't. stop", ["no, you won't. ", "stop"]),
        ("one\ntwo", ["one\n", "two"]),
        ("really?! no... ok", ["really?!", " no... ", "ok"]),
        ("see amity.com now", ["see amity.com now"]),
    ],
)
def test_sentences_end_at_marks_and_line_ends(text: str, sentences: list[str]):
    data = text.encode()
    breaks = sentence_breaks(data)
    edges = [0, *(end for _, end in breaks), len(data)]
    parts = [text[low:high] for low, high in pairwise(edges) if low < high]
    assert parts == sentences


def test_the_sentence_around_a_place_knows_whether_it_asks():
    data = b"one. two? three"
    breaks = sentence_breaks(data)
    found = sentence_around(data, breaks, 5, 8)
    assert (data[found.start : found.end], found.is_question) == (b"two?", True)
    assert not sentence_around(data, breaks, 0, 3).is_question
    assert not sentence_around(data, breaks, 10, 15).is_question


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("not happy", 1),
        ("not it; happy", 2),
        ("not it but happy", 2),
        ("not working, i am happy", 2),
        ("not working and i am happy", 2),
        ("not big, red or happy", 1),
        ("at 10:30 not happy", 1),
        ("no - happy", 2),
    ],
)
def test_clauses_end_at_marks_and_new_thoughts(text: str, clauses: int):
    assert len(clause_breaks(text.encode())) + 1 == clauses


@pytest.mark.parametrize("text", ["a. b! c\nd", "9.99 at 10:30: ok", "", "...", "a?!;b"])
def test_parts_are_slices_of_the_text_without_sentence_ends(text: str):
    data = text.encode()
    for is_cut in (True, False):
        for start, part in parts(data, cut_at_marks=is_cut):
            assert data[start : start + len(part)] == part
            assert not set(part) & set(b"!?;\n" if is_cut else b";\n")


def test_words_are_counted_without_separators():
    assert word_count(b" one, two-three * four ") == 4

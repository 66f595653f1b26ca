"""What phrasings need of a text, and that the index built on it leaves out nothing that stands there."""

from __future__ import annotations

from collections import Counter

import pytest

from amity.cues.fold import fold
from amity.cues.language import parse
from amity.cues.lemma import inflections
from amity.cues.needs import Needs
from amity.cues.prefilter import Prefilter

# Every word is met equally often, so that two in a row tell more than one.
MET = Counter(dict.fromkeys(("been", "passed", "round", "i", "ive", "really", "the", "houses"), 90))


def opening(phrasing):
    needs = Needs(lambda lemma: inflections(lemma.text), MET)
    return needs.opening([parse(phrasing)])


def candidates(phrasing, text):
    examples = [b"i ive been passed really round the houses"] * 90
    index = Prefilter([[parse(phrasing)]], lambda lemma: inflections(lemma.text), examples)
    return index.candidates(fold(text).data)[0]


def test_two_common_words_in_a_row_open_a_phrasing():
    assert opening("been passed")[2] == [(frozenset({"been"}), frozenset({"passed"}))]


def test_what_may_be_left_out_between_two_words_is_one_of_those_that_follow():
    [(first, second)] = opening("been [really] passed")[2]
    assert (first, second) == (frozenset({"been"}), frozenset({"really", "passed"}))


@pytest.mark.parametrize(
    "phrasing", ["been <0-2> passed", "been # passed", "been (passed <1-2>|#) round"]
)
def test_words_that_need_not_be_neighbours_open_nothing_together(phrasing):
    assert opening(phrasing)[2] == []


def test_a_rare_word_is_asked_for_alone():
    assert opening("been flummoxed")[2] == []


def test_a_phrasing_is_no_candidate_where_its_words_stand_apart():
    assert candidates("been passed", "it passed, and has been round") == []
    assert candidates("been passed", "it has been passed round") == [0]


@pytest.mark.parametrize(
    ("phrasing", "text"),
    [
        ("i've been", "ive been"),
        ("i['ve|'d] been", "I'd been"),
        ("i 've been", "I\u2019ve been"),
        ("been passed", "been - passed"),
        ("been passed", "been, passed"),
        ("been passed", "been 'round', been *passed"),
        ("(been|the) [really] pass*", "the passes"),
        ("(been [really]|the) round", "been really round"),
        ("been# round", "been45 round"),
        ("(i|we) @take", "so I took it"),
        ("f*ck round", "f***ck round"),
        ("f*** (round|the)", "f* the"),
        ("(f***|screw) you", "F*****, you"),
        ("(been passed|twice) round", "twice round"),
        ("again ?", "the houses again?!"),
        ("£ ?", "£?"),
        ("the hous* round", "the housé\u4e2d round"),
    ],
)
def test_whatever_a_phrasing_can_match_is_a_candidate(phrasing, text):
    assert candidates(phrasing, text) == [0]


def test_the_index_is_asked_for_the_beginnings_of_a_word_no_longer_than_its_stems():
    index = Prefilter([[parse("complain*")]], lambda lemma: inflections(lemma.text), [])
    assert index.candidates(b"complain" + b"s" * 1_000_000)[0] == [0]

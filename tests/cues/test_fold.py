"""Folding: many ways of typing become one, and each place leads back to the text as sent."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.cues.fold import fold, fold_text


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("CAFÉ", "cafe"),
        ("cafe\u0301", "cafe"),
        ("don\u2019t don\u02bct don`t", "don't don't don't"),
        ("\uff28\uff49\uff01", "hi!"),
        ("straße", "strasse"),
        ("Łódź smørrebrød", "lodz smorrebrod"),
        ("a\u00a0b\tc", "a b c"),
        ("a\u2028b\r\nc", "a\nb\n\nc"),
        ("\u201chi\u201d (you)", " hi   you "),
        ("long \u2014 dash", "long - dash"),
        ("\U0001f44d\U0001f3fd\ufe0f", "\U0001f44d"),
        ("nul\x00 \ud800", "nul\x01 \x01"),
        ("Привет", "привет"),
        ("soft\u00adhyphen", "softhyphen"),
        ("wait\u2026", "wait..."),
    ],
)
def test_what_is_typed_differently_is_folded_alike(typed: str, folded: str):
    assert fold(typed).data.decode() == folded
    assert fold_text(typed) == folded


@pytest.mark.parametrize(
    ("text", "needle", "quote"),
    [
        ("\U0001f644 so sorry", "sorry", "sorry"),
        ("cafe\u0301 ok", "cafe", "cafe\u0301"),
        ("ein Spaß!", "spass", "Spaß"),
        ("AT&amp;T said", "said", "said"),
        ("it&#39;s bad", "it's", "it&#39;s"),
        ("&lt;b&gt; caf\u00e9 &amp; tea", "tea", "tea"),
        ("\U0001f44d\U0001f3fd yes", "\U0001f44d", "\U0001f44d\U0001f3fd"),
        ("\u05e9\u05dc\u05d5\u05dd ok", "ok", "ok"),
        ("&bogus; &amp ok", "ok", "ok"),
    ],
)
def test_a_place_leads_back_to_the_text_as_it_was_sent(text: str, needle: str, quote: str):
    folded = fold(text)
    start = folded.data.index(needle.encode())
    low, high = folded.original(start, start + len(needle.encode()))
    assert text[low:high] == quote


def test_drawn_out_letters_are_squeezed_and_keep_their_places():
    text = "I am soooo angryyy \u2764"
    folded = fold(text)
    assert folded.is_elongated
    for length, data in ((1, "i am so angry \u2764"), (2, "i am soo angryy \u2764")):
        squeezed = folded.squeezed(length)
        assert squeezed.data.decode() == data
        start = squeezed.data.index(b"so")
        low, high = squeezed.original(start, start + 1 + length)
        assert text[low:high] == "soooo"


@pytest.mark.parametrize("text", ["good too", "1000", "...", "aa bb"])
def test_ordinary_doubles_are_not_elongation(text: str):
    assert not fold(text).is_elongated


@given(st.text(st.characters(), max_size=60))
def test_every_place_of_any_text_leads_back_inside_it(text: str):
    for folded in (fold(text), fold(text).squeezed(1)):
        size = len(folded.data)
        for start in range(size):
            low, high = folded.original(start, start + 1)
            assert 0 <= low < high <= len(text)
        if size:
            assert folded.original(0, size)[1] <= len(text)


@given(st.text(max_size=40))
def test_composed_and_decomposed_text_fold_alike(text: str):
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")}
    assert len({fold_text(form) for form in forms}) == 1

"""Inflections of English words."""

from __future__ import annotations

import sys

import pytest

from amity.cues.lemma import inflections


@pytest.mark.parametrize(
    ("lemma", "forms"),
    [
        ("take", {"take", "takes", "took", "taken", "taking"}),
        ("be", {"be", "am", "are", "is", "was", "were", "been", "being"}),
        ("do", {"do", "does", "did", "done", "doing"}),
        ("apologise", {"apologise", "apologises", "apologised", "apologising"}),
        ("cancel", {"cancel", "cancels", "cancelled", "canceled", "cancelling", "canceling"}),
        ("fast", {"fast", "faster", "fastest"}),
    ],
)
def test_a_lemma_has_every_inflection(lemma: str, forms: set[str]):
    assert forms <= set(inflections(lemma))


def test_a_word_that_is_not_english_has_none():
    assert inflections("frobnicate") == ()


def test_the_word_list_is_read_without_importing_its_package():
    inflections("take")
    assert "lemminflect" not in sys.modules

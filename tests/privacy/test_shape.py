"""Shapes and plain forms: the short way and the long way give the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from amity.privacy.shape import _PLAINS, _SHAPES, plain, shape

TEXTS = st.text(st.sampled_from("abXYZ 09“”’—éÿÉŸİẞΣς℡ª＠：٣½ΩK×日") | st.characters(), max_size=9)


@given(TEXTS)
def test_a_shape_is_that_of_each_character(text):
    assert shape(text) == text.translate(_SHAPES).encode("latin-1")


@given(TEXTS)
def test_a_plain_form_is_that_of_each_character(text):
    assert plain(text) == text.translate(_PLAINS)

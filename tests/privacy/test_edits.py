"""Places move with the text that they are in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.privacy.edits import Edit, edited


@st.composite
def texts_and_edits(draw):
    text = draw(st.text(max_size=40))
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    edits = [
        Edit(start, end, draw(st.sampled_from(["", "[X_1]", "[LONGER_12]"])))
        for start, end in pairs
        if start < end
    ]
    return text, edits


@given(texts_and_edits(), st.data())
def test_a_span_stays_in_the_text_and_holds_what_it_held(case, data):
    text, edits = case
    after = edited(text, edits)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    new_start, new_end = after.moved(start, end)
    assert 0 <= new_start <= new_end <= len(after.text)
    touched = [edit for edit in edits if edit.start < end and start < edit.end]
    if start < end and not touched:
        assert after.text[new_start:new_end] == text[start:end]
    for edit in touched if start < end else ():
        assert edit.new in after.text[new_start:new_end]


@given(texts_and_edits())
def test_the_text_is_what_plain_replacing_from_the_end_gives(case):
    text, edits = case
    wanted = text
    for edit in reversed(edits):
        wanted = wanted[: edit.start] + edit.new + wanted[edit.end :]
    assert edited(text, edits).text == wanted


def test_spans_are_moved_in_order():
    after = edited("call 555 or 777", [Edit(5, 8, "[PHONE_1]"), Edit(12, 15, "[PHONE_2]")])
    assert after.moved(6, 7) == after.moved(5, 8) == (5, 14)
    assert after.text[slice(*after.moved(9, 11))] == "or"
    assert after.moved(0, 15) == (0, len(after.text))


@pytest.mark.parametrize("edits", [[Edit(0, 3, ""), Edit(2, 4, "")], [Edit(3, 9, "")]])
def test_edits_that_overlap_or_lie_outside_are_refused(edits):
    with pytest.raises(ValueError, match="overlap"):
        edited("abcd", edits)

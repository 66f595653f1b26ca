"""Text cut into lines: nothing is lost, nothing is wider than asked, nothing is out of place."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from amity.cli.render.evidence import marked_lines
from amity.cli.render.look import UNICODE
from amity.cli.render.view import Mark, Tone
from amity.cli.render.wrap import _clusters, clean, wrap

TEXTS = st.text(st.sampled_from("ab é字😡👩‍\u200d\ufe0f\u0301م\n \t\u202e"), max_size=60)


@given(TEXTS)
def test_cleaning_keeps_every_offset(text):
    assert len(clean(text)) == len(text)


@given(TEXTS, st.integers(4, 30))
def test_lines_hold_every_word_in_order(text, width):
    safe = clean(text)
    lines = [safe[begin:end] for begin, end in wrap(safe, width)]
    assert "".join("".join(lines).split()) == "".join(safe.split())


@example(" aa字字字字", 9)
@given(TEXTS, st.integers(8, 30))
def test_no_line_is_wider_than_asked(text, width):
    safe = clean(text)
    # What is drawn as one character is never cut, and joined emoji may be wider than a narrow line.
    widest = max((cell_len(cluster) for cluster in _clusters(safe)), default=0)
    assert all(cell_len(safe[begin:end]) <= max(width, widest) for begin, end in wrap(safe, width))


@given(TEXTS, st.data())
def test_any_evidence_can_be_marked(text, data):
    spans = st.tuples(st.integers(0, len(text)), st.integers(0, len(text))).map(sorted)
    marks = [
        Mark(0, begin, end, "a name", tone)
        for (begin, end), tone in data.draw(
            st.lists(st.tuples(spans, st.sampled_from(Tone)), max_size=5)
        )
    ]
    rows = marked_lines(text, marks, 20, UNICODE)
    assert all(cell_len(row.plain) <= 26 for row in rows)


def test_evidence_is_marked_beneath_its_own_words():
    rows = marked_lines("I am 😡 furious", [Mark(0, 7, 14, "anger", Tone.NEED)], 40, UNICODE)
    assert [row.plain for row in rows] == ["I am 😡 furious", "        ~~~~~~~", "        anger"]


def test_the_more_serious_of_two_marks_is_seen():
    marks = [Mark(0, 0, 4, "lapse", Tone.LAPSE), Mark(0, 0, 9, "act", Tone.ACT)]
    assert marked_lines("calm down", marks, 40, UNICODE)[1].plain == "xxxx-----"

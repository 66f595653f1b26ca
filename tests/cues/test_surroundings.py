"""Scopes: which terms cancel a match, and how far they reach."""

from __future__ import annotations

import pytest
from tests.cues.cuekit import SCOPES, cue, matcher, turn

BEFORE = (
    SCOPES
    + """\
  negation:
    terms: [not, never, (don't|doesn't)]
    except: [not only, don't hesitate]
    reach: 2
    direction: before
    cancels: [I am not angry]
    keeps: [not only angry]
"""
)
CUE = cue("cue: (angry|not happy)\nscopes: [negation]\nmatches: [x]\nrejects: [y]")
NEAR = matcher(CUE, BEFORE)


def cancelled(made, text: str) -> str:
    [match] = made.explain(turn(text))
    return match.cancelled_by


@pytest.mark.parametrize(
    ("text", "by"),
    [
        ("I am NOT angry", 'negation: "NOT"'),
        ("I dont feel that angry", 'negation: "dont"'),
        ("I knevvver am angry", ""),
        ("I neeeever am angry", 'negation: "neeeever"'),
        ("I am not onlyyyy angry", ""),
        ("I am not really all that angry", ""),
        ("I am not. Angry", ""),
        ("not working, I am angry", ""),
        ("not nice, angry", 'negation: "not"'),
        ("not only angry", ""),
        ("angry, not sad", ""),
        ("I am not happy", ""),
        ("never not happy", 'negation: "never"'),
    ],
)
def test_a_free_term_cancels_within_its_reach_and_clause(text: str, by: str):
    assert cancelled(NEAR, text) == by
    assert bool(NEAR.find(turn(text))) == (by == "")


@pytest.mark.parametrize(
    ("direction", "texts"),
    [("before", ["not angry"]), ("after", ["angry not"]), ("either", ["not angry", "angry not"])],
)
def test_a_direction_says_on_which_side_a_term_stands(direction: str, texts: list[str]):
    scopes = BEFORE.replace("direction: before", f"direction: {direction}")
    made = matcher(CUE, scopes)
    assert [text for text in ("not angry", "angry not") if cancelled(made, text)] == texts


def test_a_cue_without_scopes_is_never_cancelled_by_one():
    made = matcher(cue("cue: angry\nscopes: []\nmatches: [x]\nrejects: [y]"), BEFORE)
    assert cancelled(made, "not angry") == ""


def test_a_pack_uses_the_scopes_of_its_own_language():
    german = CUE.replace("{name: test}", "{name: test, language: de}")
    own = BEFORE.replace("{name: test}", "{name: test, language: de}")
    assert cancelled(matcher(german, own), "not angry") == 'negation: "not"'

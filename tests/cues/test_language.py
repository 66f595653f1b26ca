"""What a phrasing may say, and where it says what cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.cues.language import PhrasingError, parse
from amity.cues.tree import Choice, Emoji, Gap, Lemma, Mark, Number, Run, Stem, Suffix, Word


@pytest.mark.parametrize(
    ("phrasing", "items"),
    [
        ("Déjà VU", (Word("deja"), Word("vu"))),
        ("don\u2019t", (Word("don't"),)),
        ("complain*", (Stem("complain"),)),
        ("@take it", (Lemma("take", 1), Word("it"))),
        ("a <0-3> b", (Word("a"), Gap(0, 3), Word("b"))),
        ("# times", (Number(), Word("times"))),
        ("really ?", (Word("really"), Mark("?"))),
        ("oh!", (Word("oh"), Mark("!"))),
        ("\U0001f644", (Emoji("\U0001f644"),)),
        ("\U0001f44d\U0001f3fd", (Emoji("\U0001f44d"),)),
        ("i 've", (Word("i"), Suffix("'ve"))),
        ("f*** sh*t", (Word("f***"), Word("sh*t"))),
        ("e-mail, 24/7", (Word("e"), Word("mail"), Word("24"), Word("7"))),
        ("at 9.30", (Word("at"), Word("9.30"))),
        ("£ off", (Emoji("£"), Word("off"))),
        ("[so] ok", (Choice((Run((Word("so"),)),), True), Word("ok"))),
        ("(a|b c)", (Choice((Run((Word("a"),)), Run((Word("b"), Word("c")))), False),)),
        ("привет*", (Stem("привет"),)),
    ],
)
def test_a_phrasing_becomes_a_tree(phrasing: str, items: tuple[object, ...]):
    assert parse(phrasing).items == items


@pytest.mark.parametrize(
    ("phrasing", "code", "column"),
    [
        ("", "Q120", 1),
        ("[so]", "Q120", 1),
        ("# ?", "Q120", 1),
        ("(so|#)", "Q120", 1),
        ("so (sorry", "Q121", 4),
        ("so sorry)", "Q121", 9),
        ("so (sorry]", "Q121", 10),
        ("very.sorry. yes", "Q122", 11),
        ("a; b", "Q122", 2),
        ("* a", "Q122", 1),
        ("#1 fan", "Q122", 1),
        ('say "a"', "Q122", 5),
        ("very so*", "Q123", 6),
        ("a <3> b", "Q124", 3),
        ("a <0-7> b", "Q124", 3),
        ("a <3-1> b", "Q124", 3),
        ("a <0-0> b", "Q124", 3),
        ("a <0-3", "Q124", 3),
        ("a <0-3>", "Q124", 1),
        ("<0-3> a", "Q124", 1),
        ("'ve a", "Q124", 1),
        ("a (b|)", "Q125", 6),
        ("a (b|[c])", "Q125", 6),
        ("a @ b", "Q126", 3),
        ("a @don't", "Q126", 3),
        ("((((((( a )))))))", "Q127", 7),
        ("a " * 1001, "Q127", 1),
    ],
)
def test_an_error_says_where_in_the_phrasing_it_is(phrasing: str, code: str, column: int):
    with pytest.raises(PhrasingError) as caught:
        parse(phrasing)
    assert (caught.value.code, caught.value.column) == (code, column)
    assert caught.value.fix


def test_a_bracket_lost_to_a_yaml_comment_is_explained():
    with pytest.raises(PhrasingError) as caught:
        parse("in (two|")
    assert '" #"' in caught.value.fix or caught.value.code == "Q125"


@given(st.text(max_size=40) | st.text("ab()[]|<>-0123*@#?!'. £\U0001f644", max_size=30))
def test_any_text_is_a_tree_or_an_error_inside_it(phrasing: str):
    column = 1
    try:
        parse(phrasing)
    except PhrasingError as error:
        column = error.column
    assert 1 <= column <= len(phrasing) + 1

"""Names of those who take part are found however they are written, and words that only look so are not."""

from __future__ import annotations

from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.privacy.names import Names, Person


def found(name: str, text: str) -> list[str]:
    return [text[start:end] for start, end, _ in Names([Person(0, name)]).find(text)]


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("Ana López", "I am Ana López.", ["Ana López"]),
        ("Ana López", "ANA LOPEZ'S order, ana’s refund", ["ANA LOPEZ", "ana"]),
        ("Ana López", "Mrs. Lopez, Anas parcel", ["Lopez", "Ana"]),
        ("Ana Lo\u0301pez", "Lo\u0301pez", ["Lo\u0301pez"]),
        ("Mrs. Ana M. de la Cruz", "Ana M. de la Cruz, de la", ["Ana M. de la Cruz"]),
        ("Sean O'Neill", "Mr O’Neill", ["O’Neill"]),
        ("Anne-Marie Smith", "anne-marie, Marie", ["anne-marie", "Marie"]),
        ("ana_lopez92", "Thanks Ana", ["Ana"]),
        ("Will Grant", "Will Grant will grant it, Will", ["Will Grant", "Will"]),
        ("王小明", "你好王小明先生", ["王小明"]),
        ("Иван Петров", "Здравствуйте, ИВАН", ["ИВАН"]),
        ("Bo", "Bo said about boats", ["Bo"]),
        ("Ana", "banana, Anastasia, analysis", []),
        ("Customer", "the customer", []),
        ("Guest 4711", "guest 4711", []),
        ("", "anything", []),
        ("...", "...", []),
    ],
)
def test_names_are_found_in_every_form(name, text, wanted):
    assert found(name, text) == wanted


def test_each_person_keeps_their_number():
    names = Names([Person(3, "Ana López"), Person(7, "Ben Okri")])
    assert [number for *_, number in names.find("Okri wrote to López, Ben to Ana")] == [7, 3, 7, 3]


@given(st.text(max_size=30), st.text(max_size=60))
def test_finds_lie_in_the_text_in_order_and_apart(name, text):
    names = Names([Person(0, name)])
    spans = [(start, end) for start, end, _ in names.find(text)]
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans)) or names._unspaced


@given(
    st.lists(
        st.sampled_from(["Ana", "López,", "de", "x" * 90, "la", "\n", "banana", "Anas", "ana-"]),
        max_size=60,
    )
)
def test_long_texts_give_what_their_lines_give(words):
    names, lines = Names([Person(0, "Ana de la López")]), " ".join(words).split("\n")
    starts = [0, *accumulate(len(line) + 1 for line in lines)]
    found = [
        (start + at, end + at, number)
        for at, line in zip(starts, lines, strict=False)
        for start, end, number in names.find(line)
    ]
    assert names.find("\n".join(lines)) == found


def test_a_long_text_full_of_names_takes_no_longer_for_its_length():
    names = Names([Person(0, "Ana López")])
    assert len(names.find("Ana, " * 20_000)) == 20_000
    assert len(names.find("ana" * 30_000 + " Ana " + "x" * 90_000)) == 1


@given(
    st.lists(st.text(alphabet="ana Lópezs.'’_\n-\u0301王小明Will", max_size=20), max_size=6),
)
def test_names_in_several_texts_are_those_in_each(texts):
    names = Names([Person(0, "Ana López"), Person(1, "王小明"), Person(2, "Will Ana")])
    assert names.find_in(texts) == [names.find(text) for text in texts]


@pytest.mark.parametrize("text", ["“{}”", "{}…", "…{}", "he said “{}’s here”", "naïve “{}” café…"])
def test_quotation_marks_and_ellipses_hide_no_name(text):
    said = text.format("Zoë Park")
    [[(start, end, number)]] = Names([Person(7, "Zoë Park")]).find_in([said])
    assert (said[start:end].removesuffix("’s"), number) == ("Zoë Park", 7)


@pytest.mark.parametrize("mark", ["“", "”", "…"])
def test_a_quotation_mark_joins_no_two_words_of_a_name(mark):
    found = Names([Person(1, "Ana Lopez")]).find(f"Ana{mark}Lopez")
    assert [(start, end) for start, end, _ in found] == [(0, 3), (4, 9)]

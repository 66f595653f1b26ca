"""YAML with positions; the traps of hand-written YAML are told, each at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.source import MAX_BYTES, Problems, parse_yaml, read_text


def parse(text: str):
    problems = Problems()
    return parse_yaml(text, "a.yaml", problems), problems


def told(problems: Problems) -> list[tuple[str, int, int]]:
    return [(problem.code, problem.line, problem.column) for problem in problems]


def test_every_value_knows_its_place():
    node, problems = parse("rules:\n  - id: one\n    weight: 3\n")
    assert not problems
    rule = node.entries["rules"].items[0]
    assert (rule.entries["weight"].line, rule.entries["weight"].column) == (3, 13)
    assert (rule.keys["weight"].line, rule.keys["weight"].column) == (3, 5)
    assert node.plain() == {"rules": [{"id": "one", "weight": 3}]}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("10:05", "10:05"),
        ("2026-03-01", "2026-03-01"),
        ("1_000", "1_000"),
        ("0o14", "0o14"),
        ("true", True),
        ("~", None),
        ("3", 3),
        ("-0.5", -0.5),
        ("1e3", 1000.0),
        ("'3'", "3"),
        ('"true"', "true"),
        ("9" * 30, "9" * 30),
    ],
)
def test_scalars_are_read_as_people_mean_them(written, value):
    node, _ = parse(f"key: {written}\n")
    found = node.entries["key"].value
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\na: 2\n", ("Y108", 2, 1)),
        ("a: &x 1\nb: *x\n", ("Y104", 1, 4)),
        ("a: &x [1]\nb: *x\n", ("Y104", 1, 4)),
        ("base: {b: 1}\na:\n  <<: {b: 1}\n", ("Y107", 3, 3)),
        ("? [a]\n: 1\n", ("Y106", 1, 3)),
        ("a:\n\t- b\n", ("Y102", 2, 1)),
        ("a: [1,\n", ("Y102", 2, 1)),
        ("", ("Y103", 1, 1)),
        ("a: 1\n---\nb: 2\n", ("Y102", 2, 1)),
        ("[" * 60 + "]" * 60, ("Y105", 1, 42)),
    ],
)
def test_traps_are_told_at_their_place(text, expected):
    _, problems = parse(text)
    assert told(problems)[0] == expected
    assert all(problem.fix for problem in problems)


def test_a_file_that_is_not_utf8_is_told_with_the_byte(tmp_path: Path):
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"a: caf\xe9\n")
    problems = Problems()
    assert read_text(path, "latin.yaml", problems) is None
    assert "byte 6" in problems[0].message


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path):
    path = tmp_path / "big.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    problems = Problems()
    assert read_text(path, "big.yaml", problems) is None
    assert "larger than" in problems[0].message


def test_line_ends_and_a_byte_order_mark_do_not_matter(tmp_path: Path):
    path = tmp_path / "windows.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    assert read_text(path, "windows.yaml", Problems()) == "a: 1\nb: 2\n"

"""Every problem of a pack or scope file: its code, its place, and that the rest still works."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from tests.cues.cuekit import PACK, SCOPES, pack, turn

from amity.cues import compile_cues, load_pack, load_scopes
from amity.cues.tree import Gap, Run, Word
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

ROOT = Path(__file__).parents[2]
GOOD = "    - {cue: sorry, matches: [sorry], rejects: [no]}\n"


def problems_of(document: str, scopes: str = "") -> list[tuple[str, int, int]]:
    problems = Problems()
    node = parse_yaml(document, "pack.yaml", problems)
    assert node is not None
    loaded = load_pack(node, builtin_catalogue(), problems)
    files = []
    if scopes:
        scope_node = parse_yaml(scopes, "scopes.yaml", problems)
        assert scope_node is not None
        files = [file for file in [load_scopes(scope_node, problems)] if file]
    compile_cues([loaded] if loaded else [], files, problems)
    assert all(problem.fix and problem.file for problem in problems)
    return [(problem.code, problem.line, problem.column) for problem in problems]


def one(keys: str) -> str:
    return PACK + "    - {" + keys + "}\n"


OK = "cue: sorry, matches: [sorry], rejects: [no]"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (one("cue: true, matches: [x], rejects: [y]"), [("Q101", 7, 13)]),
        (one("cue: '', matches: [x], rejects: [y]"), [("Q101", 7, 13)]),
        (PACK + "    - sorry\n", [("Q101", 7, 7)]),
        (PACK.replace("  customer.anger:\n", "  - x\n"), [("Q101", 6, 3)]),
        (one(f"{OK}, attributes: x"), [("Q101", 7, 65)]),
        (one("cue: sorry, matches: [sorry]"), [("Q102", 7, 7)]),
        (one(OK).replace("defaults: {score: 0.8}", "defaults: {}"), [("Q102", 7, 7)]),
        (one(f"{OK}, scor: 1"), [("Q103", 7, 53)]),
        (one(OK).replace("amity/v1", "amity/v9"), [("Q104", 1, 13)]),
        (one("cue: [], matches: [x], rejects: [y]"), [("Q105", 7, 13)]),
        (one(OK).replace("customer.anger", "customer.angr"), [("Q110", 6, 3)]),
        (one(f"{OK}, score: 2"), [("Q111", 7, 60)]),
        (one(f"{OK}, score: high"), [("Q111", 7, 60)]),
        (one(f"{OK}, at: middle"), [("Q112", 7, 57)]),
        (one(f"{OK}, in: song"), [("Q112", 7, 57)]),
        (one(f"{OK}, scopes: [nowhere]"), [("Q114", 7, 62)]),
        (one("cue: '(sorry', matches: [x], rejects: [y]"), [("Q121", 7, 13)]),
        (one(f"{OK}, unless_turn: '#'"), [("Q120", 7, 66)]),
        (one("cue: '@frobnicate', matches: [x], rejects: [y]"), [("Q126", 7, 13)]),
        (one("cue: sorry, matches: [sorry, sad], rejects: [no]"), [("Q130", 7, 37)]),
        (one("cue: [sorry, sad], matches: [sorry], rejects: [no]"), [("Q131", 7, 21)]),
        (one("cue: sorry, matches: [sorry], rejects: [no, so sorry]"), [("Q132", 7, 52)]),
        (
            one("cue: sorry, matches: [sorry, sorry sad], rejects: [no], unless_turn: sad"),
            [("Q133", 7, 37)],
        ),
    ],
)
def test_a_problem_is_told_at_its_place(document: str, told: list[tuple[str, int, int]]):
    assert problems_of(document) == told


SCOPE = """\
  negation:
    terms: [not]
    reach: 3
    direction: before
    cancels: [not sad]
    keeps: [sad]
"""


@pytest.mark.parametrize(
    ("scopes", "told"),
    [
        (SCOPE.replace("reach: 3", "reach: 99"), [("Q113", 7, 12)]),
        (SCOPE.replace("before", "under"), [("Q112", 8, 16)]),
        (SCOPE.replace("not sad", "very sad"), [("Q134", 9, 15)]),
        (SCOPE.replace("[sad]", "[not sad]"), [("Q135", 10, 13)]),
        (SCOPE.replace("    reach: 3\n", ""), [("Q102", 6, 5)]),
        ("  negation: not\n", [("Q101", 5, 13)]),
    ],
)
def test_a_problem_in_a_scope_is_told_at_its_place(scopes: str, told: list[tuple[str, int, int]]):
    assert problems_of(one(OK), SCOPES + scopes) == told


def test_a_scope_defined_twice_in_a_language_is_told():
    problems = Problems()
    files = []
    for name in ("one.yaml", "two.yaml"):
        node = parse_yaml(SCOPES + SCOPE, name, problems)
        assert node is not None
        files.append(load_scopes(node, problems))
    compile_cues([], [file for file in files if file], problems)
    assert [(problem.code, problem.file) for problem in problems] == [("Q115", "two.yaml")]


def test_a_default_scope_that_is_unknown_is_told_once():
    document = PACK.replace("0.8}", "0.8, scopes: [nowhere]}") + GOOD + GOOD
    assert problems_of(document) == [("Q114", 4, 33)]


def test_a_phrasing_that_grew_too_large_to_run_in_linear_time_is_told():
    problems = Problems()
    loaded = pack(PACK + GOOD, problems)
    [written] = loaded.cues[0].phrasings
    huge = Run((Word("a"), *(Gap(6, 6) for _ in range(2_000)), Word("b")))
    cue = replace(loaded.cues[0], phrasings=(replace(written, tree=huge),))
    made = compile_cues([replace(loaded, cues=(cue,))], [], problems)
    assert [(problem.code, problem.line, problem.column) for problem in problems] == [
        ("Q128", 7, 13)
    ]
    assert made.signals == frozenset()


def test_a_problem_in_one_cue_leaves_the_others_working():
    problems = Problems()
    loaded = pack(PACK + GOOD + "    - {cue: '(', matches: [x], rejects: [y]}\n", problems)
    made = compile_cues([loaded], [], problems)
    assert len(problems) == 1
    assert made.find(turn("sorry"))


def test_the_column_inside_the_phrasing_is_told():
    problems = Problems()
    pack(one("cue: so sorry <0-9> now, matches: [x], rejects: [y]"), problems)
    assert "at character 10 of the phrasing" in problems[0].message


def test_every_problem_is_told_at_once():
    document = one("cue: '(', matches: [], rejects: [y], score: 7")
    assert [code for code, _, _ in problems_of(document)] == ["Q111", "Q125", "Q105"]


def test_every_code_is_documented_with_a_fix():
    sources = (ROOT / "engine" / "amity" / "cues").glob("*.py")
    used = {code for path in sources for code in re.findall(r'"(Q1\d\d)"', path.read_text("utf-8"))}
    page = (ROOT / "docs" / "cues.md").read_text("utf-8")
    assert used == set(re.findall(r"^\| (Q1\d\d) \| .+ \| .+ \|$", page, re.MULTILINE))


def test_the_example_of_the_documentation_loads():
    page = (ROOT / "docs" / "cues.md").read_text("utf-8")
    document, scopes = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    rest = "".join(
        f"  {name}: {{terms: [zzz], reach: 1, direction: before, cancels: [zzz], keeps: [y]}}\n"
        for name in ("hypothetical", "reported")
    )
    assert problems_of(document, scopes + rest) == []

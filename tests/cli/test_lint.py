"""`amity lint`: what it prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from amity.policy.lint.codes import ENTRIES
from amity.policy.lint.excerpts import rules

GOOD = rules("- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n")
CUES = """\
apiVersion: amity/v1
kind: CuePack
metadata: {name: words}
defaults: {score: 0.8}
signals:
  customer.anger: {cue: furious, matches: [I am furious], rejects: [the fury of it]}
  agent.apology: {cue: sorry, matches: [I am sorry], rejects: [a sorrow]}
  agent.dismissal: {cue: calm down, matches: [please calm down], rejects: [a calm night]}
"""


@pytest.fixture
def folder(tmp_path: Path):
    """Write the files of an example, and cues for its signals, into a folder."""

    def write(code_or_files) -> str:
        entry = ENTRIES.get(code_or_files) if isinstance(code_or_files, str) else None
        files = entry.bad.files if entry else code_or_files.files
        for name, text in {"cues.yaml": CUES, **files}.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path)

    return write


@pytest.mark.parametrize(
    ("code", "options", "exit_code"),
    [
        ("L107", (), 0),
        ("L107", ("--strict",), 1),
        ("L112", (), 1),
        ("V104", (), 2),
        ("Y102", ("--strict",), 2),
    ],
)
def test_the_exit_code_says_how_bad_it_is(code, options, exit_code, folder, amity):
    result = amity("lint", folder(code), *options)
    assert (result.exit_code, result.stderr) == (exit_code, "")
    assert f"{code} " in result.stdout


def test_a_good_folder_has_nothing_to_say(folder, amity):
    result = amity("lint", folder(GOOD), "--strict")
    assert result.exit_code == 0
    assert result.stdout == "3 files with 1 rule: nothing to say.\n"


def test_a_finding_has_place_code_message_and_fix_on_one_line(folder, amity, monkeypatch):
    path = Path(folder("L112"))
    monkeypatch.chdir(path.parent)
    first, counts = amity("lint", path.name, COLUMNS="40").stdout.splitlines()
    assert first.startswith(f"{path.name}/example/policy.yaml:17:13: L112 error: ")
    assert first.endswith("(choose a window in which they speak, such as 1 agent turn)")
    assert counts.startswith("3 files with 1 rule: 1 error.")


def test_problems_of_all_files_and_of_both_sorts_are_told_at_once(folder, amity):
    path = Path(folder("L112"))
    (path / "broken.yaml").write_text("a: [", encoding="utf-8")
    (path / "empty.yaml").write_text("", encoding="utf-8")
    result = amity("lint", str(path))
    assert result.exit_code == 2
    assert [code for code in ("L112", "Y102", "Y103") if f" {code} " in result.stdout] == [
        "L112",
        "Y102",
        "Y103",
    ]


def test_files_of_one_name_in_two_folders_are_told_apart(folder, tmp_path, amity):
    first = Path(folder("L107"))
    second = tmp_path.parent / f"{tmp_path.name}-other"
    second.mkdir()
    (second / "cues.yaml").write_text(CUES + "  # a line  \n", encoding="utf-8")
    result = amity("lint", str(first), str(second))
    places = [line.partition(": ")[0] for line in result.stdout.splitlines()]
    assert any(place.startswith(f"{first}/example/policy.yaml:") for place in places)
    assert any(place.startswith(f"{second}/cues.yaml:") for place in places)


def test_json_has_every_field_of_a_problem(folder, amity):
    found = json.loads(amity("lint", folder("L112"), "-o", "json").stdout)
    [problem] = found["problems"]
    assert set(problem) == {"code", "level", "message", "fix", "file", "line", "column"}
    assert found["counts"] == {"refused": 0, "error": 1, "warning": 0}


def test_sarif_names_rules_and_places(folder, amity):
    log = json.loads(amity("lint", folder("L112"), "-o", "sarif").stdout)
    [run] = log["runs"]
    [result] = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "L112"
    [location] = result["locations"]
    place = location["physicalLocation"]
    assert place["artifactLocation"]["uri"].endswith("example/policy.yaml")
    assert place["region"] == {"startLine": 17, "startColumn": 13}


def test_the_schema_is_one_and_knows_the_plugins(amity):
    schema = json.loads(amity("lint", "--schema").stdout)
    Draft202012Validator.check_schema(schema)
    assert "customer.anger" in schema["$defs"]["signal"]["enum"]
    assert "notify-supervisor" in json.dumps(schema["$defs"]["Policy"])


def test_explain_says_what_why_and_how(amity):
    said = amity("lint", "--explain", "l132").stdout
    assert said.startswith("L132 two rules that contradict each other\n")
    assert all(word in said for word in ("Not so:", "But so:", "agent.apology"))


def test_explain_knows_the_codes_of_bundle_files(amity):
    assert amity("lint", "--explain", "B203").stdout == "B203 the file ends too early\n"


def test_an_unknown_code_is_a_mistake_of_the_user(amity):
    result = amity("lint", "--explain", "L13")
    assert result.exit_code == 2
    assert "I130" in result.stderr


def test_a_plugin_that_is_left_out_takes_its_signals_and_actions_along(folder, amity):
    path = folder(rules("- forbid: agent.rushing\n  actions: [coach]\n"))
    plugins = ("amity_cues", "amity_sentences", "amity_crm")
    without = amity("lint", path, *(part for name in plugins for part in ("--no-plugin", name)))
    assert "L141 " in without.stdout
    assert "V127 " in without.stdout


def test_the_shipped_policies_have_no_errors(amity):
    found = json.loads(amity("lint", "-o", "json").stdout)
    assert (found["counts"]["refused"], found["counts"]["error"]) == (0, 0)

"""`amity test`, as a person or a build server runs it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import Result

from amity.cli.junit import visible
from amity.cli.watching import changes

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "tiny"
CASES = """\
apiVersion: amity/v1
kind: Cases
metadata: {policy: tiny}
fixtures:
  upset:
    - {customer Ana: I am furious., at: +0s}
cases:
  - name: Anger is answered
    conversation:
      attributes: {tier: silver}
      turns:
        - use: upset
        - {agent Tom: "${answer}", at: +1m}
    variants:
      - name: sorry
        variables: {answer: I am sorry that we were late.}
        expect: {anger-is-heard: shown, no-dismissal: no_opportunity}
      - name: calm down
        variables: {answer: Calm down please.}
        expect: {anger-is-heard: missed, no-dismissal: missed}
  - name: Nothing was owed
    conversation: {turns: [{customer: Hello.}, {agent: Hello.}]}
    expect: {anger-is-heard: no_opportunity, thanks-are-noticed: no_opportunity}
"""
FAILING = CASES.replace(
    "anger-is-heard: shown, no-dismissal: no_opportunity",
    "no-dismissal: no_opportunity, anger-is-heard: [shown, missed]",
)
Amity = Callable[..., Result]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    here = tmp_path / "policies"
    here.mkdir()
    for name in ("cues.yaml", "policy.yaml"):
        (here / name).write_text((TINY / name).read_text("utf-8"), "utf-8")
    (here / "cases.yaml").write_text(CASES, "utf-8")
    return here


def fail(folder: Path) -> None:
    (folder / "cases.yaml").write_text(FAILING, "utf-8")


def test_cases_that_pass_end_well_and_what_none_covers_is_listed(amity: Amity, folder: Path):
    result = amity("test", str(folder))
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "No case expects:",
        "  tiny/thanks-are-noticed: shown",
        "  tiny/gold-is-known: shown, missed, no opportunity",
        "Coverage: 60% of the outcomes that rules can have.",
        "3 cases: 3 passed, 0 failed.",
    ]


def test_a_failure_shows_the_timeline_and_the_first_divergence(amity: Amity, folder: Path):
    fail(folder)
    result = amity("test", str(folder), COLUMNS="80")
    assert result.exit_code == 1
    assert "FAILED tiny: Anger is answered [sorry]" in result.stdout
    assert "I am sorry that we were late." in result.stdout
    assert "Anger is heard" in result.stdout
    told = result.stdout[result.stdout.index("First divergence") :].splitlines()
    assert told[:3] == [
        "First divergence: anger-is-heard, outcome 2 (cases.yaml:17:48)",
        "  expected: shown, missed",
        "  got:      shown",
    ]
    assert told[3].startswith("  reason:   There was no such outcome")
    assert told[-1] == "3 cases: 2 passed, 1 failed."


def test_the_reason_is_the_judges_own(amity: Amity, folder: Path):
    (folder / "cases.yaml").write_text(CASES.replace("heard: missed", "heard: shown"), "utf-8")
    result = amity("test", str(folder), "-o", "json")
    [failed] = [case for case in json.loads(result.stdout)["cases"] if not case["passed"]]
    difference = failed["difference"]
    assert (difference["rule"], difference["expected"], difference["got"]) == (
        "anger-is-heard",
        ["shown"],
        ["missed"],
    )
    assert "apology" in difference["reason"]
    assert difference["place"] == {"file": "cases.yaml", "line": 20, "column": 18}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("CALM", ["Anger is answered [calm down]"]),
        ("owed", ["Nothing was owed"]),
        ("thanks-are", ["Nothing was owed"]),
        (
            "tiny",
            ["Anger is answered [sorry]", "Anger is answered [calm down]", "Nothing was owed"],
        ),
    ],
)
def test_a_filter_looks_at_names_policies_and_rules(amity, folder, text, names):
    result = amity("test", str(folder), "--filter", text, "-o", "json")
    assert [case["name"] for case in json.loads(result.stdout)["cases"]] == names


def test_a_filter_that_fits_nothing_is_a_mistake(amity: Amity, folder: Path):
    result = amity("test", str(folder), "--filter", "nothing like it")
    assert result.exit_code == 2
    assert 'I121 no case, policy or rule has "nothing like it" in its name' in result.stderr


def test_coverage_shows_each_rule_with_what_it_cannot_be(amity: Amity, folder: Path):
    result = amity("test", str(folder), "--coverage", COLUMNS="100")
    rows = {
        line.split()[0]: line.split()[1:] for line in result.stdout.splitlines() if line.strip()
    }
    assert rows["anger-is-heard"] == ["1", "1", "1", "0"]
    assert rows["no-dismissal"] == ["-", "1", "1", "0"]
    assert rows["thanks-are-noticed"] == ["0", "-", "1", "0"]


@pytest.mark.parametrize(("least", "code"), [("60", 0), ("60.1", 1), ("0", 0)])
def test_too_little_coverage_fails(amity: Amity, folder: Path, least: str, code: int):
    result = amity("test", str(folder), "--min-coverage", least)
    assert result.exit_code == code
    assert ("60.1% is asked for" in result.stdout) == bool(code)


def test_json_has_every_case_and_the_coverage(amity: Amity, folder: Path):
    plain = json.loads(amity("test", str(folder), "-o", "json").stdout)
    assert (plain["passed"], plain["failed"], plain["coveragePercent"]) == (3, 0, 60.0)
    assert plain["policyDigest"].startswith("sha256:")
    [anger] = [row for row in plain["coverage"] if row["rule"] == "anger-is-heard"]
    assert anger["counts"] == {
        "shown": 1, "missed": 1, "no_opportunity": 1, "abstained": 0, "pending": 0,
    }  # fmt: skip
    assert anger["missing"] == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            CASES.replace("use: upset", "use: upst"),
            'cases.yaml:12:16: K122 there is no fixture "upst"',
        ),
        (CASES.replace("policy: tiny", "policy: tin"), 'K108 there is no policy "tin"'),
        (CASES.replace("- use", "\t- use"), "Y102"),
    ],
)
def test_bad_cases_are_told_and_nothing_runs(amity, folder, text, problem):
    (folder / "cases.yaml").write_text(text, "utf-8")
    result = amity("test", str(folder))
    assert result.exit_code == 2
    assert problem in result.stderr
    assert not result.stdout


def test_a_folder_that_is_not_there_is_told(amity: Amity, tmp_path: Path):
    result = amity("test", str(tmp_path / "none"))
    assert (result.exit_code, "B101" in result.stderr) == (2, True)


def test_policies_without_cases_have_nothing_covered(amity: Amity, folder: Path):
    (folder / "cases.yaml").unlink()
    result = amity("test", str(folder))
    assert result.exit_code == 0
    assert result.stdout.endswith(
        "Coverage: 0% of the outcomes that rules can have.\nThere are no cases.\n"
    )


def test_nothing_depends_on_the_day_or_the_zone(amity: Amity, folder: Path, monkeypatch):
    fail(folder)
    results = []
    for zone in ("UTC", "Pacific/Auckland", "America/St_Johns"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        results.append(amity("test", str(folder), "-o", "json").stdout)
        results.append(amity("test", str(folder)).stdout)
    monkeypatch.delenv("TZ")
    time.tzset()
    assert len(set(results)) == 2


def test_junit_is_xml_that_a_parser_accepts(amity: Amity, folder: Path, tmp_path: Path):
    text = FAILING.replace("name: sorry", 'name: "<&> \\"]]> 😀"')
    text = text.replace("I am furious.", '"I am furious.\\x07\\x1b]0;x\\uFFFE"')
    (folder / "cases.yaml").write_text(text, "utf-8")
    file = tmp_path / "results.xml"
    result = amity("test", str(folder), "--junit", str(file))
    assert result.exit_code == 1, result.stderr
    root = ET.parse(file).getroot()  # noqa: S314 - our own
    names = [case.get("name") for case in root.iter("testcase")]
    assert 'Anger is answered [<&> "]]> 😀]' in names
    assert "I am furious." in (root.findtext(".//failure") or "")
    assert "\x1b]0;x" not in result.stdout


def test_junit_has_a_suite_for_each_policy(amity: Amity, folder: Path, tmp_path: Path):
    fail(folder)
    file = tmp_path / "results.xml"
    amity("test", str(folder), "--junit", str(file), "--min-coverage", "90")
    root = ET.parse(file).getroot()  # noqa: S314 - our own
    counts = {suite.get("name"): (suite.get("tests"), suite.get("failures")) for suite in root}
    assert counts == {"tiny": ("3", "1"), "coverage": ("1", "1")}
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("4", "2", "0")
    [failed, *_] = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert (failed.get("classname"), failed.get("file")) == ("tiny", "cases.yaml")
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("message") == "anger-is-heard: expected shown, missed, got shown"
    assert "I am furious." in (failure.text or "")


def test_junit_says_that_the_policies_do_not_load(amity: Amity, folder: Path, tmp_path: Path):
    (folder / "cases.yaml").write_text("a: \x1b", "utf-8")
    file = tmp_path / "results.xml"
    assert amity("test", str(folder), "--junit", str(file)).exit_code == 2
    root = ET.parse(file).getroot()  # noqa: S314 - our own
    assert root.get("errors") == "1"


def test_what_xml_cannot_hold_is_written_out():
    assert visible("a\x00\x1b\ufffe\ud800\tb\U0001f600") == "a\\x00\\x1b\\ufffe\\ud800\tb\U0001f600"


def test_junit_that_cannot_be_written_is_told(amity: Amity, folder: Path, tmp_path: Path):
    result = amity("test", str(folder), "--junit", str(tmp_path / "none" / "results.xml"))
    assert (result.exit_code, "I120" in result.stderr) == (2, True)


def test_a_bundle_of_conversation_files_is_tested(amity: Amity, folder: Path):
    (folder / "talks").mkdir()
    (folder / "talks" / "late.json").write_text(
        json.dumps({
            "participants": [{"id": "c", "role": "ROLE_CUSTOMER"}],
            "turns": [{"participantId": "c", "text": "I am furious."}],
        }),
        "utf-8",
    )  # fmt: skip
    (folder / "more.yaml").write_text(
        "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: tiny}\ncases:\n"
        "- name: Nobody answered\n  conversation: {file: talks/late.json}\n  expect: {anger-is-heard: missed}\n"
        "- name: Not yet\n  conversation: {file: talks/late.json, open: true}\n  expect: {anger-is-heard: pending}\n",
        "utf-8",
    )
    result = amity("test", str(folder))
    assert result.stdout.endswith("5 cases: 5 passed, 0 failed.\n"), result.stdout


def test_the_examples_of_the_documentation_come_out_as_they_say(amity: Amity, tmp_path: Path):
    page = (ROOT / "docs" / "cases.md").read_text("utf-8")
    examples = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    for number, example in enumerate(examples):
        # Two speak of the same matter, and a name is used only once in a policy.
        text = example.replace("before the fix", f"before the fix, {number}")
        named = re.match("# (.+)", example)
        path = tmp_path / (named[1] if named else f"{number}.yaml")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    result = amity("test", str(ROOT / "policies"), str(tmp_path), "--filter", "before the fix,")
    assert result.stdout.endswith("4 cases: 4 passed, 0 failed.\n"), result.stdout


def test_the_shipped_policies_pass_and_are_covered(amity: Amity):
    result = amity("test", "--min-coverage", "100", "-o", "json")
    assert result.exit_code == 0, result.stdout
    coverage = json.loads(result.stdout)["coverage"]
    assert [row["rule"] for row in coverage if not row["counts"]["abstained"]] == []


def test_a_change_is_told_once_when_it_has_come_to_rest(tmp_path: Path):
    file = tmp_path / "a.yaml"
    written = tmp_path / "results.xml"
    edits = iter(["one", "two", "two", "three", None])

    def sleep(_: float) -> None:
        text = next(edits, None)
        if text:
            file.write_text(text, "utf-8")
        written.write_text(str(time.monotonic_ns()), "utf-8")

    told = changes([tmp_path], written, sleep)
    next(told)
    next(told)
    assert file.read_text("utf-8") == "three"
    (tmp_path / ".swap").write_text("x", "utf-8")
    file.unlink()
    next(told)


def test_watching_runs_again_after_a_change_and_ends_quietly(folder: Path):
    command = [sys.executable, "-m", "amity.cli.main", "test", "--watch", str(folder)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=dict(os.environ)
    ) as running:
        assert running.stdout
        lines = iter(running.stdout.readline, "")
        try:
            assert "3 cases: 3 passed, 0 failed.\n" in until(lines, "Waiting")
            (folder / "cases.yaml").write_text("cases: [", "utf-8")
            assert any("Y102" in line for line in until(lines, "Waiting"))
            fail(folder)
            assert "3 cases: 2 passed, 1 failed.\n" in until(lines, "Waiting")
            running.send_signal(signal.SIGINT)
            rest = list(lines)
        finally:
            running.kill()
    assert rest == []
    assert running.returncode == 130


def until(lines, word: str) -> list[str]:
    found = []
    for line in lines:
        found.append(line)
        if word in line:
            break
    return found

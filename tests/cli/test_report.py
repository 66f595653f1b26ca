"""`amity report`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format
from tests.reports.logkit import mixture, write

from amity.log.store import open_store
from amity.v1 import scorecard_pb2

DAYS = ("--from", "2026-02-10", "--to", "2026-03-02")


@pytest.fixture(scope="module")
def log(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("report") / "log.db"
    store = open_store(path)
    with store.connect() as connection, connection.begin():
        write(connection, mixture())
    store.close()
    return str(path)


def test_a_scorecard_has_rules_with_intervals_and_what_to_keep_in_mind(amity, log):
    result = amity("report", "--log", log, *DAYS, "--by", "team", COLUMNS="140")
    assert result.exit_code == 0
    for said in ("2026-02-10 to 2026-03-02 (days in UTC)", "By team", "━", "●", "In no rate"):
        assert said in result.stdout


def test_a_narrow_terminal_without_unicode_has_the_same_numbers(amity, log):
    result = amity("report", "--log", log, *DAYS, "--agent", "amy", COLUMNS="72")
    assert "Scorecard of agent amy" in result.stdout
    assert max(map(len, result.stdout.splitlines()[4:12])) <= 72


def test_json_is_the_message_of_the_contract(amity, log):
    result = amity("report", "--log", log, *DAYS, "--team", "south", "--moments", "2", "-o", "json")
    reply = json_format.ParseDict(json.loads(result.stdout), scorecard_pb2.GetScorecardResponse())
    assert reply.scorecard.modules
    assert reply.scorecard.modules[0].rules[0].moments


@pytest.mark.parametrize(("output", "begin"), [("html", "<!doctype html>"), ("svg", "<svg ")])
def test_pages_and_pictures_go_to_standard_output(output, begin, amity, log):
    result = amity("report", "--log", log, *DAYS, "-o", output)
    assert result.stdout.startswith(begin)
    assert result.stderr == ""


def test_the_moments_of_a_rule_page_by_page(amity, log):
    asked = ("report", "--log", log, *DAYS, "--rule", "care/r1", "--moments", "3")
    first = amity(*asked).stdout
    place = first.split("--after ")[1].strip()
    second = amity(*asked, "--after", place).stdout
    assert first.count("decision d") == second.count("decision d") == 3
    assert not {line for line in first.splitlines() if "decision d" in line} & {
        *second.splitlines()
    }


def test_policies_give_their_titles(amity, log, tmp_path):
    bundle = Path(__file__).parent / "bundle"
    assert amity("report", "--log", log, *DAYS, "--policies", str(bundle)).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--agent", "a", "--team", "b"], "--agent and --team do not go together"),
        (["--from", "2026-03-03", "--to", "2026-03-02"], "before it begins"),
        (["--from", "1900-01-01"], "ask for fewer"),
        (["--rule", "care"], "--rule takes a policy and a rule"),
        (["--rule", "care/r1", "-o", "json"], "in the terminal only"),
        (["--rule", "care/r1", "--after", "x"], "--after takes"),
    ],
)
def test_bad_options_are_told(arguments, said, amity, log):
    result = amity("report", "--log", log, *arguments)
    assert said in result.stderr
    assert result.exit_code == 2


def test_a_log_that_is_not_there_is_told(amity, tmp_path):
    result = amity("report", "--log", str(tmp_path / "none.db"))
    assert "G101" in result.stderr
    assert result.exit_code == 2

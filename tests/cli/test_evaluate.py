"""`amity evaluate` with good and bad input, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format

from amity.v1 import decision_pb2

CASES = Path(__file__).parent / "cases"
MIXED, QUIET = CASES / "mixed.json", CASES / "quiet.json"


def on_one_line(path: Path) -> str:
    return json.dumps(json.loads(path.read_text(encoding="utf-8")))


def test_exit_code_says_whether_something_was_missed(judged):
    assert judged(str(MIXED)).exit_code == 1
    assert judged(str(QUIET)).exit_code == 0


def test_json_is_the_message_of_the_contract(judged):
    result = judged("-o", "json", str(MIXED))
    decision = json_format.Parse(result.stdout, decision_pb2.Decision())
    assert decision.verdict == decision_pb2.VERDICT_INTERVENE


def test_standard_input_is_read_for_a_dash(judged):
    assert "quiet" in judged("-", text=QUIET.read_text(encoding="utf-8")).stdout


def test_a_wrapper_says_that_a_conversation_is_open(judged):
    assert "may still come" in judged(str(CASES / "still-open.json")).stdout


def test_open_makes_duties_pending(judged):
    conversation = json.loads((CASES / "still-open.json").read_text(encoding="utf-8"))[
        "conversation"
    ]
    closed = judged("-o", "json", "-", text=json.dumps(conversation))
    pending = judged("-o", "json", "--open", "-", text=json.dumps(conversation))
    assert "STATE_PENDING" not in closed.stdout
    assert "STATE_PENDING" in pending.stdout


def test_lines_are_judged_one_by_one(judged, tmp_path):
    lines = tmp_path / "calls.jsonl"
    lines.write_text(f"{on_one_line(MIXED)}\n\n{on_one_line(QUIET)}\n", encoding="utf-8")
    result = judged("-o", "json", str(lines))
    verdicts = [json.loads(line)["verdict"] for line in result.stdout.splitlines()]
    assert verdicts == ["VERDICT_INTERVENE", "VERDICT_CLEAR"]
    assert result.exit_code == 1


def test_a_bad_line_is_told_with_its_number_and_the_rest_carries_on(judged, tmp_path):
    lines = tmp_path / "calls.jsonl"
    lines.write_text(f"{on_one_line(QUIET)}\nnot json\n{on_one_line(MIXED)}\n", encoding="utf-8")
    result = judged(str(lines))
    assert f"{lines}:2:1: " in result.stderr
    assert "2 conversations: 1 clear, 1 intervene" in result.stdout
    assert result.exit_code == 2


def test_many_lines_on_standard_input_are_recognised(judged):
    result = judged("-", text=f"{on_one_line(QUIET)}\n{on_one_line(QUIET)}\n")
    assert "2 conversations: 2 clear" in result.stdout


def test_an_empty_file_of_lines_is_bad_input(judged, tmp_path):
    lines = tmp_path / "none.jsonl"
    lines.write_text("", encoding="utf-8")
    assert judged(str(lines)).exit_code == 2


def test_a_table_fits_and_names_its_modules(judged, expect):
    result = judged("-o", "table", str(MIXED), COLUMNS="60")
    expect(CASES / "mixed.table.txt", result.stdout)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "JSON"),
        ("[]", "list"),
        ('{"id": "x"', "JSON"),
        ('{"id": "x", "turnz": []}', "turnz"),
        ('{"id": "", "participants": [], "turns": []}', "the id is empty"),
        ('{"conversation": {"id": "x"}, "opne": true}', '"opne" is not known'),
        ('{"conversation": {"id": "x"}, "open": "yes"}', '"open" must be true or false'),
        ('{"conversation": 7}', "conversation"),
        (b"\xff\xfe{}", "UTF-8"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_bad_input_is_told_plainly(text, said, judged):
    result = judged("-", text=text)
    assert said in result.stderr
    assert result.stdout == ""
    assert result.exit_code == 2


def test_every_problem_of_a_conversation_is_told(judged):
    text = '{"id": "", "participants": [{"id": "a", "role": "ROLE_AGENT"}], "turns": [{"participantId": "b"}]}'
    told = judged("-", text=text).stderr
    assert "the id is empty" in told
    assert 'no participant has the id "b"' in told


def test_a_missing_file_is_told(judged):
    result = judged("nowhere.json")
    assert "nowhere.json: I101 no such file or directory" in result.stderr
    assert result.exit_code == 2


def test_a_folder_in_place_of_a_file_is_told(judged, tmp_path):
    assert "is a directory" in judged(str(tmp_path)).stderr


def test_a_missing_folder_of_policies_is_told(amity):
    result = amity("evaluate", str(QUIET), "--policies", "no-such-folder")
    assert "no-such-folder" in result.stderr
    assert result.exit_code == 2


def test_a_plugin_that_does_not_exist_is_told(judged):
    result = judged(str(QUIET), "--no-plugin", "amity_crn")
    assert 'did you mean "amity_crm"?' in result.stderr
    assert result.exit_code == 2


def test_a_picture_of_many_conversations_is_refused(judged, tmp_path):
    lines = tmp_path / "calls.jsonl"
    lines.write_text(f"{on_one_line(QUIET)}\n{on_one_line(QUIET)}\n", encoding="utf-8")
    result = judged(str(lines), "--svg", str(tmp_path / "out.svg"))
    assert "A picture shows one conversation" in result.stderr
    assert result.exit_code == 2


def test_a_picture_that_cannot_be_written_is_told(judged, tmp_path):
    result = judged(str(QUIET), "--svg", str(tmp_path / "missing" / "out.svg"))
    assert "The picture could not be written" in result.stderr
    assert result.exit_code == 2

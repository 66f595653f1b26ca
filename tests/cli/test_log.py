"""`amity log list|show|export` over a log of real decisions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.log.logkit import PlainForms, conversations, entry, outcome

from amity.evaluate.outcome import State
from amity.log.disputes import (
    DisputeState,
    Party,
    Statement,
    find_dispute,
    opening,
    resolution,
)
from amity.log.log import DecisionLog, open_log
from amity.log.record import Durability
from amity.log.stored import stored_decisions

COUNT = len(conversations())


def dispute(log: DecisionLog, seq: int, state: DisputeState, corrected: State | None) -> str:
    """Dispute the first finding of *seq* that was missed, and decide so."""
    with log.read() as connection:
        [decision] = stored_decisions(connection, [seq])
        number, rule = next(
            (each.number, each.rule) for each in decision.findings if each.state == "missed"
        )
        event = opening(connection, seq, number, Statement("ben", Party.AGENT, "I did say it."))
    log.append(event).result()
    if state is not DisputeState.OPEN:
        with log.read() as connection:
            opened = find_dispute(connection, event.body["disputeId"])
        said = Statement("rae", Party.REVIEWER, "Read again.")
        log.append(resolution(opened, said, state, corrected)).result()
    return rule


@pytest.fixture
def place(tmp_path) -> str:
    """A log with the decision on each sample, with an outcome and disputes."""
    path = tmp_path / "log.db"
    with open_log(path, PlainForms(), clock=lambda: 1_790_000_000_000_000) as log:
        for number in range(COUNT):
            name = conversations()[number].id
            log.append(entry(number, conversation_id=name, durability=Durability.DURABLE)).result()
        log.append(outcome(conversations()[0].id)).result()
    return str(path)


def missed(place: str) -> list[int]:
    with open_log(place, PlainForms()) as log, log.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT DISTINCT seq FROM findings WHERE state = 'missed' ORDER BY seq"
        )
        return [row[0] for row in rows]


def test_lists_say_each_decision_in_a_line(amity, place):
    shown = amity("log", "list", place)
    assert shown.exit_code == 0
    assert "INTERVENE" in shown.stdout
    assert f"{COUNT} decisions" in shown.stdout
    assert len(amity("log", "list", place, "-o", "json").stdout.splitlines()) == COUNT


def test_a_list_can_be_narrowed(amity, place):
    few = amity("log", "list", place, "-o", "json", "--verdict", "intervene")
    verdicts = {json.loads(line)["verdict"] for line in few.stdout.splitlines()}
    assert verdicts == {"VERDICT_INTERVENE"}
    assert len(amity("log", "list", place, "-o", "json", "-n", "2").stdout.splitlines()) == 2
    none = amity("log", "list", place, "--until", "2020-01-01")
    assert "No decision" in none.stdout


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01", ""])
def test_what_is_no_time_is_told_with_how_to_write_one(amity, place, time):
    refused = amity("log", "list", place, "--since", time)
    assert refused.exit_code == 2
    assert "2026-03-01T09:30Z" in refused.stderr


def test_a_decision_is_shown_as_the_timeline_that_evaluate_draws(amity, place):
    name = conversations()[0].id
    shown = amity("log", "show", place, name)
    assert shown.exit_code == 0
    assert "Record 1, 2026-" in shown.stdout
    assert "durable" in shown.stdout
    assert "csat 4" in shown.stdout
    assert conversations()[0].turns[0].text.split()[0] in shown.stdout


def test_show_as_json_is_the_message(amity, place):
    from google.protobuf import json_format

    from amity.v1.decision_service_pb2 import LoggedDecision

    text = amity("log", "show", place, "3", "-o", "json").stdout
    message = json_format.Parse(text, LoggedDecision())
    assert message.summary.seq == message.receipt.seq == 3
    assert message.has_original


def test_a_decision_that_is_not_there_is_told_with_what_to_give(amity, place):
    refused = amity("log", "show", place, "nobody")
    assert refused.exit_code == 2
    assert 'C161 there is no decision "nobody"' in refused.stderr


def test_a_log_that_is_not_there_is_told(amity, tmp_path):
    refused = amity("log", "list", str(tmp_path / "none.db"))
    assert refused.exit_code == 2
    assert "G101" in refused.stderr


def test_an_export_has_a_message_on_each_line(amity, place, tmp_path):
    lines = amity("log", "export", place).stdout.splitlines()
    assert [int(json.loads(line)["summary"]["seq"]) for line in lines] == list(range(COUNT, 0, -1))
    out = tmp_path / "out.jsonl"
    assert amity("log", "export", place, "--out", str(out)).exit_code == 0
    assert out.read_text(encoding="utf-8").splitlines() == lines


def test_an_export_can_be_parquet(amity, place, tmp_path):
    import pyarrow.parquet as pq

    out = tmp_path / "out.parquet"
    done = amity("log", "export", place, "--format", "parquet", "--out", str(out))
    assert done.exit_code == 0, done.stderr
    table = pq.read_table(out)
    assert table.num_rows == COUNT
    rows = table.to_pylist()
    assert rows[-1]["seq"] == 1
    assert rows[-1]["recorded_at"].year == 2026
    assert any(finding["state"] == "missed" for row in rows for finding in row["findings"])


def test_without_pyarrow_an_export_says_what_to_install(place, tmp_path):
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from amity.cli.main import main\n"
        f"main(['log', 'export', {place!r}, '--format', 'parquet', '--out', 'x.parquet'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "amity-engine[parquet]" in done.stderr
    assert not (tmp_path / "x.parquet").exists()


def test_an_export_that_cannot_be_written_is_told(amity, place, tmp_path):
    refused = amity("log", "export", place, "--out", str(tmp_path / "no" / "x.jsonl"))
    assert refused.exit_code == 2
    assert "I150" in refused.stderr


def test_an_export_of_a_file_needs_its_place(amity, place):
    assert amity("log", "export", place, "--format", "parquet").exit_code == 2


def test_decided_disputes_become_cases_that_amity_test_runs(amity, place, tmp_path):
    first, second, third = missed(place)[:3]
    with open_log(place, PlainForms()) as log:
        wrong = dispute(log, first, DisputeState.OVERTURNED, State.SHOWN)
        right = dispute(log, second, DisputeState.UPHELD, None)
        dispute(log, third, DisputeState.OPEN, None)
    out = tmp_path / "cases"
    done = amity("log", "export", place, "--disputes-as", "cases", "--out", str(out))
    assert done.exit_code == 0
    assert "2 cases" in done.stderr
    from amity.policy.bundle import shipped_policies

    shutil_copy(shipped_policies(), tmp_path / "policies")
    shutil_copy(out, tmp_path / "policies" / "disputes")
    tested = amity("test", str(tmp_path / "policies"), "--filter", "Disputed")
    assert tested.exit_code == 1, tested.output
    assert f"Disputed in record {first}" in tested.output
    assert "1 failed" in tested.output or "1 case" in tested.output, tested.output
    assert wrong in tested.output
    assert right


def shutil_copy(source: Path, target: Path) -> None:
    import shutil

    shutil.copytree(source, target)


def test_decided_disputes_become_labels_that_amity_calibrate_takes(amity, place, tmp_path):
    found = missed(place)
    with open_log(place, PlainForms()) as log:
        for number, seq in enumerate(found):
            wrong = (DisputeState.OVERTURNED, State.NO_OPPORTUNITY)
            dispute(log, seq, *(wrong if number % 2 else (DisputeState.UPHELD, None)))
    labels = tmp_path / "labels.jsonl"
    done = amity("log", "export", place, "--disputes-as", "labels", "--out", str(labels))
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in labels.read_text().splitlines()]
    assert {len(line["signals"]) > 0 for line in lines} == {True, False}
    for line in lines:
        assert {each["signal"] for each in line["signals"]} <= set(line["only"])
        assert all(each["quote"] in line["text"] for each in line["signals"])
        assert line["disputes"][0]["reason"] == "Read again."
    fitted = amity("calibrate", str(labels), "--out", str(tmp_path / "calibration.yaml"))
    assert fitted.exit_code == 0, fitted.output
    measured = amity("bench", "detection", str(labels), "-o", "json")
    assert measured.exit_code == 0, measured.output


def test_a_dispute_that_says_nothing_of_a_signal_is_told(amity, place):
    [seq, *_] = missed(place)
    with open_log(place, PlainForms()) as log:
        dispute(log, seq, DisputeState.OVERTURNED, State.ABSTAINED)
    result = amity("log", "export", place, "--disputes-as", "labels")
    assert result.stdout == ""
    assert "1 of 1 decided disputes say nothing certain about a signal" in result.stderr


def test_disputes_are_shown_with_the_decision(amity, place):
    [seq, *_] = missed(place)
    with open_log(place, PlainForms()) as log:
        dispute(log, seq, DisputeState.OVERTURNED, State.SHOWN)
    shown = amity("log", "show", place, str(seq)).stdout
    assert "overturned, should have been shown" in shown
    assert "ben (agent, open): I did say it." in shown

"""`amity actions` on a real outbox."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest
from tests.actions.receiverkit import Receiver, fill, new_database, opened, states

from amity.actions import outbox
from amity.actions.outbox import Claim
from amity.actions.signature import new_secret, parse_key

NOW = 1_700_000_100 * 1_000_000
TARGETS = """\
apiVersion: amity/v1
kind: Targets
targets:
  - name: desk
    url: {url}
    actions: [coach]
    secrets: [env:DESK_SECRET]
    allow_private: true
"""


@pytest.fixture
def log(tmp_path) -> str:
    """An outbox with three messages, of which the first is dead."""
    path = new_database(tmp_path)
    with opened(path) as database:
        fill(database, 3)
        [held] = database.write(lambda c: outbox.claim(c, "desk", Claim("w", NOW, 60, 1)))
        database.write(lambda c: outbox.bury(c, held, "it answered 500", 500, NOW))
    return str(path)


@pytest.fixture
def targets(tmp_path, receiver) -> str:
    path = tmp_path / "targets.yaml"
    path.write_text(TARGETS.format(url=receiver.url()), encoding="utf-8")
    return str(path)


@pytest.fixture
def receiver():
    with Receiver().running() as running:
        yield running


def test_list_shows_messages_and_counts(amity, log):
    result = amity("actions", "list", log, COLUMNS="140")
    assert result.exit_code == 0
    assert "msg_0000" in result.stdout
    assert "it answered 500" in result.stdout
    assert "desk: 1 dead, 2 waiting" in result.stdout


def test_list_in_json_can_be_narrowed(amity, log):
    result = amity("actions", "list", log, "--state", "waiting", "--limit", "1", "-o", "json")
    [entry] = json.loads(result.stdout)
    assert (entry["id"], entry["state"], entry["target"]) == ("msg_0001", "waiting", "desk")
    assert entry["created_at"].startswith("2023-11-14T22:13:20")
    assert json.loads(amity("actions", "list", log, "--target", "x", "-o", "json").stdout) == []


def test_dead_letters_are_findings(amity, log):
    result = amity("actions", "dead", log, "-o", "json")
    assert result.exit_code == 1
    assert [entry["id"] for entry in json.loads(result.stdout)] == ["msg_0000"]
    amity("actions", "retry", log, "--all")
    result = amity("actions", "dead", log)
    assert (result.exit_code, result.stdout) == (0, "There are none.\n")


def test_retry_makes_dead_letters_due(amity, log):
    result = amity("actions", "retry", log, "msg_0000", "msg_0001")
    assert (result.exit_code, result.stdout) == (0, "msg_0000\n")
    assert result.stderr == "1 will be tried again. 1 not, since they were not given up.\n"
    with opened(log) as database:
        assert set(states(database).values()) == {"waiting"}


def test_retry_of_what_is_not_there_changes_nothing(amity, log):
    result = amity("actions", "retry", log, "msg_0000", "msg_9999")
    assert result.exit_code == 2
    assert "A102 there is no message msg_9999" in result.stderr
    assert amity("actions", "dead", log).exit_code == 1


def test_retry_wants_to_know_what(amity, log):
    result = amity("actions", "retry", log)
    assert result.exit_code == 2
    assert "--all" in result.stderr


def test_deliver_once_sends_what_is_due(amity, log, targets, receiver):
    secret = new_secret()
    result = amity("actions", "deliver", log, "--targets", targets, "--once", DESK_SECRET=secret)
    assert result.exit_code == 0, result.stderr
    assert sorted(receiver.ids()) == ["msg_0001", "msg_0002"]
    told = [json.loads(line) for line in result.stderr.splitlines()]
    assert {line["ending"] for line in told} == {"delivered"}
    got = receiver.got[0]
    signed = f"{got.id}.{got.headers['webhook-timestamp']}.".encode() + got.body
    assert got.headers["webhook-signature"] == parse_key(secret).sign(signed)


def test_deliver_runs_alone_until_it_is_told_to_stop(log, targets, receiver, monkeypatch):
    monkeypatch.setenv("DESK_SECRET", new_secret())
    command = [
        sys.executable,
        "-m",
        "amity.cli.main",
        "actions",
        "deliver",
        log,
        "--targets",
        targets,
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        while len(receiver.got) < 2:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 0
    assert len(said.splitlines()) == 2


def test_targets_are_checked_and_shown_without_what_opens_doors(amity, targets):
    secret = new_secret()
    result = amity("actions", "targets", targets, DESK_SECRET=secret)
    assert result.exit_code == 0
    assert "127.0.0.1" in result.stdout
    assert "/hook" not in result.stdout
    assert secret not in result.stdout
    shown = json.loads(
        amity("actions", "targets", targets, "-o", "json", DESK_SECRET=secret).stdout
    )
    assert shown[0]["actions"] == ["coach"]


def test_a_secret_that_is_missing_is_told_with_its_place(amity, targets, monkeypatch):
    monkeypatch.delenv("DESK_SECRET", raising=False)
    result = amity("actions", "targets", targets)
    assert result.exit_code == 2
    assert (
        "targets.yaml:7:15: A118 the environment variable DESK_SECRET is not set" in result.stderr
    )


def test_a_new_secret_is_a_key(amity):
    assert len(parse_key(amity("actions", "secret").stdout.strip()).value) == 32


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gone.db", "there is no such file"),
        ("sqlite:///gone.db", "there is no such file"),
        ("mysql+nothing://x/y", "it is neither SQLite nor PostgreSQL"),
        ("://", "it is not the URL of a database"),
        ("postgresql://127.0.0.1:1/x", "it cannot be opened"),
    ],
)
def test_what_is_no_database_is_told(amity, name, said):
    result = amity("actions", "list", name)
    assert result.exit_code == 2
    assert "A101 " in result.stderr
    assert said in result.stderr


def test_a_password_is_not_repeated(amity):
    result = amity("actions", "list", "postgresql://me:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in result.stderr


def test_a_file_without_an_outbox_is_told(amity, tmp_path):
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_text("words " * 1000, encoding="utf-8")
    assert "it has no outbox" in amity("actions", "list", str(tmp_path / "empty.db")).stderr
    assert "A101" in amity("actions", "dead", str(tmp_path / "text.db")).stderr

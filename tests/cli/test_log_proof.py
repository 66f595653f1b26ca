"""`amity log verify`, `retain` and `erase` on real logs."""

from __future__ import annotations

import base64
import json
import sqlite3
from datetime import UTC, datetime

import pytest
from tests.log.logkit import PlainForms, entry

from amity.bundles.keys import load_private, new_key
from amity.conversation import Role
from amity.log.anchoring import Anchorer, FileSink
from amity.log.log import open_log
from amity.log.private_forms import private_forms
from amity.privacy.keys import MasterKey

MASTER = MasterKey(b"m" * 32)
PRIVACY = """\
apiVersion: amity/v1
kind: Privacy
retention:
  sealed: 30 days
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "log.db"
    with open_log(path, PlainForms()) as opened:
        for number in range(5):
            opened.append(entry(number)).result(30)
    return str(path)


def test_a_log_that_is_as_it_was_proves(log, amity):
    result = amity("log", "verify", log)
    assert result.exit_code == 0
    assert "5 records in 5 batches are as they were written" in result.stdout
    assert "compared with no anchor" in result.stdout


def test_a_changed_log_does_not_and_the_record_is_named(log, amity):
    with sqlite3.connect(log) as raw:
        raw.execute("UPDATE decisions SET verdict = 'commend' WHERE seq = 3")
    raw.close()
    result = amity("log", "verify", log, "--thorough")
    assert result.exit_code == 1
    assert "record 3: G214 verdict in decisions is 'commend'" in result.stdout
    told = json.loads(amity("log", "verify", log, "-o", "json").stdout)
    assert (told["good"], told["flaws"][0]["record"]) == (False, 3)


def test_a_log_that_was_cut_off_is_seen_with_its_anchors(log, amity, tmp_path):
    now = datetime.now(UTC)
    public, private, public_path = new_key("anchors", tmp_path, now, None)
    heads = tmp_path / "heads.jsonl"
    with open_log(log, PlainForms()) as opened:
        Anchorer(opened, load_private(private), [FileSink(heads)]).anchor()
    options = ("--anchors", str(heads), "--trusted", str(public_path))
    result = amity("log", "verify", log, *options)
    assert result.exit_code == 0, result.stdout
    assert "compared with 1 anchor, signed by trusted keys" in result.stdout
    with sqlite3.connect(log) as raw:
        for table in ("records", "payloads", "decisions", "findings"):
            raw.execute(f"DELETE FROM {table} WHERE seq = 5")  # noqa: S608 - our own names
        raw.execute("DELETE FROM batches WHERE batch = 5")
    raw.close()
    result = amity("log", "verify", log, *options)
    assert result.exit_code == 1
    assert "record 5: G231 the log ends with record 4, and had record 5" in result.stdout
    assert public.id


@pytest.mark.parametrize("name", ["none.db", "notes.txt"])
def test_what_is_no_log_is_bad_input(name, amity, tmp_path):
    (tmp_path / "notes.txt").write_text("no log\n" * 500)
    result = amity("log", "verify", str(tmp_path / name))
    assert result.exit_code == 2
    assert "G10" in result.stderr


def test_retention_is_tried_and_then_carried_out(log, amity, tmp_path):
    privacy = tmp_path / "privacy.yaml"
    privacy.write_text(PRIVACY)
    arguments = ("log", "retain", log, "--privacy", str(privacy))
    dry = amity(*arguments, "--dry-run")
    assert dry.exit_code == 0, dry.stderr
    assert (
        dry.stdout == "would drop 0 views and 0 sealed originals of 0 records that are old enough\n"
    )
    done = amity(*arguments)
    assert (
        done.stdout == "dropped 0 views and 0 sealed originals of 0 records that are old enough\n"
    )


@pytest.fixture
def sealed(tmp_path, monkeypatch):
    monkeypatch.setenv("MASTER", base64.b64encode(MASTER.raw).decode())
    path = tmp_path / "sealed.db"
    with open_log(path, private_forms([MASTER], now_us=lambda: 1, starts=False)) as opened:
        asked = entry(1)
        opened.append(asked).result(30)
        people = asked.conversation.participants
        yield str(path), next(each.id for each in people if each.role is Role.CUSTOMER)


def test_a_customer_is_erased_beside_its_server_and_the_log_proves(sealed, amity):
    path, customer = sealed
    arguments = ("log", "erase", path, "--customer", customer, "--reason", "asked")
    dry = amity(*arguments, "--master-key", "env:MASTER", "--dry-run")
    assert dry.stdout == "would erase 1 record and 1 key\n", dry.stderr
    done = amity(*arguments, "--master-key", "env:MASTER")
    assert done.stdout == "erased 1 record and 1 key; record 2 says so\n", done.stderr
    again = amity(*arguments, "--master-key", "env:MASTER")
    assert again.exit_code == 2
    assert "E124" in again.stderr
    proof = amity("log", "verify", path)
    assert proof.exit_code == 0, proof.stdout
    assert "1 of them lack a form that was dropped by order" in proof.stdout


def test_an_erasure_needs_the_right_master_key(sealed, amity, monkeypatch):
    path, customer = sealed
    monkeypatch.setenv("OTHER", base64.b64encode(b"o" * 32).decode())
    arguments = ("log", "erase", path, "--customer", customer, "--reason", "asked")
    result = amity(*arguments, "--master-key", "env:OTHER")
    assert result.exit_code == 2
    assert "E121" in result.stderr


def test_an_erasure_names_one_of_two(sealed, amity):
    result = amity("log", "erase", sealed[0], "--reason", "asked")
    assert result.exit_code == 2
    assert "--customer or --conversation" in result.stderr

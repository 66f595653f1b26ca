"""Forgetting: erasure and retention drop what they say, and the log stays provable."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from tests.log.logkit import entry

from amity.actions.outbox import OUTBOX, OutboxMessage
from amity.conversation import Participant, Role
from amity.log.erasure import erase
from amity.log.log import open_log
from amity.log.private_forms import private_forms
from amity.log.record import Entry
from amity.log.retaining import planned, retain
from amity.log.tables import decisions, findings, keys, payloads
from amity.log.verify import verify
from amity.policy.model import Severity
from amity.privacy.erasure import Erasure, Subject
from amity.privacy.failures import NothingToErase
from amity.privacy.keys import MasterKey
from amity.privacy.policy import Keep, Longer, Retention

MASTER = MasterKey(b"m" * 32)
DAY = timedelta(days=1)


@pytest.fixture
def forms():
    return private_forms([MASTER], now_us=lambda: 1, starts=False)


@pytest.fixture
def log(url, forms):
    with open_log(url, forms) as log:
        yield log


def of_customer(number: int, customer: str, **fields) -> Entry:
    """An entry whose customer has an id of their own."""
    made = entry(number, **fields)
    conversation = made.conversation
    old = next((p.id for p in conversation.participants if p.role is Role.CUSTOMER), None)
    people = tuple(
        Participant(customer, p.role, p.display_name, p.team) if p.id == old else p
        for p in conversation.participants
    )
    turns = tuple(
        dataclasses.replace(t, participant_id=customer) if t.participant_id == old else t
        for t in conversation.turns
    )
    return dataclasses.replace(
        made, conversation=dataclasses.replace(conversation, participants=people, turns=turns)
    )


def rows(log, table):
    with log.read() as connection:
        return connection.execute(select(table).order_by(*table.primary_key)).all()


def test_an_original_comes_back_as_it_was_and_its_view_is_redacted(log):
    asked = of_customer(2, "ana.lopez")
    seq = log.append(asked).result(30).seq
    payload = log.payload(seq)
    assert payload.original["conversation"]["participants"][0]["displayName"]
    assert "ana.lopez" not in str(payload.view)
    assert verify(log).is_good, verify(log).flaws


def test_records_of_one_customer_share_a_key_that_is_written_with_the_first(log):
    futures = [log.append(of_customer(number, "ana.lopez")) for number in range(4)]
    [future.result(30) for future in futures]
    log.append(of_customer(1, "bob.stone")).result(30)
    refs = [row.key_ref for row in rows(log, payloads)]
    assert len(set(refs[:4])) == 1
    assert refs[4] not in refs[:4]
    assert {row.ref for row in rows(log, keys)} == {*refs, "hash-key"}


def test_an_erased_customer_is_gone_and_the_log_still_proves(log):
    for number in range(6):
        log.append(of_customer(number, "ana.lopez" if number % 2 else "bob.stone")).result(30)
    done = erase(
        log, Erasure(Subject.CUSTOMER, "ana.lopez", "asked to be forgotten"), log.forms.privacy
    )
    found = verify(log)
    assert found.is_good, found.flaws
    assert (done.records, done.keys, found.forgotten) == (3, 1, 3)
    gone = log.payload(2)
    assert (gone.view, gone.original) == (None, None)
    assert log.payload(1).original is not None
    ours = [row for row in rows(log, decisions) if row.seq in {2, 4, 6}]
    assert {row.customer_ref for row in ours} == {""}
    assert {row.text for row in rows(log, findings) if row.seq in {2, 4, 6}} == {""}
    assert "ana.lopez" not in str(log.payload(done.receipt.seq).header)


def test_what_is_erased_is_in_no_file_any_more(tmp_path, forms):
    path = tmp_path / "log.db"
    with open_log(path, forms) as log:
        log.append(of_customer(2, "ana.lopez")).result(30)
        # The beginning, for SQLite puts the rest of a long text elsewhere.
        text = max((row.text for row in rows(log, findings)), key=len)[:60].encode()
        assert any(text in each.read_bytes() for each in tmp_path.iterdir())
        erase(log, Erasure(Subject.CUSTOMER, "ana.lopez", "asked"), log.forms.privacy)
        assert not any(text in each.read_bytes() for each in tmp_path.iterdir())


def test_a_customer_who_comes_back_gets_a_new_key(log):
    log.append(of_customer(2, "ana.lopez")).result(30)
    asked = Erasure(Subject.CUSTOMER, "ana.lopez", "asked")
    erase(log, asked, log.forms.privacy)
    seq = log.append(of_customer(2, "ana.lopez")).result(30).seq
    assert log.payload(seq).original is not None
    assert [row.wrapped is None for row in rows(log, keys)].count(True) == 1
    assert verify(log).is_good, verify(log).flaws


def test_an_erasure_by_another_process_is_found_before_the_next_record_is_written(url, log):
    log.append(of_customer(2, "ana.lopez")).result(30)
    theirs = private_forms([MASTER], now_us=lambda: 2, starts=False)
    with open_log(url, theirs, is_guest=True) as other:
        erase(other, Erasure(Subject.CUSTOMER, "ana.lopez", "asked"), other.forms.privacy)
    seq = log.append(of_customer(3, "ana.lopez")).result(30).seq
    assert log.payload(seq).original is not None
    assert verify(log).is_good, verify(log).flaws


def test_nobody_is_erased_twice(log):
    log.append(of_customer(2, "ana.lopez")).result(30)
    asked = Erasure(Subject.CUSTOMER, "ana.lopez", "asked")
    erase(log, asked, log.forms.privacy)
    with pytest.raises(NothingToErase):
        erase(log, asked, log.forms.privacy)


def test_what_an_erasure_left_out_is_seen(log):
    log.append(of_customer(2, "ana.lopez")).result(30)
    with log.read() as connection:
        [before] = connection.execute(select(payloads)).all()
    erase(log, Erasure(Subject.CUSTOMER, "ana.lopez", "asked"), log.forms.privacy)
    put_back = update(payloads).values(view=before.view, salt=before.salt)
    log.write(lambda connection: connection.execute(put_back) and None).result(30)
    assert next(flaw.problem.code for flaw in verify(log).flaws) == "G218"


def test_what_was_to_be_delivered_about_an_erased_customer_is_not(log):
    message = OutboxMessage("m-1", f"{2:032x}", "c", "coach", "crm", b"words", 1)
    asked = dataclasses.replace(of_customer(2, "ana.lopez"), messages=(message,))
    log.append(asked).result(30)
    assert [row.payload for row in rows(log, OUTBOX)] == [b"words"]
    erase(log, Erasure(Subject.CUSTOMER, "ana.lopez", "asked"), log.forms.privacy)
    assert [(row.state, row.payload) for row in rows(log, OUTBOX)] == [("dead", b"")]


def aged(log, *days: int) -> datetime:
    """Log a record for each of *days* ago; returns now."""
    for number, _ in enumerate(days):
        log.append(of_customer(number, f"customer.{number}.name")).result(30)
    return datetime.now(UTC)


def test_a_dry_run_tells_what_retention_would_take_and_changes_nothing(log):
    now = aged(log, 1, 2, 3) + 100 * DAY
    retention = Retention(Keep(sealed=30 * DAY, view=365 * DAY))
    before = [tuple(row) for row in rows(log, payloads)]
    found = planned(log, retention, now)
    assert (found.sealed, found.views, found.looked_at) == (3, 0, 3)
    assert [tuple(row) for row in rows(log, payloads)] == before


def test_retention_takes_what_is_over_and_the_log_still_proves(log):
    now = aged(log, 1, 2, 3)
    retention = Retention(Keep(sealed=30 * DAY, view=365 * DAY))
    done = retain(log, retention, now + 100 * DAY)
    assert (done.sealed, done.views) == (3, 0)
    assert verify(log).is_good, verify(log).flaws
    assert log.payload(1).view is not None
    done = retain(log, retention, now + 400 * DAY)
    assert (done.sealed, done.views) == (0, 3)
    assert verify(log).is_good, verify(log).flaws
    assert {row.text for row in rows(log, findings)} == {""}
    assert planned(log, retention, now + 900 * DAY).looked_at == 0


def test_what_a_severe_rule_was_missed_in_is_kept_longer(log):
    for number in range(8):
        log.append(of_customer(number, f"customer.{number}.name")).result(30)
    severe = {
        row.seq
        for row in rows(log, findings)
        if row.state == "missed" and row.severity == "critical"
    }
    longer = Longer(Keep(sealed=1000 * DAY), severity=Severity.CRITICAL)
    retention = Retention(Keep(sealed=DAY), (longer,))
    retain(log, retention, datetime.now(UTC) + 10 * DAY)
    assert {row.seq for row in rows(log, payloads) if row.sealed is not None} == severe
    assert severe

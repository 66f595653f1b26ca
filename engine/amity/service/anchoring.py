"""Anchors the decision log of a server: signs its head, and puts it where the settings say."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from prometheus_client.core import Metric
from structlog.typing import FilteringBoundLogger

from amity.bundles.keys import PrivateKey, private_key
from amity.errors import Problem, StartupError
from amity.log.anchoring import Anchorer, FileSink, Sink, WebhookSink
from amity.log.anchors import Anchor
from amity.log.log import DecisionLog
from amity.privacy.keys import read_secret
from amity.service.logs import open_log
from amity.service.metrics import counted, gauged
from amity.service.settings import Settings

__all__ = ["Anchoring", "anchoring"]

MAKE_KEY = "make one with: amity sign --new-key anchors"


class Anchoring:
    """The anchors of one server; none are written unless the settings name places for them."""

    def __init__(self, settings: Settings, stream: TextIO, logger: FilteringBoundLogger) -> None:
        self._patience_s, self._every_s = settings.anchor_patience_s, settings.anchor_every_s
        self._logger = logger
        self._key, self._sinks = _asked(settings, stream)
        self._anchorer: Anchorer | None = None
        self._since = datetime.now(UTC)

    def follow(self, log: DecisionLog | None) -> None:
        """Anchor *log* from now on. Raises StartupError if there is none."""
        if self._key is None:
            return
        if log is None:
            message = "there is no decision log to anchor"
            fix = "name one with --log, and a --durability other than off"
            raise _refused("S105", message, fix)
        self._anchorer = Anchorer(
            log, self._key, self._sinks, every_s=self._every_s, notice=self._notice
        ).start()

    @property
    def failure(self) -> Problem | None:
        """What keeps anchors from their places, once it has for longer than the patience."""
        each = self._anchorer
        return each.failure if each and each.failing_s >= self._patience_s else None

    def metrics(self) -> Iterator[Metric]:
        """Up to where the log is anchored, how long more has waited, and what failed."""
        if (each := self._anchorer) is None:
            return
        yield gauged(
            "amity_log_anchored_seq",
            "The last record that is anchored at every place; 0 if none is since the start.",
            each.anchored.head.seq if each.anchored else 0,
        )
        yield gauged(
            "amity_log_anchor_age_seconds",
            "How old the last anchor is; 0 while nothing was written after it.",
            self._age_s(each),
        )
        yield counted(
            "amity_log_anchor_failures", "Anchors that a place did not take.", each.failures
        )

    def _age_s(self, each: Anchorer) -> float:
        head, anchored = each.log.head, each.anchored
        if head.number == 0 or (anchored and anchored.head == head):
            return 0.0
        since = anchored.at if anchored else self._since
        return max(0.0, (datetime.now(UTC) - since).total_seconds())

    def _notice(self, problem: Problem) -> None:
        self._logger.error(
            "anchor_not_written", code=problem.code, message=problem.message, fix=problem.fix
        )

    def close(self) -> None:
        """Anchor what is new, and end."""
        if self._anchorer:
            self._anchorer.close()


@contextmanager
def anchoring(
    settings: Settings, stream: TextIO, logger: FilteringBoundLogger
) -> Iterator[Anchoring]:
    """The anchors that *settings* ask for; the last is written when the block ends.

    A log that is closed within the block is anchored as it was then. Anchors for ``stdout`` go to
    *stream*, whatever the level of the server's log. Raises StartupError and BadBundle.
    """
    made = Anchoring(settings, stream, logger)
    try:
        yield made
    finally:
        made.close()


def _asked(settings: Settings, stream: TextIO) -> tuple[PrivateKey | None, list[Sink]]:
    """The key and the places, or neither."""
    if bool(settings.anchor_to) != bool(settings.anchor_key):
        lacking = "a key that signs them" if settings.anchor_to else "a place to go to"
        fix = "give --anchor-to and --anchor-key together"
        raise _refused("S105", f"anchors lack {lacking}", fix)
    sinks = [_sink(place, stream) for place in settings.anchor_to]
    return (_key(settings.anchor_key) if sinks else None), sinks


def _key(reference: str) -> PrivateKey:
    problems: list[Problem] = []
    pem = read_secret(reference, os.environ, problems, MAKE_KEY)
    if pem is None:
        raise StartupError("The server cannot start.", problems)
    return private_key(pem.encode(), reference)


def _sink(place: str, stream: TextIO) -> Sink:
    kind, _, path = place.partition(":")
    if place == "stdout":
        # A logger of its own, so that no level keeps an anchor back.
        lines = open_log(stream, "info")
        return lambda anchor: _line(lines, anchor)
    if kind in {"http", "https"} and path.startswith("//"):
        return WebhookSink(place)
    if kind != "file" or not path:
        fix = "write file:PATH, stdout, or an https:// address"
        raise _refused("S106", f'"{place}" is no place for anchors', fix)
    try:
        with Path(path).open("ab"):
            return FileSink(Path(path))
    except OSError as error:
        message = f"the file {path} for anchors cannot be written: {error.strerror}"
        raise _refused("S106", message, "make its folder, and let the server write there") from None


def _line(lines: FilteringBoundLogger, anchor: Anchor) -> None:
    lines.info("head_anchored", **anchor.fields())


def _refused(code: str, message: str, fix: str) -> StartupError:
    return StartupError("The server cannot start.", [Problem(code, message, fix=fix)])

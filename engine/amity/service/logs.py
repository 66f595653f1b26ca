"""The server's log: one JSON object a line, and never a word of a conversation."""

from __future__ import annotations

import logging
import traceback
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger

__all__ = ["LEVELS", "open_log", "where"]

LEVELS = ("debug", "info", "warning", "error")
MAX_FRAMES = 30


def open_log(stream: TextIO, level: str = "info") -> FilteringBoundLogger:
    """A log that writes to *stream* what is at least as grave as *level*."""
    log: FilteringBoundLogger = structlog.wrap_logger(
        structlog.WriteLogger(cast("TextIO", _Unfailing(stream))),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _first_things_first,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        cache_logger_on_first_use=True,
    )
    return log


class _Unfailing:
    """A stream whose failures are let go: a pipe that nobody reads must not fail a call."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


def _first_things_first(_logger: object, _name: str, event: EventDict) -> EventDict:
    first = {key: event.pop(key) for key in ("timestamp", "level", "event")}
    return {**first, **event}


def where(error: BaseException) -> list[str]:
    """The places in the code that *error* came through, innermost last, without any values.

    The text of an exception may quote a conversation, so that it is never logged.
    """
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    return [f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]


def _module(filename: str) -> str:
    """The file's name with the two folders above it.

    >>> _module("/srv/app/lib/amity/service/gate.py")
    'amity/service/gate.py'
    """
    return "/".join(filename.replace("\\", "/").split("/")[-3:])

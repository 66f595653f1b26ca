"""Everything that can be wrong with somebody's input, told precisely and all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong: where it is, a stable code, what is wrong and what to do.

    A problem in a file has ``file``, ``line`` and ``column`` (both from 1; 0 when unknown).
    A problem in a request has ``field``, the path of the field in the message
    (``conversation.turns[3].participant_id``).

    >>> print(Problem("P104", "unknown signal", file="a.yaml", line=3, column=9, fix="see signals"))
    a.yaml:3:9: P104 unknown signal (see signals)
    """

    code: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    field: str = ""
    fix: str = ""

    def __str__(self) -> str:
        place = self.field
        if self.file:
            position = f":{self.line}:{self.column}" if self.line else ""
            place = f"{self.file}{position}"
        return "".join(
            (
                f"{place}: " if place else "",
                f"{self.code} {self.message}",
                f" ({self.fix})" * bool(self.fix),
            )
        )


class AmityError(Exception):
    """The root of all errors that a person or a caller can put right.

    ``problems`` holds every problem that was found, never only the first.
    """

    def __init__(self, summary: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(summary)
        self.summary = summary
        self.problems: tuple[Problem, ...] = tuple(problems)

    def __str__(self) -> str:
        return "\n".join((self.summary, *(f"  {problem}" for problem in self.problems)))


class BadConversation(AmityError):
    """A caller sent a conversation, or a request around it, that cannot be judged."""


class BadBundle(AmityError):
    """A policy, cue or case file does not load, or contradicts another."""


class BadPlugin(AmityError):
    """A plugin could not be found, imported or registered."""


class StartupError(AmityError):
    """The server cannot start as it was asked to: a port in use, a missing folder."""

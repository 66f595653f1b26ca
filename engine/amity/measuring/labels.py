"""Reads labelled turns: what people found in a turn, to hold detectors against.

A file has one JSON object a line (it may be gzip): ``role`` and ``text`` of the turn; ``context``,
the turns before it, each with ``role`` and ``text``; ``signals``, what is there: objects with
``signal`` and, if known, the exact ``quote``; and ``arguable`` or ``contested``, names that are not
counted in this turn because competent readers differ. Where there is ``only``, the signals that it
names were looked for, and no others are counted. Whatever else a line has is passed over.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from amity.conversation import Conversation, Participant, Role, Turn
from amity.errors import AmityError, Problem
from amity.fields import nearest
from amity.signals import SPEAKERS, Catalogue

__all__ = ["BadLabels", "LabelledTurn", "labelled_turn", "read_labels"]


class BadLabels(AmityError):
    """A file of labelled turns that cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class LabelledTurn:
    """A turn, the last of ``conversation``, and what people found in it.

    ``present`` maps each signal that is there to the places (code points, half-open) of its quotes;
    ``uncounted`` are those of which readers differ, ``only`` those that were looked for, or None if
    all were.
    """

    conversation: Conversation
    role: Role
    present: Mapping[str, tuple[tuple[int, int], ...]]
    uncounted: frozenset[str] = field(default_factory=frozenset)
    only: frozenset[str] | None = None

    @property
    def index(self) -> int:
        """The index of the labelled turn in its conversation."""
        return len(self.conversation.turns) - 1

    @property
    def text(self) -> str:
        """What was said in it."""
        return self.conversation.turns[-1].text

    def counts(self, signal: str) -> bool:
        """Whether *signal* is judged in this turn: its speaker can show it, and readers agree."""
        if self.only is not None and signal not in self.only:
            return False
        return signal not in self.uncounted and self.role in SPEAKERS[signal.partition(".")[0]]


def read_labels(path: Path, catalogue: Catalogue) -> list[LabelledTurn]:
    """All labelled turns of *path*. Raises BadLabels with every line that is wrong (L code)."""
    problems: list[Problem] = []
    found: list[LabelledTurn] = []
    for number, line in _lines(path):
        try:
            found.append(labelled_turn(json.loads(line), catalogue))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            said = f'"{error.args[0]}" is missing' if isinstance(error, KeyError) else str(error)
            problems.append(
                Problem(
                    "M102",
                    said,
                    file=str(path),
                    line=number,
                    fix="docs/calibration.md has the form",
                )
            )
    if not found and not problems:
        problems.append(Problem("M103", "there are no labelled turns", file=str(path)))
    if problems:
        raise BadLabels("The labels cannot be used as they are.", problems)
    return found


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        packed = path.read_bytes()
        whole = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
        text = whole.decode("utf-8")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        problem = Problem("M101", f"it cannot be read: {error}", file=str(path))
        raise BadLabels("The labels cannot be read.", [problem]) from error
    yield from ((at, line) for at, line in enumerate(text.split("\n"), 1) if line.strip())


def labelled_turn(row: Mapping[str, Any], catalogue: Catalogue) -> LabelledTurn:
    """One line of such a file. Raises ValueError, TypeError, KeyError or AttributeError if it is none."""
    if not isinstance(row, dict):
        raise TypeError("the line is not a JSON object")
    conversation = _conversation(row)
    present: dict[str, tuple[tuple[int, int], ...]] = {}
    for label in row["signals"]:
        name = _known(label["signal"], catalogue)
        quote = label.get("quote")
        present[name] = (*present.get(name, ()), *_places(row["text"], quote))
    doubtful = [*row.get("arguable", ()), *row.get("contested", ())]
    names = (name if isinstance(name, str) else name["signal"] for name in doubtful)
    uncounted = frozenset(_known(name, catalogue) for name in names)
    only = frozenset(_known(name, catalogue) for name in row["only"]) if "only" in row else None
    return LabelledTurn(conversation, Role(row["role"]), present, uncounted, only)


def _conversation(row: Mapping[str, Any]) -> Conversation:
    """The turn after its context; colleagues who write to each other are two people by turns."""
    people: dict[str, Participant] = {}
    turns = []
    said = [*row.get("context", ()), row]
    for place, turn in enumerate(said):
        role = Role(turn["role"])
        name = f"{role} {(len(said) - place) % 2}" if role is Role.COLLEAGUE else str(role)
        people.setdefault(name, Participant(name, role))
        if not isinstance(turn["text"], str):
            raise TypeError("a text is not text")
        turns.append(Turn(name, turn["text"]))
    return Conversation("labelled", tuple(people.values()), tuple(turns), locale="en")


def _known(name: str, catalogue: Catalogue) -> str:
    if name not in catalogue:
        raise ValueError(f'there is no signal "{name}"; {nearest(name, catalogue.names())}')
    return name


def _places(text: str, quote: str | None) -> tuple[tuple[int, int], ...]:
    if not quote:
        return ()
    at = text.find(quote)
    if at < 0:
        raise ValueError(f'the quote "{quote[:60]}" is not in the text')
    return ((at, at + len(quote)),)

"""The detector that reads whole sentences: a small model, trained on labelled turns.

It finds what cue packs have no words for. Figures, limits and how to train it: ``card.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import local

import numpy as np

from amity.sdk import Conversation, Detector, Finding, Role, TurnView, hookimpl
from amity_sentences.model import Asked, Subject
from amity_sentences.split import sentences
from amity_sentences.tables import Floats
from amity_sentences.weights import digest, load

AMITY_API = 1
AMITY_DIGEST = digest()

_SUBJECTS = {
    Role.CUSTOMER: "customer",
    Role.AGENT: "agent",
    Role.BOT: "agent",
    Role.COLLEAGUE: "team",
}


@dataclass(frozen=True, slots=True)
class _Turn:
    """What was made of one turn.

    The spans of its sentences, for each a row of chances, and which are reported: sentence and column.
    """

    subject: Subject
    spans: Sequence[tuple[int, int]]
    chances: Sequence[Sequence[float]]
    reported: Sequence[tuple[int, int]]


_Turns = Mapping[int, _Turn]


@dataclass(frozen=True, slots=True)
class _Read:
    """What was made of the turns of one conversation."""

    conversation: Conversation
    turns: _Turns


class SentenceDetector:
    """Finds signals in English sentences; each finding is the sentence that carries it.

    It also has an opinion of what others find: how likely it holds the signal in that sentence.
    """

    name = "sentences"

    def __init__(self, subjects: Mapping[str, Subject]) -> None:
        self._subjects = subjects
        self._columns = {
            signal: (subject, column)
            for subject in subjects.values()
            for column, signal in enumerate(subject.signals)
        }
        self._last = local()
        self.signals = frozenset(
            signal
            for subject in subjects.values()
            for signal, threshold in zip(
                subject.signals, subject.calibration.threshold, strict=True
            )
            if threshold <= 1
        )

    def detect(self, turns: Sequence[TurnView]) -> Iterator[Finding]:
        """Findings in *turns*, in the order of the turns and within each by place.

        Nothing is found in a conversation that is known to be in another language than English.
        """
        read = self._read(turns)
        for turn in turns:
            if turn.index in read:
                yield from _found(turn.index, read[turn.index])

    def opinions(
        self, turns: Sequence[TurnView], found: Sequence[Finding]
    ) -> Sequence[float | None]:
        """How likely the model holds each of *found* in the likeliest sentence that it touches."""
        last: _Read | None = getattr(self._last, "read", None)
        self._last.read = None
        is_known = turns and last is not None and last.conversation is turns[0].conversation
        read = last.turns if last is not None and is_known else self._read(turns)
        return [self._opinion(finding, read) for finding in found]

    def _opinion(self, finding: Finding, read: _Turns) -> float | None:
        turn = read.get(finding.turn)
        subject, column = self._columns.get(finding.signal, (None, 0))
        if turn is None or subject is not turn.subject:
            return None
        touched = [
            row[column]
            for (start, end), row in zip(turn.spans, turn.chances, strict=True)
            if start < finding.end and finding.start < end
        ]
        return round(max(touched), 4) if touched else None

    def _read(self, turns: Sequence[TurnView]) -> _Turns:
        """Spans and chances of each turn in English, by its index; kept for the opinions."""
        spans = {turn.index: sentences(turn.text) for turn in turns if turn.language in {"", "en"}}
        read: dict[int, _Turn] = {}
        for name, subject in self._subjects.items():
            own = [turn for turn in turns if _SUBJECTS[turn.role] == name and spans.get(turn.index)]
            if not own:
                continue
            chances = subject.probabilities(
                [
                    Asked([turn.text[start:end] for start, end in spans[turn.index]], _before(turn))
                    for turn in own
                ]
            )
            read |= _dealt_out(subject, [(turn.index, spans[turn.index]) for turn in own], chances)
        if turns:
            self._last.read = _Read(turns[0].conversation, read)
        return read


def _dealt_out(
    subject: Subject, turns: Sequence[tuple[int, Sequence[tuple[int, int]]]], chances: Floats
) -> dict[int, _Turn]:
    """The rows of all sentences, turn by turn; numbers leave numpy at once, for each step costs as much."""
    rows: list[list[float]] = chances.tolist()
    lines, columns = np.nonzero(chances >= subject.calibration.threshold)
    reported: list[list[int]] = [[] for _ in rows]
    for line, column in zip(lines.tolist(), columns.tolist(), strict=True):
        reported[line].append(column)
    found = {}
    first = 0
    for index, spans in turns:
        last = first + len(spans)
        places = [
            (place, column)
            for place, columns_there in enumerate(reported[first:last])
            for column in columns_there
        ]
        found[index] = _Turn(subject, spans, rows[first:last], places)
        first = last
    return found


def _found(index: int, turn: _Turn) -> Iterator[Finding]:
    for place, column in turn.reported:
        start, end = turn.spans[place]
        chance = round(turn.chances[place][column], 4)
        yield Finding(turn.subject.signals[column], index, start, end, chance)


def _before(turn: TurnView) -> str:
    answered = turn.answered()
    return answered.text if answered else ""


@hookimpl
def amity_detectors() -> Iterable[Detector]:
    """One detector for all signals of the model."""
    return [SentenceDetector(load())]

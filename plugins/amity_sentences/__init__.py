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
_MOST_TURNS_BACK = 20


# By the index of a turn: its subject, the spans of its sentences, and a row of chances for each.
_Turns = Mapping[int, tuple[Subject, Sequence[tuple[int, int]], Floats]]


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
            signal: column
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
                yield from _found(turn.index, *read[turn.index])

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
        column = self._columns.get(finding.signal)
        if column is None or finding.turn not in read:
            return None
        subject, spans, chances = read[finding.turn]
        if finding.signal not in subject.signals:
            return None
        touched = [
            chances[line, column]
            for line, (start, end) in enumerate(spans)
            if start < finding.end and finding.start < end
        ]
        return round(float(max(touched)), 4) if touched else None

    def _read(self, turns: Sequence[TurnView]) -> _Turns:
        """Spans and chances of each turn in English, by its index; kept for the opinions."""
        spans = {turn.index: sentences(turn.text) for turn in turns if turn.language in {"", "en"}}
        read = {}
        for name, subject in self._subjects.items():
            own = [turn for turn in turns if _SUBJECTS[turn.role] == name and spans.get(turn.index)]
            if not own:
                continue
            chances = subject.probabilities(
                [
                    Asked(
                        [turn.text[start:end] for start, end in spans[turn.index]], _answered(turn)
                    )
                    for turn in own
                ]
            )
            first = 0
            for turn in own:
                last = first + len(spans[turn.index])
                read[turn.index] = subject, spans[turn.index], chances[first:last]
                first = last
        if turns:
            self._last.read = _Read(turns[0].conversation, read)
        return read


def _found(
    turn: int, subject: Subject, spans: Sequence[tuple[int, int]], chances: Floats
) -> Iterator[Finding]:
    places, columns = np.nonzero(chances >= subject.calibration.threshold)
    sure = chances[places, columns].tolist()
    for place, column, chance in zip(places.tolist(), columns.tolist(), sure, strict=True):
        start, end = spans[place]
        yield Finding(subject.signals[column], turn, start, end, round(chance, 4))


def _answered(turn: TurnView) -> str:
    """The nearest earlier turn of the other side (among colleagues, of somebody else), or ""."""
    said = turn.conversation.turns
    side = _SUBJECTS[turn.role]
    for index in range(turn.index - 1, max(-1, turn.index - 1 - _MOST_TURNS_BACK), -1):
        other = _SUBJECTS[turn.roles[said[index].participant_id]]
        if other != side or (side == "team" and said[index].participant_id != turn.participant_id):
            return said[index].text
    return ""


@hookimpl
def amity_detectors() -> Iterable[Detector]:
    """One detector for all signals of the model."""
    return [SentenceDetector(load())]

"""The detector: turns in, findings out; each finding is the sentence that carries it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import local

from amity.sdk import Conversation, Finding, Role, TurnView
from amity_deep.model import Floats, Model
from amity_deep.split import sentences

__all__ = ["DeepDetector"]

# The role under which a speaker's turns were taught, and whose signals they show.
_TAUGHT = {
    Role.CUSTOMER: ("customer", "customer"),
    Role.AGENT: ("agent", "agent"),
    Role.BOT: ("agent", "agent"),
    Role.COLLEAGUE: ("colleague", "team"),
}


@dataclass(frozen=True, slots=True)
class _Turn:
    """What was made of a turn: its sentences, and how likely each shows each signal."""

    subject: str
    spans: Sequence[tuple[int, int]]
    chances: Floats


@dataclass(frozen=True, slots=True)
class _Read:
    conversation: Conversation
    turns: Mapping[int, _Turn]


class DeepDetector:
    """Finds signals in English turns, and has an opinion of what others find in them.

    Thread-safe; between ``detect`` and ``opinions`` it keeps what it made of one conversation.
    """

    name = "deep"

    def __init__(self, model: Model) -> None:
        self._model = model
        self._last = local()
        self.signals = frozenset(model.reported)

    def detect(self, turns: Sequence[TurnView]) -> Iterator[Finding]:
        """Findings in *turns*, in the order of the turns and within each by place.

        Nothing is found in a conversation that is known to be in another language than English.
        """
        read = self._read(turns)
        for index, turn in read.items():
            for number, signal, chance in self._model.sure(turn.subject, turn.chances):
                start, end = turn.spans[number]
                yield Finding(signal, index, start, end, chance)

    def opinions(
        self, turns: Sequence[TurnView], found: Sequence[Finding]
    ) -> Sequence[float | None]:
        """How likely the model holds each of *found* in the likeliest sentence that it touches."""
        last: _Read | None = getattr(self._last, "read", None)
        self._last.read = None
        is_known = turns and last is not None and last.conversation is turns[0].conversation
        read = last.turns if last is not None and is_known else self._read(turns)
        return [self._opinion(finding, read) for finding in found]

    def _opinion(self, finding: Finding, read: Mapping[int, _Turn]) -> float | None:
        turn = read.get(finding.turn)
        column = self._model.column(turn.subject, finding.signal) if turn else None
        if turn is None or column is None:
            return None
        touched = [
            turn.chances[line, column]
            for line, (start, end) in enumerate(turn.spans)
            if start < finding.end and finding.start < end
        ]
        return round(float(max(touched)), 4) if touched else None

    def _read(self, turns: Sequence[TurnView]) -> Mapping[int, _Turn]:
        read = {}
        for turn in turns:
            spans = sentences(turn.text) if turn.language in {"", "en"} else []
            if spans:
                role, subject = _TAUGHT[turn.role]
                answered = turn.answered()
                before = answered.text if answered else ""
                chances = self._model.chances(role, subject, turn.text, spans, before)
                read[turn.index] = _Turn(subject, spans, chances)
        if turns:
            self._last.read = _Read(turns[0].conversation, read)
        return read

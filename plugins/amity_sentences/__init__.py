"""The detector that reads whole sentences: a small linear model, trained on authored turns.

It finds what cue packs have no words for. Figures, limits and how to train it: ``card.md``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from amity.sdk import Detector, Finding, Role, TurnView, hookimpl
from amity_sentences.model import Asked, Subject
from amity_sentences.split import sentences
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


class SentenceDetector:
    """Finds signals in English sentences; each finding is the sentence that carries it."""

    name = "sentences"

    def __init__(self, subjects: Mapping[str, Subject]) -> None:
        self._subjects = subjects
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
        spans = {turn.index: sentences(turn.text) for turn in turns if turn.language in {"", "en"}}
        found: dict[int, list[Finding]] = {}
        for name, subject in self._subjects.items():
            own = [turn for turn in turns if _SUBJECTS[turn.role] == name and spans.get(turn.index)]
            for finding in _found(subject, own, spans) if own else ():
                found.setdefault(finding.turn, []).append(finding)
        for turn in turns:
            yield from found.get(turn.index, ())


def _found(
    subject: Subject, turns: Sequence[TurnView], spans: Mapping[int, Sequence[tuple[int, int]]]
) -> Iterator[Finding]:
    asked = [
        Asked([turn.text[start:end] for start, end in spans[turn.index]], _answered(turn))
        for turn in turns
    ]
    chances = subject.probabilities(asked)
    lines = [(turn.index, start, end) for turn in turns for start, end in spans[turn.index]]
    places, columns = np.nonzero(chances >= subject.calibration.threshold)
    sure = chances[places, columns].tolist()
    for place, column, chance in zip(places.tolist(), columns.tolist(), sure, strict=True):
        turn, start, end = lines[place]
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

"""The detector of cue packs: it reports what the words of a bundle's packs find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from amity.sdk import CueMatcher, Detector, Finding, TurnView, hookimpl

AMITY_API = 1


class CueDetector:
    """Finds the signals of the bundle's cue packs, turn by turn."""

    name = "cues"

    def __init__(self, cues: CueMatcher) -> None:
        self._cues = cues
        self.signals: frozenset[str] = cues.signals

    def detect(self, turns: Sequence[TurnView]) -> Iterator[Finding]:
        """Findings in *turns*, in the order of the turns and within each by place."""
        for turn in turns:
            yield from self._cues.find(turn)


@hookimpl
def amity_detectors(cues: CueMatcher) -> Iterable[Detector]:
    """One detector for all cue packs of the bundle."""
    return [CueDetector(cues)]

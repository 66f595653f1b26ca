"""The compiled cues of a bundle, and how they find signals in a turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amity.conversation import Role
from amity.cues.compiled import CompiledCue, CompiledScope, Match
from amity.cues.fold import Folded, fold
from amity.cues.lemma import inflections
from amity.cues.prefilter import Prefilter
from amity.cues.surroundings import Surroundings, places, variants
from amity.plugins.contract import Finding, TurnView
from amity.signals import SPEAKERS

__all__ = ["CueMatcher", "matches_of"]

Seen = set[tuple[CompiledCue, int, int, int]]


class CueMatcher:
    """Finds the signals of cue packs in turns. It does not change, so threads may share it."""

    def __init__(self, cues: Sequence[CompiledCue]) -> None:
        self.signals: frozenset[str] = frozenset(cue.cue.signal for cue in cues)
        self._by_role: dict[Role, _Subject] = {}
        for subject, roles in SPEAKERS.items():
            own = [cue for cue in cues if cue.cue.signal.partition(".")[0] == subject]
            if own:
                self._by_role.update(dict.fromkeys(roles, _Subject(own)))

    def find(self, turn: TurnView) -> list[Finding]:
        """The signals in *turn*, ordered by start, end and name.

        Only cues whose subject may speak the turn are looked for. Of findings of one signal that
        overlap, the surest stays, and of equals the longest.
        """
        subject = self._by_role.get(turn.role)
        if subject is None:
            return []
        findings = [match.finding for match in subject.matches(turn) if not match.cancelled_by]
        return _best(findings) if len(findings) > 1 else findings

    def explain(self, turn: TurnView) -> list[Match]:
        """Every match in *turn* in the same order, also those cancelled, and what cancelled them."""
        subject = self._by_role.get(turn.role)
        return sorted(subject.matches(turn), key=lambda m: _order(m.finding)) if subject else []


class _Subject:
    """The cues of one subject, tested together."""

    __slots__ = ("_cues", "_prefilter", "_scopes")

    def __init__(self, cues: Sequence[CompiledCue]) -> None:
        self._cues = [(cue, index) for cue in cues for index in range(len(cue.patterns))]
        self._scopes = list(dict.fromkeys(scope for cue in cues for scope in cue.scopes))
        # Scope terms are looked for beside the cues, so that a turn without any skips the scopes.
        needs = [
            *([cue.cue.phrasings[index].tree] for cue, index in self._cues),
            *([term.tree for term in scope.scope.terms] for scope in self._scopes),
        ]
        examples = [
            fold(example.text).data
            for cue in cues
            for example in (*cue.cue.matches, *cue.cue.rejects)
        ]
        self._prefilter = Prefilter(needs, lambda lemma: inflections(lemma.text), examples)

    def matches(self, turn: TurnView) -> Iterator[Match]:
        """Every match in *turn*, in no order."""
        seen: Seen = set()
        for text in variants(fold(turn.text)):
            yield from self._matches_in(text, turn, seen)

    def _matches_in(self, text: Folded, turn: TurnView, seen: Seen) -> Iterator[Match]:
        candidates = self._prefilter.candidates(text.data)
        count = len(self._cues)
        live = [self._scopes[index - count] for index in candidates if index >= count]
        surroundings = Surroundings(text, turn, live)
        for index in candidates:
            if index < count:
                yield from _judged(*self._cues[index], surroundings, seen)


def matches_of(cue: CompiledCue, turn: TurnView) -> Iterator[Match]:
    """The matches of one cue in *turn*, whoever speaks it; the simple model of ``CueMatcher``."""
    seen: Seen = set()
    for text in variants(fold(turn.text)):
        surroundings = Surroundings(text, turn, cue.scopes)
        for index in range(len(cue.patterns)):
            yield from _judged(cue, index, surroundings, seen)


def _judged(
    compiled: CompiledCue, index: int, surroundings: Surroundings, seen: Seen
) -> Iterator[Match]:
    cue, text = compiled.cue, surroundings.text
    for low, high in places(compiled.patterns[index], text.data):
        start, end = text.original(low, high)
        # A squeezed text finds again what the plain one has found.
        if (compiled, index, start, end) in seen:
            continue
        seen.add((compiled, index, start, end))
        finding = Finding(
            cue.signal, surroundings.view.index, start, end, cue.score, cue.attributes
        )
        cancelled_by = surroundings.cancels(compiled, low, high)
        yield Match(cue, cue.phrasings[index], finding, cancelled_by)


def _order(finding: Finding) -> tuple[int, int, str]:
    return finding.start, finding.end, finding.signal


def _best(findings: list[Finding]) -> list[Finding]:
    """One finding for each group of the same signal that overlap: the surest, then the longest."""
    kept: list[Finding] = []
    groups: dict[str, tuple[int, int]] = {}
    for finding in sorted(findings, key=_order):
        at, end = groups.get(finding.signal, (0, -1))
        if finding.start >= end:
            at = len(kept)
            kept.append(finding)
        else:
            kept[at] = max(kept[at], finding, key=lambda f: (f.score, f.end - f.start))
        groups[finding.signal] = (at, max(end, finding.end))
    return sorted(kept, key=_order)

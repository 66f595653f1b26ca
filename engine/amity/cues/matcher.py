"""The compiled cues of a bundle, and how they find signals in a turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from amity.conversation import Role
from amity.cues.compiled import CompiledCue, CompiledScope, Match
from amity.cues.fold import Folded, fold
from amity.cues.linear import Pattern, PatternSet
from amity.cues.surroundings import Surroundings, places, variants
from amity.plugins.contract import Finding, TurnView
from amity.signals import SPEAKERS

__all__ = ["CueMatcher", "matches_of"]


class CueMatcher:
    """Finds the signals of cue packs in turns. Immutable once built, so threads may share it."""

    def __init__(self, cues: Sequence[CompiledCue]) -> None:
        self.signals: frozenset[str] = frozenset(cue.cue.signal for cue in cues)
        self._by_role: dict[Role, _Speaker] = {}
        for subject, roles in SPEAKERS.items():
            own = [cue for cue in cues if cue.cue.signal.partition(".")[0] == subject]
            if own:
                self._by_role.update(dict.fromkeys(roles, _Speaker(own)))

    def find(self, turn: TurnView) -> list[Finding]:
        """The signals in *turn*, ordered by place; of overlapping ones of a signal the best stays.

        Only cues whose subject may speak this turn are looked for.
        """
        speaker = self._by_role.get(turn.role)
        if speaker is None:
            return []
        findings = [match.finding for match in speaker.matches(turn) if not match.cancelled_by]
        return _best(findings) if len(findings) > 1 else findings

    def explain(self, turn: TurnView) -> list[Match]:
        """Every match in *turn*, also those that were cancelled, with what cancelled them."""
        speaker = self._by_role.get(turn.role)
        return (
            sorted(speaker.matches(turn), key=lambda match: _order(match.finding))
            if speaker
            else []
        )


class _Speaker:
    """The cues of one subject, tested together."""

    __slots__ = ("_owners", "_set")

    def __init__(self, cues: Sequence[CompiledCue]) -> None:
        self._owners: list[tuple[CompiledCue, int] | CompiledScope] = []
        patterns: list[Pattern] = []
        for cue in cues:
            for index, pattern in enumerate(cue.patterns):
                patterns.append(pattern)
                self._owners.append((cue, index))
        # Scope terms ride in the same set, so that a turn without any skips the scopes.
        for scope in dict.fromkeys(scope for cue in cues for scope in cue.scopes):
            for term in scope.terms:
                patterns.append(term)
                self._owners.append(scope)
        self._set = PatternSet(patterns)

    def matches(self, turn: TurnView) -> Iterator[Match]:
        seen: set[tuple[int, int, int]] = set()
        for text in variants(fold(turn.text)):
            hits = self._set.hits(text.data)
            if not hits or isinstance(self._owners[hits[0]], CompiledScope):
                continue
            live = {owner for hit in hits if isinstance(owner := self._owners[hit], CompiledScope)}
            surroundings = Surroundings(text, turn)
            for hit in hits:
                owner = self._owners[hit]
                if isinstance(owner, CompiledScope):
                    break
                yield from _judged(owner, hit, text, turn, surroundings, live, seen)


def matches_of(cue: CompiledCue, turn: TurnView) -> Iterator[Match]:
    """The matches of one cue in *turn*, whoever speaks it."""
    seen: set[tuple[int, int, int]] = set()
    for text in variants(fold(turn.text)):
        surroundings = Surroundings(text, turn)
        for index in range(len(cue.patterns)):
            yield from _judged((cue, index), index, text, turn, surroundings, cue.scopes, seen)


def _judged(
    owner: tuple[CompiledCue, int],
    key: int,
    text: Folded,
    turn: TurnView,
    surroundings: Surroundings,
    live: Iterable[CompiledScope],
    seen: set[tuple[int, int, int]],
) -> Iterator[Match]:
    compiled, index = owner
    cue = compiled.cue
    for low, high in places(compiled.patterns[index], text.data):
        start, end = text.original(low, high)
        if (key, start, end) in seen:
            continue
        seen.add((key, start, end))
        finding = Finding(cue.signal, turn.index, start, end, cue.score, cue.attributes)
        yield Match(
            cue, cue.phrasings[index], finding, surroundings.cancels(compiled, low, high, live)
        )


def _order(finding: Finding) -> tuple[int, int, str]:
    return finding.start, finding.end, finding.signal


def _best(findings: list[Finding]) -> list[Finding]:
    """One finding for each group of the same signal that overlap: the most sure, then the longest."""
    kept: list[Finding] = []
    group_ends: dict[str, int] = {}
    places_of: dict[str, int] = {}
    for finding in sorted(findings, key=_order):
        end = group_ends.get(finding.signal, -1)
        if finding.start >= end:
            places_of[finding.signal] = len(kept)
            kept.append(finding)
        else:
            at = places_of[finding.signal]
            kept[at] = max(
                kept[at], finding, key=lambda found: (found.score, found.end - found.start)
            )
        group_ends[finding.signal] = max(end, finding.end)
    return sorted(kept, key=_order)

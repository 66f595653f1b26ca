"""The compiled cues of a bundle, and how they find signals in a turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from amity.conversation import Role
from amity.cues.compiled import CompiledCue, CompiledScope, Match
from amity.cues.fold import fold
from amity.cues.lemma import inflections
from amity.cues.linear import Pattern
from amity.cues.prefilter import Prefilter
from amity.cues.sentences import parts
from amity.cues.surroundings import Absent, Surroundings, places, variants
from amity.cues.tree import Run, has_mark
from amity.plugins.contract import Finding, TurnView
from amity.signals import SPEAKERS

__all__ = ["CueMatcher", "matches_of"]

# A phrasing of a cue by its place, with its pattern.
Owner = tuple[CompiledCue, int, Pattern] | CompiledScope
# Where a part of a text begins, and the part.
Part = tuple[int, bytes]
# A phrasing that stands in a part, and where it does first.
Hit = tuple[CompiledCue, int, Pattern, Part, tuple[int, int]]
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
    """The cues of one subject, tested together.

    No phrasing crosses the end of a sentence (but where it names a ``?`` or ``!``), so each part of
    a text is looked at on its own: fewer phrasings find all their words there.
    """

    def __init__(self, cues: Sequence[CompiledCue]) -> None:
        owners: list[Owner] = [
            (cue, index, pattern) for cue in cues for index, pattern in enumerate(cue.patterns)
        ]
        owners += dict.fromkeys(scope for cue in cues for scope in cue.scopes)
        examples = [
            fold(example.text).data
            for cue in cues
            for example in (*cue.cue.matches, *cue.cue.rejects)
        ]
        groups: tuple[list[Owner], list[Owner]] = ([], [])
        for owner in owners:
            groups[any(map(has_mark, _trees(owner)))].append(owner)
        self._confined, self._crossing = (_Group(group, examples) for group in groups)
        self._needs = self._confined.needs(cues)

    def matches(self, turn: TurnView) -> Iterator[Match]:
        """Every match in *turn*, in no order."""
        seen: Seen = set()
        for text in variants(fold(turn.text)):
            live: set[CompiledScope] = set()
            hits: list[Hit] = []
            present = self._confined.look(parts(text.data, cut_at_marks=True), hits, live)
            self._crossing.look(parts(text.data, cut_at_marks=False), hits, live)
            if hits:
                surroundings = Surroundings(text, turn, live, Absent(present, self._needs))
                for compiled, index, pattern, (offset, data), first in hits:
                    for low, high in places(pattern, data, first):
                        span = low + offset, high + offset
                        if match := _judged((compiled, index), span, surroundings, seen):
                            yield match


class _Group:
    """Phrasings and scopes with the index that tells which of them can stand in a text."""

    def __init__(self, owners: Sequence[Owner], examples: Sequence[bytes]) -> None:
        self._owners = owners
        needs = [_trees(owner) for owner in owners]
        self._prefilter = Prefilter(needs, lambda lemma: inflections(lemma.text), examples)

    def needs(self, cues: Iterable[CompiledCue]) -> dict[tuple[Pattern, ...], tuple[int, ...]]:
        """What must be there, by ``look``, where the conditions of *cues* about their own turn hold."""
        found = {}
        for cue in cues:
            wanted = cue.cue.conditions
            for patterns, phrasings in (
                (cue.unless_turn, wanted.unless_turn),
                (cue.unless_before, wanted.unless_before),
                (cue.unless_after, wanted.unless_after),
            ):
                if patterns:
                    found[patterns] = self._prefilter.masks([each.tree for each in phrasings])
        return found

    def look(self, data: Iterable[Part], hits: list[Hit], live: set[CompiledScope]) -> int:
        """Add to *hits* what stands in each part, and to *live* the scopes that may; a mask of what is there."""
        present = 0
        for part in data:
            found, there = self._prefilter.candidates(part[1])
            present |= there
            for index in found:
                owner = self._owners[index]
                if isinstance(owner, CompiledScope):
                    live.add(owner)
                # Much of what can stand there does not: one cheap test spares it the rest.
                elif first := owner[2].first(part[1]):
                    hits.append((owner[0], owner[1], owner[2], part, first))
        return present


def _trees(owner: Owner) -> list[Run]:
    if isinstance(owner, CompiledScope):
        return [term.tree for term in owner.scope.terms]
    cue, index, _ = owner
    return [cue.cue.phrasings[index].tree]


def matches_of(cue: CompiledCue, turn: TurnView) -> Iterator[Match]:
    """The matches of one cue in *turn*, whoever speaks it; the simple model of ``CueMatcher``."""
    seen: Seen = set()
    for text in variants(fold(turn.text)):
        surroundings = Surroundings(text, turn, cue.scopes)
        for index, pattern in enumerate(cue.patterns):
            for span in places(pattern, text.data):
                if match := _judged((cue, index), span, surroundings, seen):
                    yield match


def _judged(
    phrasing: tuple[CompiledCue, int],
    span: tuple[int, int],
    surroundings: Surroundings,
    seen: Seen,
) -> Match | None:
    """The match of a phrasing at *span*; None if it was *seen* already."""
    compiled, index = phrasing
    cue = compiled.cue
    start, end = surroundings.text.original(*span)
    # A squeezed text finds again what the plain one has found.
    place = compiled, index, start, end
    if place in seen:
        return None
    seen.add(place)
    finding = Finding(cue.signal, surroundings.view.index, start, end, cue.score, cue.attributes)
    return Match(cue, cue.phrasings[index], finding, surroundings.cancels(compiled, *span))


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

"""The compiled cues of a bundle, and how they find signals in a turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from amity.conversation import Role
from amity.cues.compiled import CompiledCue, CompiledScope, Match
from amity.cues.fold import fold
from amity.cues.lemma import inflections
from amity.cues.prefilter import Prefilter
from amity.cues.sentences import parts
from amity.cues.surroundings import Surroundings, places, variants
from amity.cues.tree import Run, has_mark
from amity.plugins.contract import Finding, TurnView
from amity.signals import SPEAKERS

__all__ = ["CueMatcher", "matches_of"]

Owner = tuple[CompiledCue, int] | CompiledScope
# Where a part of a text begins, and the part.
Part = tuple[int, bytes]
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
        owners: list[Owner] = [(cue, index) for cue in cues for index in range(len(cue.patterns))]
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

    def matches(self, turn: TurnView) -> Iterator[Match]:
        """Every match in *turn*, in no order."""
        seen: Seen = set()
        for text in variants(fold(turn.text)):
            found = [
                *self._confined.candidates(parts(text.data, cut_at_marks=True)),
                *self._crossing.candidates(parts(text.data, cut_at_marks=False)),
            ]
            live = {owner for owner, _ in found if isinstance(owner, CompiledScope)}
            surroundings = Surroundings(text, turn, live)
            for owner, part in found:
                if not isinstance(owner, tuple):
                    continue
                # Much of what can stand there does not: one cheap test spares it the rest.
                if first := owner[0].patterns[owner[1]].first(part[1]):
                    yield from _judged(owner, part, surroundings, seen, first)


class _Group:
    """Phrasings and scopes with the index that tells which of them can stand in a text."""

    def __init__(self, owners: Sequence[Owner], examples: Sequence[bytes]) -> None:
        self._owners = owners
        needs = [_trees(owner) for owner in owners]
        self._prefilter = Prefilter(needs, lambda lemma: inflections(lemma.text), examples)

    def candidates(self, data: Iterable[Part]) -> Iterator[tuple[Owner, Part]]:
        """What can stand in each part."""
        for part in data:
            for index in self._prefilter.candidates(part[1]):
                yield self._owners[index], part


def _trees(owner: Owner) -> list[Run]:
    if isinstance(owner, CompiledScope):
        return [term.tree for term in owner.scope.terms]
    cue, index = owner
    return [cue.cue.phrasings[index].tree]


def matches_of(cue: CompiledCue, turn: TurnView) -> Iterator[Match]:
    """The matches of one cue in *turn*, whoever speaks it; the simple model of ``CueMatcher``."""
    seen: Seen = set()
    for text in variants(fold(turn.text)):
        surroundings = Surroundings(text, turn, cue.scopes)
        for index in range(len(cue.patterns)):
            yield from _judged((cue, index), (0, text.data), surroundings, seen)


def _judged(
    owner: tuple[CompiledCue, int],
    part: Part,
    surroundings: Surroundings,
    seen: Seen,
    first: tuple[int, int] | None = None,
) -> Iterator[Match]:
    """The matches of one phrasing in a part of the text, given by its start and its bytes."""
    (compiled, index), (offset, data) = owner, part
    cue = compiled.cue
    for found in places(compiled.patterns[index], data, first):
        low, high = found[0] + offset, found[1] + offset
        start, end = surroundings.text.original(low, high)
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

"""Every timeline over an alphabet, smallest first, without those that cannot be the smallest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from amity.conversation import Role
from amity.evaluate.witness.alphabet import SECOND_COLLEAGUE, UNUSUAL, Alphabet, Letter, Speaker
from amity.evaluate.witness.sketch import OPEN_WEIGHT, Sketch, SketchTurn

__all__ = ["Enumeration"]


class Enumeration:
    """Timelines over *alphabet* with at most *max_turns* turns."""

    def __init__(self, alphabet: Alphabet, max_turns: int) -> None:
        self._alphabet = alphabet
        self._max_turns = max_turns
        self._has_times = bool(alphabet.edges)
        self._drawn: dict[tuple[Role, int], list[tuple[Letter, ...]]] = {}

    def sized(self, size: int) -> Iterator[Sketch]:
        """Every sketch of exactly *size*: those of closed conversations first."""
        for is_open, left in ((False, size), (True, size - OPEN_WEIGHT)):
            for turns in self._turns((), left, is_open):
                yield Sketch(turns, is_open, self._has_times)

    def _turns(
        self, before: tuple[SketchTurn, ...], left: int, is_open: bool
    ) -> Iterator[tuple[SketchTurn, ...]]:
        if left == 0:
            if self._is_worth_it(before, is_open):
                yield before
            return
        if left < 0 or len(before) == self._max_turns:
            return
        for speaker in self._alphabet.speakers:
            if not self._may_follow(before, speaker):
                continue
            for at, cost in self._times(before):
                rest = left - speaker.weight - cost
                for weight in range(rest + 1):
                    # At the very beginning, a turn without signals is one too many.
                    if not (weight or before or not self._alphabet.is_plain):
                        continue
                    for letters in self._combinations(speaker.role, weight):
                        turn = SketchTurn(speaker, at, letters, cost)
                        yield from self._turns((*before, turn), rest - weight, is_open)

    def _is_worth_it(self, turns: Sequence[SketchTurn], is_open: bool) -> bool:
        if not turns or (self._alphabet.is_plain and not is_open and not turns[-1].letters):
            return False
        return not self._alphabet.needs_trigger or any(
            letter.is_trigger for turn in turns for letter in turn.letters
        )

    def _may_follow(self, before: Sequence[SketchTurn], speaker: Speaker) -> bool:
        if not before:
            return speaker.participant != SECOND_COLLEAGUE
        last = before[-1].speaker
        # The tracks never look at each other, so that of colleagues may come second; and without
        # windows of time a burst is as good as a single turn.
        if last.role is Role.COLLEAGUE and speaker.role is not Role.COLLEAGUE:
            return False
        if speaker.participant == SECOND_COLLEAGUE and last.role is not Role.COLLEAGUE:
            return False
        if last == speaker:
            return self._has_times
        return True

    def _times(self, before: Sequence[SketchTurn]) -> Iterator[tuple[int | None, int]]:
        """When the next turn may be said: at once, at an edge seen from an earlier turn, or unknown."""
        if not self._has_times:
            yield None, 0
            return
        known = [turn.at for turn in before if turn.at is not None]
        now = known[-1] if known else 0
        yield now, 0
        edges = {
            at + edge + past for at in known for edge in self._alphabet.edges for past in (0, 1)
        }
        yield from ((at, 1) for at in sorted(edges) if at > now)
        yield None, UNUSUAL

    def _combinations(self, role: Role, weight: int) -> list[tuple[Letter, ...]]:
        found = self._drawn.get((role, weight))
        if found is None:
            letters = [one for one in self._alphabet.letters if one.role is role]
            found = self._drawn[role, weight] = list(_drawn(letters, weight, self._alphabet.most))
        return found


def _drawn(letters: Sequence[Letter], weight: int, most: int) -> Iterator[tuple[Letter, ...]]:
    """Every bag of *letters* of *weight*, none of them more than *most* times."""
    if weight == 0:
        yield ()
        return
    if not letters:
        return
    first, *rest = letters
    limit = 1 if first.is_unknown else most
    for times in range(min(limit, weight // first.weight), -1, -1):
        for others in _drawn(rest, weight - times * first.weight, most):
            yield (first,) * times + others

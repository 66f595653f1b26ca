"""Larger timelines, made so that conditions of the two versions are met, and cut down again.

Where a difference shows only on timelines too large to be enumerated, this finds one; each signal,
turn and oddity that it does not need is then taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from amity.evaluate.witness.alphabet import Alphabet, Letter, Speaker, conditions_of, fits
from amity.evaluate.witness.contest import Contest
from amity.evaluate.witness.sketch import Sketch, SketchTurn, untimed
from amity.evaluate.witness.strictness import Lean, Shift
from amity.policy.model import Condition, Match, Quantifier

__all__ = ["guesses", "shrunk"]

_SEED = 20260105
_OPEN, _UNTIMED, _DOUBT, _BURST = 0.25, 0.05, 0.08, 0.3


class _Guess:
    """Draws timelines for one contest; the same ones each time."""

    def __init__(self, contest: Contest, max_turns: int) -> None:
        self._alphabet: Alphabet = contest.alphabet
        self._max_turns = max_turns
        self._random = Random(_SEED)  # noqa: S311 - nothing secret: the same draws each time
        self._occasions = [rule.given or rule.steps[0].condition for rule in contest.rules]
        self._conditions = [found for rule in contest.rules for found in conditions_of(rule)]

    def draw(self) -> Sketch:
        """A timeline on which an occasion is likely to arise, with something else here and there."""
        has_times = bool(self._alphabet.edges)
        turns = self._skeleton(has_times)
        for _ in range(self._random.choice((1, 1, 2))):
            self._strew(turns, self._random.choice(self._occasions), together=True)
        for _ in range(self._random.choice((0, 1, 1, 2, 2, 3))):
            together = self._random.random() < 0.7  # noqa: PLR2004 - mostly in one turn
            self._strew(turns, self._random.choice(self._conditions), together=together)
        if self._random.random() < _DOUBT:
            self._add(turns, [one for one in self._alphabet.letters if one.is_unknown])
        return Sketch(tuple(turns), self._random.random() < _OPEN, has_times)

    def _skeleton(self, has_times: bool) -> list[SketchTurn]:
        random, speakers = self._random, self._alphabet.speakers
        weights = [1 / speaker.weight for speaker in speakers]
        turns: list[SketchTurn] = []
        now = 0
        for _ in range(random.randint(1, self._max_turns)):
            speaker = random.choices(speakers, weights)[0]
            if turns and turns[-1].speaker == speaker and random.random() > _BURST:
                speaker = random.choices(speakers, weights)[0]
            if has_times and random.random() < _UNTIMED:
                turns.append(untimed(speaker, ()))
                continue
            later = self._later(turns, now) if has_times else now
            turns.append(SketchTurn(speaker, later if has_times else None, (), int(later > now)))
            now = later
        return turns

    def _later(self, turns: Sequence[SketchTurn], now: int) -> int:
        if self._random.random() < 0.5:  # noqa: PLR2004 - half of all turns follow at once
            return now
        anchor = self._random.choice([0, *(turn.at for turn in turns if turn.at is not None)])
        at = anchor + self._random.choice(self._alphabet.edges) + self._random.choice((0, 1))
        return max(now, at)

    def _strew(self, turns: list[SketchTurn], condition: Condition, *, together: bool) -> None:
        """Put what meets *condition* into turns: of one speaker in one turn, or anywhere."""
        places: dict[object, int] = {}
        for letter in self._way(condition):
            open_to = [i for i, turn in enumerate(turns) if turn.speaker.role is letter.role]
            if not open_to:
                continue
            chosen = self._random.choice(open_to)
            place = places.setdefault(letter.role, chosen) if together else chosen
            self._put(turns, place, letter)

    def _add(self, turns: list[SketchTurn], letters: Sequence[Letter]) -> None:
        at = self._random.randrange(len(turns))
        own = [one for one in letters if one.role is turns[at].speaker.role]
        if own:
            self._put(turns, at, self._random.choice(own))

    def _put(self, turns: list[SketchTurn], at: int, letter: Letter) -> None:
        if not letter.is_unknown or letter not in turns[at].letters:
            turns[at] = replace(turns[at], letters=(*turns[at].letters, letter))

    def _way(self, condition: Condition) -> Iterator[Letter]:
        """Signals that meet *condition*, or would if the rest let them."""
        random = self._random
        if isinstance(condition, Match):
            own = [letter for letter in self._alphabet.all_letters if fits(condition, letter)]
            own = [one for one in own if not one.is_unknown]
            yield from (random.choice(own) for _ in range(condition.count if own else 0))
            return
        members = list(condition.members)
        wanted = len(members)
        if condition.quantifier is Quantifier.ANY:
            wanted = max(condition.at_least, condition.count)
        elif condition.quantifier is Quantifier.NONE:
            wanted = random.choice((0, 0, 1))
        chosen = (
            members if condition.quantifier is Quantifier.ALL
            else random.sample(members, min(wanted, len(members)))
        )  # fmt: skip
        if condition.count > len(chosen):
            chosen = random.choices(members, k=condition.count)
        for member in chosen:
            yield from self._way(member)


def guesses(contest: Contest, max_turns: int) -> Iterator[Sketch]:
    """Endless timelines on which the versions of *contest* may well disagree; the same each time."""
    guess = _Guess(contest, max_turns)
    while True:
        yield guess.draw()


def shrunk(
    contest: Contest, sketch: Sketch, found: Sequence[Shift], lean: Lean
) -> tuple[Sketch, Sequence[Shift]]:
    """*sketch* without what the difference towards *lean* does not need, and how it is judged."""
    usual = [one for one in contest.alphabet.speakers if one.weight == 1]
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(sketch, usual):
            if smaller.size >= sketch.size:
                continue
            judged = contest.judge(smaller)
            if any(shift.lean is lean for shift in judged):
                sketch, found, progress = smaller, judged, True
                break
    return sketch, found


def _smaller(sketch: Sketch, usual: Sequence[Speaker]) -> Iterator[Sketch]:
    turns = sketch.turns
    for at, turn in enumerate(turns):
        if len(turns) > 1:
            yield replace(sketch, turns=(*turns[:at], *turns[at + 1 :]))
        if at + 1 < len(turns):
            # Two turns at once, so that those around them still alternate.
            if len(turns) > 2:  # noqa: PLR2004 - two go
                yield replace(sketch, turns=(*turns[:at], *turns[at + 2 :]))
            yield from _merged(sketch, at)
        if turn.speaker.weight > 1:
            yield from (_with(sketch, at, replace(turn, speaker=one)) for one in usual)
    if sketch.is_open:
        yield replace(sketch, is_open=False)
    for at, turn in enumerate(turns):
        for place in range(len(turn.letters)):
            letters = (*turn.letters[:place], *turn.letters[place + 1 :])
            yield _with(sketch, at, replace(turn, letters=letters))
        if turn.time_weight:
            earlier = [one.at for one in turns[:at] if one.at is not None]
            now = earlier[-1] if earlier else 0
            yield _with(sketch, at, replace(turn, at=now, time_weight=0))


def _merged(sketch: Sketch, at: int) -> Iterator[Sketch]:
    """The turn after *at* said in the same breath, where the same person speaks."""
    one, other = sketch.turns[at : at + 2]
    if one.speaker == other.speaker:
        doubts = {letter for letter in one.letters if letter.is_unknown}
        added = (letter for letter in other.letters if letter not in doubts)
        turn = replace(one, letters=(*one.letters, *added))
        yield replace(sketch, turns=(*sketch.turns[:at], turn, *sketch.turns[at + 2 :]))


def _with(sketch: Sketch, at: int, turn: SketchTurn) -> Sketch:
    return replace(sketch, turns=(*sketch.turns[:at], turn, *sketch.turns[at + 1 :]))

"""The search for the smallest timeline on which two versions of a rule disagree, in each direction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from amity.evaluate.witness.alphabet import UNUSUAL
from amity.evaluate.witness.contest import Contest, Version, Witness
from amity.evaluate.witness.enumeration import Enumeration
from amity.evaluate.witness.guided import guesses, shrunk
from amity.evaluate.witness.sketch import Sketch
from amity.evaluate.witness.strictness import RANKS, Lean, Shift
from amity.policy.diff import rule_meaning
from amity.policy.model import Rule, RuleKind, Window, WindowKind

__all__ = ["DEFAULT_BUDGET", "Effect", "Finding", "default_turns", "effect_of", "search"]

DEFAULT_BUDGET = 20_000
# Of the budget, what goes to trying everything in order of size; the rest goes to large timelines.
_IN_ORDER = 0.7
_FEWEST_TURNS, _MOST_TURNS = 6, 24
# Large timelines on which a difference shows and that are cut down, for each direction.
_ENOUGH = 4
_PROGRESS_EVERY = 500

Progress = Callable[[int], None]


class Effect(StrEnum):
    """What a change does to the judgements of a rule, as far as timelines were found that show it."""

    TIGHTENS = "only tightens"
    LOOSENS = "only loosens"
    BOTH = "tightens and loosens"
    NEITHER = "neither tightens nor loosens"
    NONE_FOUND = "no difference found"


@dataclass(frozen=True, slots=True)
class Finding:
    """The smallest witnesses found, by where they lead, and how far the search went.

    ``tried`` timelines were judged, of up to ``max_turns`` turns; every one whose size is no more
    than ``complete_to`` is among them. Only the directions in ``sought`` are
    possible at all. ``is_exhausted`` says that there are no others of so many turns.
    """

    witnesses: dict[Lean, Witness]
    tried: int
    max_turns: int
    complete_to: int
    sought: frozenset[Lean]
    is_exhausted: bool = False

    @property
    def effect(self) -> Effect:
        """What the witnesses say together."""
        return effect_of(self.witnesses)

    def is_smallest(self, lean: Lean) -> bool:
        """Whether every timeline smaller than the witness towards *lean* was tried."""
        return self.witnesses[lean].sketch.size <= self.complete_to + 1


def effect_of(leans: Collection[Lean]) -> Effect:
    """What differences in these directions come to."""
    if Lean.TIGHTENS in leans:
        return Effect.BOTH if Lean.LOOSENS in leans else Effect.TIGHTENS
    if Lean.LOOSENS in leans:
        return Effect.LOOSENS
    return Effect.NEITHER if leans else Effect.NONE_FOUND


def default_turns(*rules: Rule) -> int:
    """So many turns that a timeline can go past the edges of all windows of *rules*."""
    reach = max(sum(_reach(window) for window in _windows(rule)) for rule in rules)
    return min(max(_FEWEST_TURNS, reach + 3), _MOST_TURNS)


def _windows(rule: Rule) -> list[Window]:
    steps = [step for step in (*rule.steps, rule.unless) if step]
    return [step.window for step in steps if step.window]


def _reach(window: Window) -> int:
    if window.kind is WindowKind.TURNS:
        # Between two moves by one role lies another's.
        return window.amount * (2 if window.roles else 1)
    return 2


class _Search:
    def __init__(self, contest: Contest, max_turns: int, budget: int, progress: Progress) -> None:
        self._contest = contest
        self._max_turns = max_turns
        self._budget = budget
        self._progress = progress
        self._wanted = _possible(contest)
        self._complete_to = 0
        self._is_exhausted = False
        self._found: dict[Lean, Witness] = {}

    def run(self) -> Finding:
        """Everything in order of size first, then large ones, then on in order; until the budget ends.

        What is found among large ones need not be the smallest: going on in order may show that.
        """
        in_order = self._in_order()
        self._go_on(in_order, _IN_ORDER)
        if self._wanted - self._found.keys() and not self._is_exhausted:
            self._among_large()
            self._go_on(in_order, 1.0)
        return Finding(
            self._found,
            self._contest.tried,
            self._max_turns,
            self._complete_to,
            frozenset(self._wanted),
            self._is_exhausted,
        )

    def _go_on(self, in_order: Iterator[None], share: float) -> None:
        while not self._is_spent(share) and not all(map(self._is_settled, self._wanted)):
            if next(in_order, self) is self:
                return

    def _is_settled(self, lean: Lean) -> bool:
        return lean in self._found and self._found[lean].sketch.size <= self._complete_to + 1

    def _limit(self) -> int:
        """No timeline is larger than this."""
        letters = self._contest.alphabet.letters
        most = self._contest.alphabet.most
        return self._max_turns * (UNUSUAL + 2 + most * sum(one.weight for one in letters)) + UNUSUAL

    def _is_spent(self, share: float = 1.0) -> bool:
        if self._contest.tried % _PROGRESS_EVERY == 0:
            self._progress(self._contest.tried)
        return self._contest.tried >= self._budget * share

    def _in_order(self) -> Iterator[None]:
        """Judge every timeline, smallest first; stops after each."""
        enumeration = Enumeration(self._contest.alphabet, self._max_turns)
        for size in range(1, self._limit() + 1):
            for sketch in enumeration.sized(size):
                self._note(sketch, self._contest.judge(sketch))
                yield
            self._complete_to = size
        self._is_exhausted = True

    def _among_large(self) -> None:
        cut_down = Counter[Lean]()

        def is_enough(lean: Lean) -> bool:
            return self._is_settled(lean) or cut_down[lean] >= _ENOUGH

        for sketch in guesses(self._contest, self._max_turns):
            if self._is_spent() or all(map(is_enough, self._wanted)):
                return
            judged = self._contest.judge(sketch)
            for lean in sorted({shift.lean for shift in judged}):
                if not is_enough(lean):
                    cut_down[lean] += 1
                    self._note(*shrunk(self._contest, sketch, judged, lean))

    def _note(self, sketch: Sketch, judged: Sequence[Shift]) -> None:
        for lean in sorted({shift.lean for shift in judged}):
            best = self._found.get(lean)
            if best is None or sketch.size < best.sketch.size:
                self._found[lean] = Witness(sketch, tuple(judged))


def _possible(contest: Contest) -> set[Lean]:
    """Where differences may lead at all: a rule that is new can only add duties, or praise."""
    before, after = contest.versions
    if before and after:
        if rule_meaning(before.rule) != rule_meaning(after.rule):
            return {Lean.TIGHTENS, Lean.LOOSENS}
        is_worse = RANKS[after.rule.severity] > RANKS[before.rule.severity]
        return {Lean.TIGHTENS if is_worse else Lean.LOOSENS}
    praises = contest.rules[0].kind is RuleKind.RECOGNISE
    return {Lean.LOOSENS if praises == bool(after) else Lean.TIGHTENS}


def search(
    before: Version | None,
    after: Version | None,
    *,
    max_turns: int = 0,
    budget: int = DEFAULT_BUDGET,
    progress: Progress = lambda _: None,
) -> Finding:
    """The smallest timelines on which *before* and *after* disagree, after judging up to *budget*.

    A version of None is a rule that is not there. ``max_turns`` of 0 is as many as the windows need.
    *progress* hears now and then how many timelines were tried. The same input gives the same answer.
    """
    contest = Contest(before, after)
    turns = max_turns or default_turns(*contest.rules)
    return _Search(contest, turns, budget, progress).run()

"""What a change does to the decision where it changes no outcome: scores, verdict, actions, advice.

A weight, a severity, an action or a coaching line decides nothing about what happened and much about
what follows. The smallest timeline that shows it is looked for among those of the rule alone, or of
the rule and one other, judged by the evaluator and by the code that makes scores and verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from amity.evaluate.outcome import Outcome, State
from amity.evaluate.plan import Plan, compile_plan
from amity.evaluate.timeline import Timeline
from amity.evaluate.witness.alphabet import alphabet_of
from amity.evaluate.witness.comparison import PolicyComparison, RuleComparison, SearchLimits
from amity.evaluate.witness.enumeration import Enumeration
from amity.evaluate.witness.search import default_turns
from amity.evaluate.witness.sketch import Sketch
from amity.policy.model import Policy, Rule
from amity.verdict import module_result, overall_score, verdict

__all__ = ["Consequence", "Consequences", "Difference"]

_PROGRESS_EVERY = 500
_LARGEST = 60
Progress = Callable[[int], None]
# What each key of a rule can change in a decision, by the first words of what differs.
_ASPECTS: Mapping[str, tuple[str, ...]] = {
    "weight": ("the score", "the overall score", "the verdict"),
    "severity": ("the verdict",),
    "actions": ("the actions",),
    "coach": ("the advice",),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that two decisions on one timeline say differently, in words."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """What the change of ``key`` does to decisions, and the timeline that shows it if one was found.

    ``tried`` timelines were judged, of up to ``max_turns`` turns, all of size ``complete_to`` or
    less among them.
    """

    key: str
    sketch: Sketch | None
    differences: tuple[Difference, ...]
    tried: int
    max_turns: int
    complete_to: int

    @property
    def is_smallest(self) -> bool:
        """Whether every smaller timeline was tried."""
        return self.sketch is not None and self.sketch.size <= self.complete_to + 1


class Consequences:
    """Finds what the changes from *old* to *new* do to decisions where they change no outcome.

    *progress* hears now and then how many timelines were tried for the change that is looked at.
    """

    def __init__(
        self,
        old: Sequence[Policy],
        new: Sequence[Policy],
        limits: SearchLimits,
        progress: Progress = lambda _: None,
    ) -> None:
        self._old, self._new = old, new
        self._limits, self._progress = limits, progress
        self._plans: tuple[Plan, Plan] | None = None

    def of_policy(self, policy: PolicyComparison) -> tuple[Consequence, ...]:
        """Of a change of the whole module's weight, which counts among modules only."""
        before, after = policy.change.before, policy.change.after
        if before is None or after is None or before.weight == after.weight:
            return ()
        others = [rule for other in self._new if other.name != after.name for rule in other.rules]
        groups = [(own, other) for own in after.rules for other in others]
        was = [replace(each, weight=before.weight) if each is after else each for each in self._new]
        found = self._search(
            "weight", groups, lambda outcomes: _seen(was, outcomes), ("the overall score",)
        )
        return (found,)

    def of_rule(self, policy: PolicyComparison, rule: RuleComparison) -> tuple[Consequence, ...]:
        """Of each change of a rule that bears on what follows and not on what happened."""
        before, after, whole = rule.change.before, rule.change.after, policy.change.after
        if before is None or after is None or whole is None:
            return ()
        return tuple(
            self._of_key(key, before, after, whole)
            for key in _ASPECTS
            if any(change.key == key for change in rule.change.changes)
        )

    def _of_key(self, key: str, before: Rule, after: Rule, policy: Policy) -> Consequence:
        # Only this is taken back, so that what is found is what this change does.
        was = replace(after, **{key: getattr(before, key)})

        def taken_back(outcomes: Sequence[Outcome]) -> _Seen:
            told = [replace(o, rule=was) if o.rule is after else o for o in outcomes]
            return _seen(self._new, told)

        # A weight counts only beside another rule that ended otherwise.
        partners = [other for other in policy.rules if other is not after] or [
            rule for other in self._new if other is not policy for rule in other.rules
        ]
        is_alone = key != "weight" or not partners
        groups = [(after,)] if is_alone else [(after, other) for other in partners]
        return self._search(key, groups, taken_back, _ASPECTS[key])

    def _search(
        self,
        key: str,
        groups: Sequence[tuple[Rule, ...]],
        taken_back: Callable[[Sequence[Outcome]], _Seen],
        aspects: tuple[str, ...],
    ) -> Consequence:
        """The smallest timeline that shows the change, over all *groups* of rules, size by size."""
        turns = max((self._turns(group) for group in groups), default=0)
        every = [Enumeration(alphabet_of(group), self._turns(group)) for group in groups]
        tried, complete_to = 0, 0
        for size in range(1, _LARGEST):
            for sketch in (sketch for one in every for sketch in one.sized(size)):
                if tried >= self._limits.budget:
                    return Consequence(key, None, (), tried, turns, complete_to)
                if tried % _PROGRESS_EVERY == 0:
                    self._progress(tried)
                tried += 1
                found = tuple(self._compare(sketch.timeline(), taken_back, aspects))
                if found:
                    return Consequence(key, sketch, found, tried, turns, complete_to)
            complete_to = size
        return Consequence(key, None, (), tried, turns, complete_to)

    def _turns(self, group: Sequence[Rule]) -> int:
        return self._limits.max_turns or default_turns(*group)

    def _compare(
        self,
        timeline: Timeline,
        taken_back: Callable[[Sequence[Outcome]], _Seen],
        aspects: tuple[str, ...],
    ) -> Iterator[Difference]:
        """What the two sides say differently here and would by this change alone."""
        if self._plans is None:
            self._plans = (compile_plan(self._old), compile_plan(self._new))
        old, new = self._plans
        after = new.evaluate(timeline)
        if not after:
            return
        now = _seen(self._new, after)
        due = {one.what for one in _differences(taken_back(after), now, aspects)}
        if due:
            before = _seen(self._old, old.evaluate(timeline))
            yield from (one for one in _differences(before, now, aspects) if one.what in due)


# What a decision says, each under its name.
_Seen = Mapping[str, str]


def _seen(policies: Sequence[Policy], outcomes: Iterable[Outcome]) -> _Seen:
    told = list(outcomes)
    modules = [
        module_result(policy, [o for o in told if o.policy.name == policy.name], 0)
        for policy in policies
    ]
    scores = {
        f"the score of {module.policy.name}": _score(module.score)
        for module in modules
        if module.score is not None
    }
    missed = [outcome for outcome in told if outcome.state is State.MISSED]
    return {
        **scores,
        "the overall score": _score(overall_score(modules)),
        "the verdict": verdict(told).upper(),
        **{f"the actions proposed for {o.rule.id}": ", ".join(o.rule.actions) for o in missed},
        **{f"the advice for {o.rule.id}": f"“{o.rule.coach}”" for o in missed if o.rule.coach},
    }


def _score(score: float | None) -> str:
    return "none" if score is None else f"{score:.4f}".rstrip("0").removesuffix(".")


def _differences(before: _Seen, after: _Seen, aspects: tuple[str, ...]) -> Iterator[Difference]:
    for what in dict.fromkeys((*before, *after)):
        was, now = before.get(what) or "none", after.get(what) or "none"
        if was != now and what.startswith(aspects):
            yield Difference(what, was, now)

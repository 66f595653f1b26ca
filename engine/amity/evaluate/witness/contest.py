"""Two versions of a rule, compiled, and how they judge the same timelines."""

from __future__ import annotations

from dataclasses import dataclass, replace

from amity.evaluate.plan import compile_plan
from amity.evaluate.timeline import Timeline
from amity.evaluate.witness.alphabet import Alphabet, alphabet_of
from amity.evaluate.witness.sketch import Sketch
from amity.evaluate.witness.strictness import Lean, Shift, shifts
from amity.policy.model import Policy, Rule

__all__ = ["Contest", "Version", "Witness"]


@dataclass(frozen=True, slots=True)
class Version:
    """A rule in the policy that it stands in."""

    policy: Policy
    rule: Rule


@dataclass(frozen=True, slots=True)
class Witness:
    """A timeline on which two versions of a rule disagree, and how."""

    sketch: Sketch
    shifts: tuple[Shift, ...]

    @property
    def leans(self) -> frozenset[Lean]:
        """All directions in which this timeline is judged differently."""
        return frozenset(shift.lean for shift in self.shifts)


class Contest:
    """Judges timelines by both versions (None: the rule is not there), and counts them."""

    def __init__(self, before: Version | None, after: Version | None) -> None:
        self.versions = (before, after)
        self.rules = [version.rule for version in (before, after) if version]
        self.alphabet: Alphabet = alphabet_of(self.rules)
        self.tried = 0
        self._rules = [version.rule if version else None for version in self.versions]
        self._plans = [
            compile_plan([replace(version.policy, rules=(version.rule,))] if version else [])
            for version in (before, after)
        ]

    def judge(self, sketch: Sketch) -> list[Shift]:
        """What the versions judge differently on *sketch*."""
        self.tried += 1
        return self.compare(sketch.timeline())

    def compare(self, timeline: Timeline) -> list[Shift]:
        """What the versions judge differently on *timeline*."""
        before, after = (plan.evaluate(timeline) for plan in self._plans)
        if not (before or after):
            return []
        return shifts(timeline, (self._rules[0], before), (self._rules[1], after))

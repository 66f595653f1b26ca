"""Policies are good when they load, lint finds no error, and every case comes out as it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amity.bundles.contents import Contents
from amity.conversation import Conversation
from amity.cues.kept import CompiledCues, KeptCues
from amity.errors import BadBundle, Problem
from amity.judge import Judge
from amity.linting import lint_bundle
from amity.plugins.host import PluginHost
from amity.policy.bundle import load_contents, read_contents
from amity.policy.cases import run_case
from amity.policy.lint.codes import level_of
from amity.policy.lint.entry import Level

__all__ = ["Checkup", "checked", "judge_of"]


@dataclass(frozen=True, slots=True)
class Checkup:
    """What was found of policies. ``judge`` judges by them; None where they do not load.

    Only without ``problems`` may it be made active; ``warnings`` do not stand against that.
    """

    judge: Judge | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def good_judge(self) -> Judge:
        """The judge. Raises BadBundle with the problems if there are any."""
        if self.judge is None or self.problems:
            raise BadBundle("The policies are not good.", self.problems)
        return self.judge


def judge_of(
    parts: Sequence[Contents],
    host: PluginHost,
    *,
    kept: KeptCues | None = None,
    cues: CompiledCues | None = None,
    found: Iterable[Problem] = (),
) -> Judge:
    """A judge by *parts*, or BadBundle with everything that keeps them from loading."""
    bundle = load_contents(
        parts, host.catalogue, actions=host.actions, kept=kept, cues=cues, found=found
    )
    return Judge(host, bundle)


def checked(
    parts: Sequence[Contents], host: PluginHost, *, kept: KeptCues | None = None
) -> Checkup:
    """Load *parts*, lint them and run their cases, and say all that is wrong with them.

    Cues are compiled once, and not at all where *kept* has them. Cases run where everything loads.
    """
    bundle, refused = read_contents(parts, host.catalogue, actions=host.actions, kept=kept)
    owned = host.detectors(bundle.matcher)
    found = lint_bundle(parts, host, bundle, refused, [each for _, each in owned]).problems
    problems = [problem for problem in found if level_of(problem.code) is not Level.WARNING]
    warnings = [problem for problem in found if level_of(problem.code) is Level.WARNING]
    if refused:
        return Checkup(None, tuple(problems), tuple(warnings))
    judge = Judge(host, bundle, owned)
    return Checkup(judge, (*problems, *_failing(judge)), tuple(warnings))


def _failing(judge: Judge) -> Iterator[Problem]:
    for file in judge.bundle.case_files:
        for case in file.cases:
            result = run_case(case, _Judged(judge, file.policy))
            if (difference := result.difference) is None:
                continue
            expected, got = (
                ", ".join(states) or "nothing" for states in (difference.expected, difference.got)
            )
            message = f'case "{case.name}": {difference.rule} must be {expected}, but is {got}'
            place = difference.place
            yield Problem(
                "B240",
                message,
                file=place.file,
                line=place.line,
                column=place.column,
                fix="`amity test` shows why; change the rule or the case",
            )


class _Judged:
    """The states of each rule of one policy, as cases want them."""

    def __init__(self, judge: Judge, policy: str) -> None:
        self._judge, self._policy = judge, policy

    def __call__(self, conversation: Conversation, is_open: bool) -> Mapping[str, Sequence[str]]:
        states: dict[str, list[str]] = defaultdict(list)
        for outcome in self._judge.evaluate(conversation, is_open=is_open).all_outcomes():
            if outcome.policy.name == self._policy:
                states[outcome.rule.id].append(outcome.state.value)
        return states

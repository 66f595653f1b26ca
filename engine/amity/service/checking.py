"""Policies are good when they load and every case that came with them comes out as it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from amity.bundles.contents import Contents
from amity.conversation import Conversation
from amity.cues.kept import CompiledCues, KeptCues
from amity.errors import BadBundle, Problem
from amity.judge import Judge
from amity.plugins.host import PluginHost
from amity.policy.bundle import load_contents
from amity.policy.cases import run_case

__all__ = ["checked_judge", "judge_of"]


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


def checked_judge(
    parts: Sequence[Contents],
    host: PluginHost,
    *,
    kept: KeptCues | None = None,
    found: Iterable[Problem] = (),
) -> Judge:
    """A judge by *parts* of whose cases none fails; BadBundle if they do not load or one does."""
    judge = judge_of(parts, host, kept=kept, found=found)
    if problems := list(_failing(judge)):
        raise BadBundle("Cases of the policies fail.", problems)
    return judge


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

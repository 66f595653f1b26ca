"""Cases run through a judge: how each came out, and why it differs where it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from amity.decision import Decision
from amity.evaluate.outcome import Outcome
from amity.judge import Judge
from amity.policy.case import Case, CaseFile, Difference
from amity.policy.cases import run_case

__all__ = ["CaseRun", "chosen", "run_cases"]


@dataclass(frozen=True, slots=True)
class CaseRun:
    """One case of *policy* with the decision that came of it.

    ``difference`` is the first one, or None; ``reason`` is what the judge says about the outcome
    that differs.
    """

    policy: str
    case: Case
    decision: Decision
    difference: Difference | None
    reason: str

    @property
    def passed(self) -> bool:
        """Whether everything came out as expected."""
        return self.difference is None


def chosen(files: tuple[CaseFile, ...], text: str) -> list[tuple[str, Case]]:
    """Each case with its policy, if *text* is in its name, its policy or a rule that it expects."""
    wanted = text.casefold()

    def is_wanted(policy: str, case: Case) -> bool:
        names = (case.name, policy, *(expectation.rule for expectation in case.expectations))
        return any(wanted in name.casefold() for name in names)

    return [
        (file.policy, case) for file in files for case in file.cases if is_wanted(file.policy, case)
    ]


def run_cases(
    judge: Judge,
    cases: list[tuple[str, Case]],
    advance: Callable[[], object] = lambda: None,
) -> Iterator[CaseRun]:
    """Judge each of *cases* in turn; *advance* is called after each."""
    for policy, case in cases:
        yield _run(judge, policy, case)
        advance()


def _run(judge: Judge, policy: str, case: Case) -> CaseRun:
    decision = judge.evaluate(case.conversation, is_open=case.is_open)
    outcomes: dict[str, list[Outcome]] = {}
    for outcome in decision.all_outcomes():
        if outcome.policy.name == policy:
            outcomes.setdefault(outcome.rule.id, []).append(outcome)
    states = {rule: [found.state.value for found in of_rule] for rule, of_rule in outcomes.items()}
    difference = run_case(case, lambda _, __: states).difference
    reason = _reason(difference, outcomes) if difference else ""
    return CaseRun(policy, case, decision, difference, reason)


def _reason(difference: Difference, outcomes: dict[str, list[Outcome]]) -> str:
    found = outcomes.get(difference.rule, [])
    if difference.index < len(found):
        return found[difference.index].reason
    return "There was no such outcome: its occasion arose less often."

"""Why a rule ended as it did, in a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amity.evaluate.outcome import State
from amity.policy.english import condition_words, window_words
from amity.policy.model import Policy, Rule
from amity.signals import Signal

__all__ = ["Reasons"]

_LONGEST_QUOTE = 60


class Reasons:
    """The sentences of one rule; its own words are worked out once."""

    def __init__(self, rule: Rule, policy: Policy) -> None:
        asked = ", then ".join(condition_words(step.condition, policy) for step in rule.steps)
        self._asked = asked[:1].upper() + asked[1:]
        window = rule.steps[0].window
        self._where = f" {window_words(window)}" if window else ""
        self._occasion = condition_words(rule.given or rule.steps[0].condition, policy)

    def for_state(self, state: State, evidence: Sequence[Signal], why: Sequence[str]) -> str:
        """The sentence for an opportunity that ended in *state*."""
        if state is State.ABSTAINED:
            return f"It cannot be known: {_joined(why)}."
        if state is State.PENDING:
            return f"{self._asked} may still come{self._where}."
        if evidence:
            return f"{_found(evidence)}."
        if state is State.SHOWN:
            return f"{self._asked}: none found{self._where}, as it should be."
        return f"{self._asked}: not found{self._where}."

    def for_unknown_occasion(self, why: Sequence[str]) -> str:
        """The sentence for a rule of which it is unknown whether its occasion arose."""
        return f"It cannot be known whether there was {self._occasion}: {_joined(why)}."


def _joined(why: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(why)) or "a signal that it needs is unknown"


def _found(evidence: Sequence[Signal]) -> str:
    by_name: dict[str, list[str]] = {}
    for signal in evidence:
        by_name.setdefault(signal.name, []).append(f"{_quoted(signal.quote)} in turn {signal.turn}")
    parts = [f"{_words(name)}: {', '.join(places)}" for name, places in by_name.items()]
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _words(name: str) -> str:
    return name.replace(".", " ").replace("_", " ")


def _quoted(text: str) -> str:
    """*text* in quotes on one line, shortened where it is long."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= _LONGEST_QUOTE else f'"{line[:_LONGEST_QUOTE]}…"'

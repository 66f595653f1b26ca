"""Why a rule ended as it did, in a sentence for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from amity.evaluate.outcome import State
from amity.policy.english import condition_words, window_words
from amity.policy.model import Condition, Group, Quantifier, Rule
from amity.signals import Signal

__all__ = ["Reasons", "quoted"]

_LONGEST_QUOTE = 60


class Reasons:
    """The sentences of one rule; its own words are worked out once."""

    def __init__(self, rule: Rule) -> None:
        asked = ", then ".join(condition_words(step.condition) for step in rule.steps)
        self._asked = asked[:1].upper() + asked[1:]
        has_none = any(map(_has_none, (step.condition for step in rule.steps)))
        self._lacking = "not so" if has_none else "not found"
        self._absent = "not so" if has_none else "none found"
        window = rule.steps[0].window
        self._where = f" {window_words(window)}" if window else ""
        self._occasion = condition_words(rule.given or rule.steps[0].condition)

    def for_state(self, state: State, evidence: Sequence[Signal], why: Sequence[str]) -> str:
        """The sentence for an opportunity that ended in *state*."""
        if state is State.ABSTAINED:
            return f"It cannot be known: {_joined(why)}."
        if state is State.PENDING:
            return f"{self._asked} may still come{self._where}."
        if evidence:
            return f"{_found(evidence)}."
        if state is State.SHOWN:
            return f"{self._asked}: {self._absent}{self._where}, as it should be."
        return f"{self._asked}: {self._lacking}{self._where}."

    def for_unknown_occasion(self, why: Sequence[str]) -> str:
        """The sentence for a rule of which it is unknown whether its occasion arose."""
        return f"It cannot be known whether there was {self._occasion}: {_joined(why)}."


def _has_none(condition: Condition) -> bool:
    """Whether *condition* asks, at any depth, that something be absent; what is then missing is not a finding."""
    return isinstance(condition, Group) and (
        condition.quantifier is Quantifier.NONE or any(map(_has_none, condition.members))
    )


def _joined(why: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(why)) or "a signal that it needs is unknown"


def _found(evidence: Sequence[Signal]) -> str:
    by_name: dict[str, list[str]] = {}
    for signal in evidence:
        by_name.setdefault(signal.name, []).append(f"{quoted(signal.quote)} in turn {signal.turn}")
    parts = [f"{_words(name)}: {', '.join(places)}" for name, places in by_name.items()]
    text = "; ".join(parts)
    return text[:1].upper() + text[1:]


def _words(name: str) -> str:
    return name.replace(".", " ").replace("_", " ")


def quoted(text: str) -> str:
    """*text* in quotes on one line, shortened where it is long."""
    line = " ".join(text.split())
    return f'"{line}"' if len(line) <= _LONGEST_QUOTE else f'"{line[:_LONGEST_QUOTE]}…"'

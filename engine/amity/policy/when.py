"""``when:`` conditions: CEL over conversation facts and the caller's attributes, type-checked on load.

CEL (https://cel.dev) has no loops over unbounded data and no side effects, and matches regular
expressions with RE2; expressions are limited in length besides.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from cel_expr_python import cel

from amity.source import Node, Problems

__all__ = ["FACTS", "When", "WhenError", "check_when", "compile_when"]

MAX_LENGTH = 1000

# What a condition may ask about a conversation; times are whole seconds, shares from 0.0 to 1.0.
FACTS: Mapping[str, str] = {
    "channel": "STRING",
    "locale": "STRING",
    "language": "STRING",
    "turns": "INT",
    "customer_turns": "INT",
    "agent_turns": "INT",
    "bot_turns": "INT",
    "colleague_turns": "INT",
    "first_response_s": "INT",
    "longest_silence_s": "INT",
    "agent_spoke_last": "BOOL",
    "customer_word_share": "DOUBLE",
    "agent_word_share": "DOUBLE",
}

# The compiler's message: a place as line:column, then what is wrong.
_ERROR = re.compile(r"ERROR: <input>:(\d{1,6}):(\d{1,6}): ([^\n]{1,400})")


class WhenError(Exception):
    """A condition that cannot be worked out, and why."""


@cache
def _environment() -> Any:
    variables = {f"conversation.{name}": getattr(cel.Type, kind) for name, kind in FACTS.items()}
    variables["attributes"] = cel.Type.Map(cel.Type.STRING, cel.Type.DYN)
    return cel.NewEnv(variables=variables)


class When:
    """A compiled condition."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._expression = _environment().compile(text)

    @property
    def is_boolean(self) -> bool:
        """Whether the condition can be true or false at all."""
        return self._expression.return_type() in (cel.Type.BOOL, cel.Type.DYN)

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Whether the condition is true of *facts* (CEL names to values).

        Raises WhenError when it cannot be worked out, because a fact is not known, say.
        """
        value = self._expression.eval(data=facts).plain_value()
        if isinstance(value, bool):
            return value
        reason = str(value).partition(": ")[2] or "the condition is neither true nor false"
        raise WhenError(reason.replace(" found in Activation", ""))


@cache
def compile_when(text: str) -> When:
    """The condition *text*, which ``check_when`` has found good."""
    return When(text)


def check_when(node: Node, problems: Problems) -> str:
    """The condition at *node*, or "" with a problem at the place where it goes wrong."""
    text = node.value
    if not isinstance(text, str) or not text.strip():
        problems.add(
            "V130",
            node,
            f'"when" must be a condition, not {node.kind}',
            "write conversation.turns > 1",
        )
        return ""
    if len(text) > MAX_LENGTH:
        problems.add("V131", node, f'"when" is longer than {MAX_LENGTH} characters', "simplify it")
        return ""
    try:
        if compile_when(text.strip()).is_boolean:
            return text.strip()
    except RuntimeError as error:
        found = _ERROR.search(str(error))
        message = f"{found[3]} (at character {found[2]})" if found else str(error).splitlines()[0]
        fix = f"facts: {', '.join(f'conversation.{name}' for name in FACTS)}, attributes[...]"
        problems.add("V132", node, f'"when" is not a valid condition: {message}', fix)
        return ""
    problems.add("V133", node, '"when" is neither true nor false', "compare it with something")
    return ""

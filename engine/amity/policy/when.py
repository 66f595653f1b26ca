"""``when:`` conditions: CEL over conversation facts and the caller's attributes, type-checked on load.

CEL (https://cel.dev) has no side effects and matches regular expressions with RE2. Its loops over
lists are bounded besides (``when_cost``), and so are the length of an expression and the time that
it can take on the largest conversation (``when_estimate``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import Any

from cel_expr_python import cel

from amity.policy.when_cost import costs
from amity.policy.when_estimate import Estimate, estimate
from amity.policy.when_hints import hint
from amity.policy.when_tree import tree_of
from amity.source import Node, Problems

__all__ = [
    "FACTS",
    "MAX_ALL_MS",
    "MAX_MS",
    "When",
    "WhenError",
    "check_all",
    "check_when",
    "compile_when",
]

MAX_LENGTH = 1000
MAX_MS = 80.0
MAX_ALL_MS = 250.0

# What a condition may ask about a conversation, and of which type it is; docs/policies.md says more.
FACTS: Mapping[str, str] = {
    "channel": "STRING",
    "locale": "STRING",
    "language": "STRING",
    "turns": "INT",
    "customer_turns": "INT",
    "agent_turns": "INT",
    "bot_turns": "INT",
    "colleague_turns": "INT",
    "agent_spoke_last": "BOOL",
    "customer_word_share": "DOUBLE",
    "agent_word_share": "DOUBLE",
    "bot_word_share": "DOUBLE",
    "colleague_word_share": "DOUBLE",
    "first_response_s": "INT",
    "response_times_s": "LIST(INT)",
    "slowest_response_s": "INT",
    "median_response_s": "INT",
    "longest_silence_s": "INT",
    "course_start": "DOUBLE",
    "course_peak": "DOUBLE",
    "course_end": "DOUBLE",
    "course_improved": "BOOL",
}

# The compiler's message: a place as line:column, then what is wrong.
_ERROR = re.compile(r"ERROR: <input>:(\d{1,6}):(\d{1,6}): ([^\n]{1,400})")


class WhenError(Exception):
    """A condition that cannot be worked out, and why."""


def _type(kind: str) -> Any:
    if kind.startswith("LIST("):
        return cel.Type.List(_type(kind[len("LIST(") : -1]))
    return getattr(cel.Type, kind)


@cache
def _environment() -> Any:
    variables = {f"conversation.{name}": _type(kind) for name, kind in FACTS.items()}
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

    @cached_property
    def estimate(self) -> Estimate:
        """How long it can take at most."""
        return estimate(tree_of(self._expression.serialize()))

    def holds(self, facts: Mapping[str, object]) -> bool:
        """Whether the condition is true of *facts* (CEL names to values).

        Raises WhenError when it cannot be worked out, because a fact is not known, say.
        """
        try:
            value = self._expression.eval(data=facts).plain_value()
        except RuntimeError as error:  # what costs too much ends like this
            raise WhenError(_why(error)) from error
        if isinstance(value, bool):
            return value
        reason = str(value).partition(": ")[2] or "the condition is neither true nor false"
        raise WhenError(reason.replace(" found in Activation", ""))


def _why(error: RuntimeError) -> str:
    if "budget" in str(error):
        return "it loops over too much"
    return str(error).partition(": ")[2].partition(" [")[0] or "it failed"


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
        is_boolean = compile_when(text.strip()).is_boolean
    except RuntimeError as error:
        found = _ERROR.search(str(error))
        message = f"{found[3]} (at character {found[2]})" if found else str(error).splitlines()[0]
        fix = hint(message, text, [f"conversation.{name}" for name in FACTS])
        problems.add("V132", node, f'"when" is not a valid condition: {message}', fix)
        return ""
    if not is_boolean:
        problems.add("V133", node, '"when" is neither true nor false', "compare it with something")
    too_much = costs(text.strip()) or list(_takes_long(text.strip()))
    for code, message, fix in too_much:
        problems.add(code, node, f'"when" could take too long: {message}', fix)
    return "" if too_much or not is_boolean else text.strip()


def check_all(texts: Iterable[str], policy: Node, problems: Problems) -> None:
    """Say so at *policy* if its conditions *texts*, each of them good, take too long together."""
    spent = sum(compile_when(text).estimate.ms for text in texts if text)
    if spent > MAX_ALL_MS:
        problems.add(
            "V139",
            policy.entries.get("rules", policy),
            f"the conditions of this policy could take up to {spent:,.0f} ms together on the largest"
            f" conversation, more than {MAX_ALL_MS:g}",
            "ask for less, or put the rules into several policies with a condition in the scope",
        )


def _takes_long(text: str) -> Iterator[tuple[str, str, str]]:
    found = compile_when(text).estimate
    if found.ms > MAX_MS:
        message = f"up to {found.ms:,.0f} ms on the largest conversation, more than {MAX_MS:g}"
        fix = "ask for less, or compare with a text of yours instead of with another attribute"
        yield "V138", f"{message}, mostly for {found.mostly}", fix

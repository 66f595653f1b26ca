"""Whether a condition (`when:`) comes out the same for every conversation, as far as trying it tells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product
from math import prod

from amity.conversation import Channel
from amity.policy.model import Scope
from amity.policy.when import FACTS, WhenError, compile_when

__all__ = ["constant"]

_FACT = re.compile(r"\bconversation\.([a-z_]{1,40})\b")
_TEXT = re.compile(r"'([^'\\]{0,80})'|\"([^\"\\]{0,80})\"")
_NUMBER = re.compile(r"-?\b[0-9]{1,12}(?:\.[0-9]{1,12})?\b")
_MOST_TRIALS = 2000
_FEWEST = {"turns": 1}


def constant(text: str, scope: Scope) -> bool | None:
    """What *text* always is for conversations in *scope*; None if it varies, or cannot be told.

    It is tried with values on both sides of every number and text that it names.
    """
    try:
        return compile_when(text).holds({})
    except WhenError:
        pass
    names = sorted(set(_FACT.findall(text)) & FACTS.keys())
    if "attributes" in text or not names:
        return None
    samples = [list(_samples(name, text, scope)) for name in names]
    if not all(samples) or prod(map(len, samples)) > _MOST_TRIALS:
        return None
    found = set(islice(_outcomes(text, names, samples), _MOST_TRIALS))
    return found.pop() if len(found) == 1 else None


def _outcomes(
    text: str, names: Sequence[str], samples: Sequence[Sequence[object]]
) -> Iterator[bool | None]:
    condition = compile_when(text)
    for chosen in product(*samples):
        facts: Mapping[str, object] = {
            f"conversation.{name}": value for name, value in zip(names, chosen, strict=True)
        }
        try:
            yield condition.holds(facts)
        except WhenError:
            yield None


def _samples(name: str, text: str, scope: Scope) -> Iterator[object]:
    """Values of the fact *name* that lie around everything that *text* compares with."""
    numbers = sorted({float(found) for found in _NUMBER.findall(text)})
    match FACTS[name]:
        case "BOOL":
            yield from (True, False)
        case "INT":
            least = _FEWEST.get(name, 0)
            around = {int(number) + step for number in numbers for step in (-1, 0, 1)}
            yield from sorted({max(least, value) for value in (*around, least, 1_000_000)})
        case "DOUBLE":
            low = -1.0 if name.startswith("course") else 0.0
            close = {number + step for number in numbers for step in (-0.001, 0.0, 0.001)}
            yield from sorted({min(1.0, max(low, value)) for value in (*close, low, 1.0)})
        case "STRING":
            yield from _words(name, text, scope)
        case _:
            return


def _words(name: str, text: str, scope: Scope) -> Iterator[str]:
    if name == "channel":
        # A conversation whose channel is not said passes every scope.
        yield from (Channel.UNSPECIFIED.value, *sorted(scope.channels or frozenset(Channel)))
        return
    written = {single or double for single, double in _TEXT.findall(text)}
    known = scope.languages if name == "language" else frozenset()
    yield from sorted(known or {*written, "", "zz"})

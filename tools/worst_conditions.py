"""How long the worst ``when`` conditions that are admitted take, on the largest conversation.

Puts together conditions at random from whatever costs time in CEL (loops, lists that grow, patterns,
searches, comparisons), keeps those that a policy may have, and runs each on 1,000 replies and on
attributes as large as the limits allow. Prints the slowest, and those that took longer than foretold::

    python tools/worst_conditions.py [--tries 20000] [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import suppress

from amity.limits import DEFAULT_LIMITS
from amity.policy.when import MAX_LENGTH, MAX_MS, WhenError, check_when, compile_when
from amity.source import Node, Problems

REPLIES = "conversation.response_times_s"
TEXT = "a" * DEFAULT_LIMITS.max_attribute_characters
FACTS = {
    REPLIES: list(range(DEFAULT_LIMITS.max_turns // 2)),
    "conversation.turns": DEFAULT_LIMITS.max_turns,
    "conversation.channel": "chat",
    "attributes": {
        "s": TEXT,
        "t": TEXT[:-1] + "b",
        "mixed": "".join(random.Random(1).choices("ab", k=len(TEXT))),  # noqa: S311 - not for secrets
        "many": list(range(80)),
        "texts": [TEXT] * 60,
        "deep": [[TEXT, n] for n in range(10)],
    },
}
LISTS = [REPLIES, "attributes.many", "attributes.texts", "attributes.deep", "[1, 2, 3]"]
TEXTS = ["attributes.s", "attributes.t", "attributes.mixed", "'aaab'", "conversation.channel"]
PATTERNS = [
    "(a|b)*a(a|b){12}c",
    "(a{0,60}){9}b",
    "(.*a.{20}c|.*b.{21}c)",
    "(a*)*b",
    "[^c]*[^d]*[^e]*z",
    "(?i)a.*b.*c.*d",
]


class Maker:
    """Makes conditions; *names* are the variables of the loops around."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance

    def condition(self, depth: int, names: tuple[str, ...] = ()) -> str:
        """Something that is true or false."""
        pick = self._chance.choice
        if depth <= 0:
            return self._leaf(names)
        match self._chance.randrange(8):
            case 0 | 1:
                joint = pick([" && ", " || "])
                return (
                    f"({self.condition(depth - 1, names)}{joint}{self.condition(depth - 1, names)})"
                )
            case 2 | 3 | 4:
                name = "xyz"[len(names) % 3]
                inner = self.condition(depth - 1, (*names, name))
                # Whatever the condition inside says, the loop must go through everything.
                kind, rest = pick([("all", " || true"), ("exists", " && false")])
                return f"{self.members(depth - 1, names)}.{kind}({name}, ({inner}){rest})"
            case 5:
                return f"{self.members(depth - 1, names)} == {self.members(depth - 1, names)}"
            case 6:
                return f"{self.members(depth - 1, names)}.size() > {self._chance.randrange(3)}"
            case _:
                return f"({self.condition(depth - 1, names)} || true)"

    def members(self, depth: int, names: tuple[str, ...]) -> str:
        """A list."""
        pick = self._chance.choice
        if depth <= 0 or self._chance.random() < 0.4:
            return pick(LISTS)
        match self._chance.randrange(3):
            case 0:
                name = "xyz"[len(names) % 3]
                return f"{self.members(depth - 1, names)}.filter({name}, true)"
            case 1:
                return f"({self.members(depth - 1, names)} + {self.members(depth - 1, names)})"
            case _:
                return f"[{self.members(depth - 1, names)}, {pick(LISTS)}]"

    def _leaf(self, names: tuple[str, ...]) -> str:
        pick = self._chance.choice
        leaves = [
            f"{pick(TEXTS)}.matches('{pick(PATTERNS)}')",
            f"{pick(TEXTS)}.contains({pick(TEXTS)})",
            f"{pick(TEXTS)} == {pick(TEXTS)}",
            f"{pick(LISTS)} == {pick(LISTS)}",
            f"{pick(TEXTS)}.size() > 5",
            f"{pick(LISTS)}.size() > 5",
            f"-1 in {pick(LISTS)}",
            "attributes == attributes",
        ]
        if names:
            name = pick(names)
            leaves += [f"{name} in {pick(LISTS)}", f"{name} == {pick(TEXTS)}", f"{name} == -1"]
        return pick(leaves)


def spent_ms(text: str) -> float:
    """How long the condition takes: the shortest of three, since others use the machine as well."""
    best = float("inf")
    for _ in range(3):
        began = time.perf_counter()
        with suppress(WhenError):
            compile_when(text).holds(FACTS)
        best = min(best, (time.perf_counter() - began) * 1000)
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tries", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 - not for secrets
    maker, found, refused = Maker(chance), [], 0
    texts = dict.fromkeys(maker.condition(chance.randrange(1, 5)) for _ in range(chosen.tries))
    for text in texts:
        if len(text) > MAX_LENGTH or not check_when(Node(text, "p.yaml", 1, 1), Problems()):
            refused += 1
            continue
        found.append((spent_ms(text), compile_when(text).estimate.ms, text))
        compile_when.cache_clear()
    found.sort(reverse=True)
    print(
        f"{len(texts):,} conditions, {refused:,} refused, {len(found):,} admitted (at most {MAX_MS:g} ms foretold)"
    )
    for ms, foretold, text in found[:5]:
        print(f"{ms:6.1f} ms, {foretold:5.1f} foretold: {text[:150]}")
    under = [each for each in found if each[0] > each[1] + 1.0]
    print(f"longer than foretold by more than 1 ms: {len(under)}")
    for ms, foretold, text in sorted(under, key=lambda each: each[1] - each[0])[:5]:
        print(f"{ms:6.1f} ms, {foretold:5.1f} foretold: {text[:150]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

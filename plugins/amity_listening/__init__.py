"""Listening: whether an agent's reply takes up what this customer said.

It compares the reply with the turns before it, so it needs them: on a first message it finds
nothing. English only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache

from amity.sdk import Detector, Finding, Role, TurnView, hookimpl
from amity_listening.hearing import (
    Heard,
    Reply,
    non_answers,
    paraphrases,
    personal,
    stock_empathy,
)
from amity_listening.words import content, readable

AMITY_API = 1
# How far back a reply is compared; further, and each turn would cost more than the one before.
MOST_TURNS_BACK = 12

_FINDERS: dict[str, Callable[[Reply], Iterator[Heard]]] = {
    "agent.paraphrase": paraphrases,
    "agent.non_answer": non_answers,
    "agent.personalisation": personal,
    "agent.scripted": stock_empathy,
}


class ListeningDetector:
    """Finds replies that give back, use or go past what the customer said."""

    name = "listening"
    signals = frozenset(_FINDERS)

    def detect(self, turns: Sequence[TurnView]) -> Iterator[Finding]:
        """Findings in *turns*, in the order of the turns."""
        # A reply is compared with all that were sent before it; no text is remembered beyond this call.
        content_of = cache(content)
        for turn in turns:
            is_read = turn.role in {Role.AGENT, Role.BOT} and turn.language in {"", "en"}
            if is_read and (reply := _reply(turn, content_of)):
                yield from _find(turn.index, reply)


def _find(index: int, reply: Reply) -> Iterator[Finding]:
    for signal, finder in _FINDERS.items():
        for heard in finder(reply):
            yield Finding(signal, index, heard.start, heard.end, heard.score)


def _reply(turn: TurnView, content_of: Callable[[str], frozenset[str]]) -> Reply | None:
    """The turn with what was said before it; None if the customer has said nothing yet."""
    said = turn.conversation.turns
    asked: list[str] = []
    told: list[str] = []
    replied: list[str] = []
    is_asked = False
    for index in range(turn.index - 1, max(-1, turn.index - 1 - MOST_TURNS_BACK), -1):
        if turn.roles[said[index].participant_id] is Role.CUSTOMER:
            (told if is_asked else asked).append(readable(said[index].text))
        elif asked:
            is_asked = True
            replied.append(readable(said[index].text))
    if not asked:
        return None
    return Reply(readable(turn.text), "\n".join(reversed(asked)), told, replied, content_of)


@hookimpl
def amity_detectors() -> Iterable[Detector]:
    """One detector."""
    return [ListeningDetector()]

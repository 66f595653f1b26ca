"""What plugin authors test with: short conversations, and a check of the detector contract.

>>> talk("customer: It broke again.", "agent: I'm sorry. I'll replace it today.").turns[1].text
"I'm sorry. I'll replace it today."
"""

from __future__ import annotations

from collections.abc import Iterable

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.plugins.contract import Detector, Finding, views
from amity.signals import SPEAKERS

__all__ = ["check_detector", "talk"]


def talk(*lines: str, channel: Channel = Channel.CHAT, locale: str = "en") -> Conversation:
    """A conversation from lines such as "customer: Hello" or "agent Tom: Hello".

    Each role and name is one participant. Raises ValueError for a line that does not begin with a
    role and a colon.
    """
    people: dict[str, Participant] = {}
    turns = []
    for line in lines:
        speaker, colon, text = line.partition(":")
        role, _, name = speaker.strip().partition(" ")
        if not colon or role not in tuple(Role):
            raise ValueError(f'"{line}" must begin with a role and a colon, such as "agent: "')
        people.setdefault(speaker, Participant(speaker.strip(), Role(role), name))
        turns.append(Turn(people[speaker].id, text.strip()))
    return Conversation("talk", tuple(people.values()), tuple(turns), channel, locale)


def check_detector(detector: Detector, conversations: Iterable[Conversation]) -> list[Finding]:
    """Check on *conversations* that *detector* keeps its contract; gives all that it found.

    It must report only signals that it declares, of speakers who may speak them, with scores from 0
    to 1 and spans inside the turn; the same each time; and for each turn the same whether later
    turns are there or not. Raises AssertionError with the first breach.
    """
    assert isinstance(detector, Detector), "a detector has name, signals and detect()"
    everything: list[Finding] = []
    for conversation in conversations:
        turns = views(conversation)
        found = list(detector.detect(turns))
        assert found == list(detector.detect(turns)), "the same turns must give the same findings"
        one_by_one = [finding for turn in turns for finding in detector.detect([turn])]
        assert sorted(map(repr, found)) == sorted(map(repr, one_by_one)), (
            "what is found in a turn must not depend on which turns are passed with it"
        )
        for finding in found:
            _check_finding(detector, finding, conversation)
        everything += found
    return everything


def _check_finding(detector: Detector, finding: Finding, conversation: Conversation) -> None:
    turn = conversation.turns[finding.turn]
    role = conversation.roles()[turn.participant_id]
    assert finding.signal in detector.signals, f"{finding.signal} is not declared"
    assert role in SPEAKERS[finding.signal.partition(".")[0]], f"{finding.signal} of a {role}"
    assert 0 <= finding.score <= 1, f"score {finding.score}"
    assert 0 <= finding.start < finding.end <= len(turn.text), "the span leaves the turn"

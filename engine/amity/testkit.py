"""What plugin authors test with: short conversations, and checks of the contracts of detectors and actions.

>>> talk("customer: It broke again.", "agent: I'm sorry. I'll replace it today.").turns[1].text
"I'm sorry. I'll replace it today."
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.plugins.contract import (
    Action,
    DeliveredAction,
    Detector,
    Finding,
    Message,
    Moment,
    views,
)
from amity.signals import SPEAKERS

__all__ = ["check_action", "check_detector", "talk"]

_SHORTEST_TELLING = 4  # characters; a shorter text may well be part of an id


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


def check_action(action: Action, conversations: Iterable[Conversation]) -> list[Message]:
    """Check at every turn of *conversations* that *action* keeps its contract; gives what it sends.

    It must say something and the same each time; and the facts that it sends must be JSON without a
    turn's text or anybody's name, which belong into words. Raises AssertionError with the first
    breach.
    """
    assert isinstance(action, Action), "an action has name, title and propose()"
    sent: list[Message] = []
    for conversation in conversations:
        for index, turn in enumerate(conversation.turns):
            moment = Moment("policy", "rule", "Title", "major", index, "-", "-", (turn.text,))
            text = action.propose(moment, conversation)
            assert text, "propose must say something"
            assert text == action.propose(moment, conversation), "the same moment, the same text"
            if isinstance(action, DeliveredAction):
                message = action.message(moment, conversation)
                sent += [_checked(message, conversation)] if message is not None else []
    return sent


def _checked(message: Message, conversation: Conversation) -> Message:
    facts, _ = (json.dumps(part, ensure_ascii=False) for part in (message.facts, message.words))
    # An id may well have a name in it, and ids are facts.
    for person in conversation.participants:
        facts = facts.replace(json.dumps(person.id, ensure_ascii=False), "")
    texts = (turn.text for turn in conversation.turns)
    names = (person.display_name for person in conversation.participants)
    for private in (*texts, *names):
        # As JSON writes it, or a line end would hide the text.
        is_told = json.dumps(private, ensure_ascii=False)[1:-1] in facts
        is_telling = len(private) >= _SHORTEST_TELLING
        assert not (is_told and is_telling), f"facts tell “{private}”, which are words"
    return message

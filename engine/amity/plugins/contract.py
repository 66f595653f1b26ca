"""What a plugin contributes: detectors, actions, signals and policy folders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from amity.conversation import Channel, Conversation, Role
from amity.signals import NO_ATTRIBUTES, Signal

__all__ = [
    "Action",
    "DeliveredAction",
    "Detector",
    "Finding",
    "JsonValue",
    "Message",
    "Moment",
    "OpinionatedDetector",
    "Refiner",
    "TurnView",
    "views",
]

_MOST_TURNS_BACK = 20
JsonValue = str | int | float | bool | None | Sequence["JsonValue"] | Mapping[str, "JsonValue"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One signal that a detector found in one turn.

    ``turn`` is the index of the turn; ``start`` and ``end`` are half-open code-point offsets into
    its text and must lie inside it; ``score`` is the confidence from 0 to 1.
    """

    signal: str
    turn: int
    start: int
    end: int
    score: float
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES)


@dataclass(frozen=True, slots=True)
class TurnView:
    """One turn as a detector sees it: the turn itself and what came before, never what follows.

    Detection may not depend on the future, because the same detector judges live conversations;
    the test kit checks that it does not.
    """

    conversation: Conversation
    index: int
    role: Role
    text: str
    roles: Mapping[str, Role]

    @property
    def participant_id(self) -> str:
        """The id of the speaker."""
        return self.conversation.turns[self.index].participant_id

    @property
    def sent_at(self) -> datetime | None:
        """When the turn was sent, if the caller said so."""
        return self.conversation.turns[self.index].sent_at

    @property
    def channel(self) -> Channel:
        """How the conversation is held."""
        return self.conversation.channel

    @property
    def language(self) -> str:
        """The primary language subtag, or ``""`` when the caller did not say."""
        return self.conversation.language

    def earlier(self) -> tuple[TurnView, ...]:
        """The turns before this one, oldest first."""
        return tuple(self._view(index) for index in range(self.index))

    def move_before(self) -> tuple[TurnView, ...]:
        """The run of turns that somebody in another role said just before this speaker's run."""
        index = self.index - 1
        while index >= 0 and self._role(index) is self.role:
            index -= 1
        end = index + 1
        while index >= 0 and self._role(index) is self._role(end - 1):
            index -= 1
        return tuple(self._view(found) for found in range(index + 1, end))

    def answered(self) -> TurnView | None:
        """The nearest turn of the other side among the last twenty before this one, or None.

        Agents and bots are on one side. A colleague answers customers, agents and other colleagues.
        """
        own = _side(self.role)
        for index in range(self.index - 1, max(-1, self.index - 1 - _MOST_TURNS_BACK), -1):
            is_other = self.conversation.turns[index].participant_id != self.participant_id
            if _side(self._role(index)) is not own or (own is Role.COLLEAGUE and is_other):
                return self._view(index)
        return None

    def _role(self, index: int) -> Role:
        return self.roles[self.conversation.turns[index].participant_id]

    def _view(self, index: int) -> TurnView:
        return TurnView(
            self.conversation,
            index,
            self._role(index),
            self.conversation.turns[index].text,
            self.roles,
        )


def _side(role: Role) -> Role:
    return Role.AGENT if role is Role.BOT else role


def views(conversation: Conversation, start: int = 0) -> tuple[TurnView, ...]:
    """A view of each turn from *start* on."""
    roles = conversation.roles()
    return tuple(
        TurnView(conversation, index, roles[turn.participant_id], turn.text, roles)
        for index, turn in enumerate(conversation.turns)
        if index >= start
    )


@runtime_checkable
class Detector(Protocol):
    """Finds signals in turns.

    ``name`` is unique among detectors; ``signals`` are all names that ``detect`` may report.
    """

    name: str
    signals: frozenset[str]

    def detect(self, turns: Sequence[TurnView]) -> Iterable[Finding]:
        """Findings in *turns*, which are new and in order; several at once so that work can be shared.

        What is found in a turn may depend on that turn and the earlier ones only, not on how many
        turns were passed together. Called on the server's event loop: return quickly, never block.
        An exception makes this detector's signals unknown in the turns for which it is raised.
        """
        ...


@runtime_checkable
class OpinionatedDetector(Detector, Protocol):
    """A detector that also says how likely it holds what others found.

    What it holds for unlikely lowers the score of the merged signal, and what it holds for likely
    raises it (docs/plugins.md); the signal's sources name its opinion.
    """

    def opinions(
        self, turns: Sequence[TurnView], found: Sequence[Finding]
    ) -> Sequence[float | None]:
        """For each of *found*, in *turns*, how likely it is (0 to 1), or None for no opinion.

        Called straight after ``detect`` with the same *turns*, in the same thread. An exception
        leaves the scores as they were reported, and is told with the decision.
        """
        ...


@runtime_checkable
class Refiner(Protocol):
    """Says more about signals that detectors found, whichever they were.

    ``name`` is unique among refiners; ``signals`` are the names that it is asked about.
    """

    name: str
    signals: frozenset[str]

    def refine(self, turn: TurnView, signal: Signal) -> Mapping[str, str]:
        """Attributes to add to *signal*, which was found in *turn*; they replace those of the same name.

        Called after detection, on the server's event loop: return quickly, never block. An exception
        makes the signal unknown in that turn, for a condition on its attributes could not be judged.
        """
        ...


@dataclass(frozen=True, slots=True)
class Moment:
    """A missed duty that asks for an action: the policy and rule, where it was, and how to coach it."""

    policy: str
    rule: str
    title: str
    severity: str
    turn: int
    reason: str
    coach: str
    quotes: tuple[str, ...]


@runtime_checkable
class Action(Protocol):
    """Something that can be done about a missed duty; rules name it by ``name``."""

    name: str
    title: str

    def propose(self, moment: Moment, conversation: Conversation) -> str:
        """Say in one or two sentences what to do about *moment*; raise nothing, change nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """What an action has sent to the targets that take it (docs/actions.md).

    ``facts`` go to each of them, so they may hold ids, codes and advice of policies, and never a
    word of the conversation or a name; what does goes into ``words``, which only targets that ask
    for text are sent. Both must be what JSON can say. ``kinds`` of target and ``targets`` by name
    narrow where it goes; empty, it goes to every target that takes the action.
    """

    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    words: Mapping[str, JsonValue] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()


@runtime_checkable
class DeliveredAction(Action, Protocol):
    """An action that says itself what is sent about it.

    An action without ``message`` is sent too, if a target takes it: with the moment and, to targets
    that ask for text, with what ``propose`` said.
    """

    def message(self, moment: Moment, conversation: Conversation) -> Message | None:
        """What to send about *moment* beside the moment itself; None to send nothing.

        Called once for each missed duty, after ``propose``. If it raises, the moment is sent as for
        an action without ``message``, and the decision says that it failed.
        """
        ...

"""The conversation that is judged: frozen values, in the order in which things were said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

__all__ = ["AttributeValue", "Channel", "Conversation", "Participant", "Role", "Turn"]

AttributeValue = (
    str | int | float | bool | None | tuple["AttributeValue", ...] | Mapping[str, "AttributeValue"]
)


class Role(StrEnum):
    """Who somebody is in the conversation."""

    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    COLLEAGUE = "colleague"


class Channel(StrEnum):
    """How the conversation was held; ``UNSPECIFIED`` when the caller does not say."""

    UNSPECIFIED = "unspecified"
    CHAT = "chat"
    EMAIL = "email"
    VOICE = "voice"
    SOCIAL = "social"
    MESSAGING = "messaging"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part. ``id`` is unique within the conversation."""

    id: str
    role: Role
    display_name: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """One message or utterance, exactly as it was sent; ``sent_at`` is aware, or None if unknown."""

    participant_id: str
    text: str
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation, finished or under way.

    ``locale`` is a BCP 47 tag (``en-GB``) or empty; ``attributes`` are facts that the caller's
    system knows (tier, product, contact reason).
    """

    id: str
    participants: tuple[Participant, ...]
    turns: tuple[Turn, ...]
    channel: Channel = Channel.UNSPECIFIED
    locale: str = ""
    attributes: Mapping[str, AttributeValue] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def language(self) -> str:
        """The primary language subtag of the locale in lower case, or ``""`` if unknown.

        >>> Conversation("c", (), (), locale="en-GB").language
        'en'
        """
        return self.locale.replace("_", "-").split("-")[0].lower()

    def roles(self) -> dict[str, Role]:
        """The role of each participant by id."""
        return {participant.id: participant.role for participant in self.participants}

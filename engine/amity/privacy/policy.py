"""What becomes of each field of a record, how long its forms are kept, and what is recognised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

from amity.conversation import Role
from amity.policy.model import Severity

__all__ = [
    "DEFAULT_POLICY",
    "Action",
    "AttributeRules",
    "Keep",
    "Longer",
    "PersonRules",
    "PrivacyPolicy",
    "Recognise",
    "Retention",
]


class Action(StrEnum):
    """What becomes of a field in the view."""

    KEEP = "keep"  # as it is
    REDACT = "redact"  # personal data in it, or the whole of a name or an id, becomes a placeholder
    DROP = "drop"  # it is left empty, or out
    HASH = "hash"  # HMAC-SHA256 under the log's hash key: the same value has the same hash


@dataclass(frozen=True, slots=True)
class PersonRules:
    """What becomes of the ids and the display names of participants of one role."""

    id: Action
    name: Action


@dataclass(frozen=True, slots=True)
class AttributeRules:
    """What becomes of attributes: those at ``paths`` by their own action, others by the default.

    A path has the keys from the outside in; ``*`` stands for any key or place in a list. What lies
    below a path is under its action unless a longer path says otherwise.
    """

    default: Action = Action.REDACT
    paths: Mapping[tuple[str, ...], Action] = field(default_factory=lambda: MappingProxyType({}))

    def at(self, path: tuple[str, ...]) -> Action:
        """The action for the attribute at *path*: the longest path that leads to it decides."""
        for size in range(len(path), 0, -1):
            for pattern, action in self.paths.items():
                if len(pattern) == size and _leads(pattern, path):
                    return action
        return self.default


def _leads(pattern: tuple[str, ...], path: tuple[str, ...]) -> bool:
    return all(step in {"*", key} for step, key in zip(pattern, path, strict=False))


@dataclass(frozen=True, slots=True)
class Recognise:
    """What is looked for in texts.

    ``countries`` are those whose identifiers are; ``phone_regions`` those whose telephone numbers
    are written without a country code; ``leave_out`` are kinds that are not redacted;
    ``long_digits`` is the least length of a run of digits that is redacted whatever it is, or 0.
    """

    countries: tuple[str, ...] = ("uk", "us")
    phone_regions: tuple[str, ...] = ("US", "GB", "DE", "FR", "ES", "IT", "NL", "IN", "AU", "BR")
    leave_out: frozenset[str] = frozenset()
    long_digits: int = 0
    names: frozenset[Role] = frozenset({Role.CUSTOMER, Role.AGENT, Role.COLLEAGUE})


@dataclass(frozen=True, slots=True)
class Keep:
    """For how long each form is kept; None is for ever."""

    sealed: timedelta | None = None
    view: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Longer:
    """Records in which a rule of this severity or worse was missed, or this rule, are kept longer.

    ``rule`` is "policy/rule". A form of which nothing is asked is kept for no time more.
    """

    keep: Keep
    severity: Severity | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the forms of records are kept."""

    keep: Keep = Keep()
    longer: tuple[Longer, ...] = ()

    @property
    def shortest(self) -> timedelta | None:
        """The age under which no form of any record goes; None if none ever does."""
        ages = [age for age in (self.keep.sealed, self.keep.view) if age is not None]
        return min(ages, default=None)


_PEOPLE: Mapping[Role, PersonRules] = MappingProxyType(
    {
        Role.CUSTOMER: PersonRules(Action.HASH, Action.REDACT),
        Role.AGENT: PersonRules(Action.KEEP, Action.REDACT),
        Role.BOT: PersonRules(Action.KEEP, Action.KEEP),
        Role.COLLEAGUE: PersonRules(Action.KEEP, Action.REDACT),
    }
)


@dataclass(frozen=True, slots=True)
class PrivacyPolicy:
    """Everything that a privacy file says.

    ``customer_id`` are the places of the customer's own id, of which the first that has one counts:
    a path of attributes, or an empty path for the participant's id.
    """

    conversation_id: Action = Action.KEEP
    text: Action = Action.REDACT
    people: Mapping[Role, PersonRules] = field(default_factory=lambda: _PEOPLE)
    attributes: AttributeRules = AttributeRules()
    recognise: Recognise = Recognise()
    customer_id: tuple[tuple[str, ...], ...] = (("customer_id",), ("customerId",), ())
    retention: Retention = Retention()


DEFAULT_POLICY = PrivacyPolicy()

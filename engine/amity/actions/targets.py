"""Targets: where actions are delivered, and how patiently."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

from amity.actions.signature import Key

__all__ = ["KINDS", "Include", "Retries", "Target", "Targets"]

KINDS = ("webhook",)
DEFAULT_SOURCE = "/amity"


class Include(StrEnum):
    """What a target is sent of a conversation: ids only, or what was said as well."""

    IDS = "ids"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Retries:
    """How often delivery is tried, and how long to wait between: doubled each time, up to a limit."""

    attempts: int = 12
    first_wait_s: float = 5
    longest_wait_s: float = 6 * 3600


@dataclass(frozen=True, slots=True)
class Target:
    """A receiver of webhooks. With two ``keys`` each message carries two signatures."""

    name: str
    url: str = field(repr=False)  # it may hold a secret of its own
    actions: frozenset[str]
    keys: tuple[Key, ...] = ()
    kind: str = "webhook"
    include: Include = Include.IDS
    link: str = ""
    timeout_s: float = 10
    concurrency: int = 4
    retries: Retries = Retries()
    allow_private: bool = False
    ca_file: str = ""

    @property
    def host(self) -> str:
        """The name or address in the URL, in lower case."""
        return urlsplit(self.url).hostname or ""


@dataclass(frozen=True, slots=True)
class Targets:
    """All targets of a file. ``source`` is what CloudEvents call the source of an event."""

    targets: tuple[Target, ...] = ()
    source: str = DEFAULT_SOURCE

    def __iter__(self) -> Iterator[Target]:
        """Each target in the order of the file."""
        return iter(self.targets)

    def taking(self, action: str) -> list[Target]:
        """The targets to which *action* goes."""
        return [target for target in self.targets if action in target.actions]

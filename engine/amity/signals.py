"""Signals: what detectors find and policies speak of, and the catalogue of their names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from amity.conversation import Role

__all__ = ["Catalogue", "Kind", "Signal", "SignalDefinition", "Source", "builtin_catalogue"]

NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})

# Who may speak a signal of each subject. Bots speak in an agent's place; whether a policy counts
# them is the policy's own choice (`scores`).
SPEAKERS: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "customer": frozenset({Role.CUSTOMER}),
        "agent": frozenset({Role.AGENT, Role.BOT}),
        "team": frozenset({Role.COLLEAGUE}),
    }
)


class Kind(StrEnum):
    """What sort of thing a signal is; an emotion may only be read of a customer."""

    EMOTION = "emotion"
    NEED = "need"
    RISK = "risk"
    OUTCOME = "outcome"
    CARE = "care"
    LAPSE = "lapse"
    ACT = "act"


@dataclass(frozen=True, slots=True)
class SignalDefinition:
    """A name that detectors may report, with what it means and what it does not.

    ``noun`` is what English renderings call it where the name itself is no noun.
    """

    name: str
    kind: Kind
    meaning: str
    not_meant: str = ""
    noun: str = ""

    @property
    def subject(self) -> str:
        """Whose wording it is: ``customer``, ``agent`` or ``team``."""
        return self.name.partition(".")[0]

    @property
    def words(self) -> str:
        """The name as it reads in a sentence: ``customer.effort`` is "customer effort"."""
        return self.name.replace(".", " ").replace("_", " ")


@dataclass(frozen=True, slots=True)
class Source:
    """Which detector reported a signal, and how sure it was (0 to 1)."""

    detector: str
    score: float


@dataclass(frozen=True, slots=True)
class Signal:
    """Here, in this turn, at these characters, this happened, with this confidence.

    ``turn`` counts from 0; ``start`` and ``end`` are half-open code-point offsets into the turn's
    text as it was sent, and ``quote`` is exactly that slice. ``score`` is from 0 to 1.
    """

    name: str
    turn: int
    start: int
    end: int
    quote: str
    score: float
    sources: tuple[Source, ...]
    attributes: Mapping[str, str] = field(default_factory=lambda: NO_ATTRIBUTES)


class Catalogue:
    """All signal names that are known, built in or contributed by plugins."""

    def __init__(self, definitions: Iterable[SignalDefinition]) -> None:
        self._by_name = {definition.name: definition for definition in definitions}

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> SignalDefinition:
        return self._by_name[name]

    def __iter__(self) -> Iterator[SignalDefinition]:
        return iter(self._by_name.values())

    def __len__(self) -> int:
        return len(self._by_name)

    def names(self) -> list[str]:
        """Every name, in the catalogue's order."""
        return list(self._by_name)


@cache
def builtin_catalogue() -> Catalogue:
    """The signals that Amity itself defines (``catalogue.toml`` beside this file)."""
    table = tomllib.loads((files("amity") / "catalogue.toml").read_text(encoding="utf-8"))
    return Catalogue(
        SignalDefinition(
            name=f"{subject}.{behaviour}",
            kind=Kind(entry["kind"]),
            meaning=entry["meaning"],
            not_meant=entry.get("not_meant", ""),
            noun=entry.get("noun", ""),
        )
        for subject, behaviours in table.items()
        for behaviour, entry in behaviours.items()
    )

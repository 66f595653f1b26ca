"""What lint looks at: the files as they were written, what was read from them, and what is loaded around."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

import yaml

from amity.cues.values import CuePack, CueScopes
from amity.policy.case import CaseFile
from amity.policy.conversation_files import Files
from amity.policy.model import Place, Policy, Rule
from amity.signals import Catalogue
from amity.source import Node

__all__ = ["LintFile", "Subject", "Surroundings", "Written"]

Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the loaded plugins offer.

    ``detectable`` are the signals that a loaded detector can report. ``highest_scores`` and
    ``lowest_scores`` have those signals of which it is known how sure their detectors ever are.
    """

    actions: frozenset[str] = frozenset()
    detectable: frozenset[str] = frozenset()
    highest_scores: Scores = field(default_factory=lambda: MappingProxyType({}))
    lowest_scores: Scores = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Written:
    """A scalar as it stands in a file. ``keys`` lead to it; ``place`` is where it begins."""

    text: str
    is_plain: bool
    place: Place
    end: Place
    keys: tuple[str, ...]


@dataclass(frozen=True)
class LintFile:
    """One file: its text, and its document where it is YAML at all.

    ``beside`` gives the conversation files to which it may refer.
    """

    name: str
    text: str
    node: Node | None
    beside: Files | None = None

    @cached_property
    def lines(self) -> list[str]:
        """The lines, without their ends."""
        return self.text.split("\n")

    @cached_property
    def scalars(self) -> list[Written]:
        """Every value that is text or a number, in order; none where the file is not YAML."""
        return list(_scalars(self._events, self.name))

    @cached_property
    def anchors(self) -> list[tuple[str, Place]]:
        """Every anchor that no alias refers to, with the place of what it names."""
        used = {event.anchor for event in self._events if isinstance(event, yaml.AliasEvent)}
        named = [event for event in self._events if getattr(event, "anchor", None)]
        return [
            (event.anchor, _marked(event.start_mark, self.name))
            for event in named
            if event.anchor not in used
        ]

    @cached_property
    def tags(self) -> list[tuple[str, Place]]:
        """Every tag that is written out, with the place of what it stands before."""
        tagged = [event for event in self._events if getattr(event, "tag", None) not in {None, "!"}]
        return [(event.tag, _marked(event.start_mark, self.name)) for event in tagged]

    @cached_property
    def _events(self) -> list[Any]:
        if self.node is None:
            return []
        loader = yaml.CSafeLoader(self.text)
        try:
            return list(iter(loader.get_event, None))
        finally:
            loader.dispose()

    def place(self, line: int, column: int) -> Place:
        """A place in this file; both count from 1."""
        return Place(self.name, line, column)


@dataclass(frozen=True)
class Subject:
    """Everything that is linted together; what does not load is in ``files`` only."""

    files: tuple[LintFile, ...]
    policies: tuple[Policy, ...]
    packs: tuple[CuePack, ...]
    scopes: tuple[CueScopes, ...]
    case_files: tuple[CaseFile, ...]
    catalogue: Catalogue
    around: Surroundings

    def rules(self) -> Iterator[tuple[Policy, Rule]]:
        """Every rule with its policy."""
        return ((policy, rule) for policy in self.policies for rule in policy.rules)

    def at(self, owner: Place, *keys: str) -> Place:
        """Where the value of the first of *keys* that is written stands; else *owner* itself."""
        node = self._written.get((owner.file, owner.line, owner.column))
        for key in keys if node else ():
            found = node
            for part in key.split("."):
                found = found.entries.get(part) if found else None
            if found:
                return Place(found.file, found.line, found.column)
        return owner

    @cached_property
    def _written(self) -> dict[tuple[str, int, int], Node]:
        """The mappings that policies and rules were read from, by their places."""
        roots = [file.node for file in self.files if file.node]
        items = [
            item
            for root in roots
            if "rules" in root.entries
            for item in root.entries["rules"].items
        ]
        return {(node.file, node.line, node.column): node for node in (*items, *roots)}


def _scalars(events: Iterable[Any], file: str) -> Iterator[Written]:
    """The scalars of *events*, each with the keys that lead to it."""
    # One frame for each open collection: the key that is being read, or None for a list.
    frames: list[list[str | None]] = []
    is_key: list[bool] = []
    for event in events:
        match event:
            case yaml.MappingStartEvent():
                frames.append([""])
                is_key.append(True)
            case yaml.SequenceStartEvent():
                frames.append([None])
                is_key.append(False)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                frames.pop()
                is_key.pop()
                _turn(frames, is_key)
            case yaml.ScalarEvent() if frames and is_key[-1]:
                frames[-1][0] = event.value
                is_key[-1] = False
            case yaml.ScalarEvent():
                yield _written(event, file, tuple(key for [key] in frames if key))
                _turn(frames, is_key)
            case yaml.AliasEvent():
                _turn(frames, is_key)
            case _:
                pass


def _turn(frames: list[list[str | None]], is_key: list[bool]) -> None:
    """After a value of a mapping comes a key."""
    if frames and frames[-1][0] is not None:
        is_key[-1] = True


def _written(event: yaml.ScalarEvent, file: str, keys: tuple[str, ...]) -> Written:
    return Written(
        text=event.value,
        is_plain=not event.style,
        place=_marked(event.start_mark, file),
        end=_marked(event.end_mark, file),
        keys=keys,
    )


def _marked(mark: Any, file: str) -> Place:
    return Place(file, mark.line + 1, mark.column + 1)

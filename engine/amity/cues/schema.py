"""Reading the parts that cue packs and scope files share; every problem is told, none stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from amity.cues.language import PhrasingError, parse
from amity.cues.values import Example, Phrasing
from amity.source import Node, Problems

__all__ = ["brief", "examples", "fields", "header", "members", "number", "phrasings", "text"]

API_VERSION = "amity/v1"
Read = TypeVar("Read")


def fields(
    node: Node, required: Sequence[str], optional: Sequence[str], problems: Problems
) -> dict[str, Node]:
    """The entries of *node* whose keys are known; problems for the others and for missing ones."""
    if not isinstance(node.value, dict):
        problems.add(
            "Q101",
            node,
            f"expected a mapping, not {node.kind}",
            "write keys and values; see docs/cues.md",
        )
        return {}
    for key, place in node.keys.items():
        if key not in required and key not in optional:
            problems.add(
                "Q103",
                place,
                f'unknown key "{key}"',
                "known here: " + ", ".join((*required, *optional)),
            )
    for key in required:
        if key not in node.entries:
            problems.add("Q102", node, f'"{key}" is missing', f'add "{key}"')
    return {key: node.entries[key] for key in (*required, *optional) if key in node.entries}


def text(node: Node | None, problems: Problems, default: str = "") -> str:
    """The text at *node*; a number counts as text, so that ``cue: 404`` needs no quotes."""
    if node is None:
        return default
    if isinstance(node.value, str):
        return node.value
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        return str(node.value)
    problems.add("Q101", node, f"expected text, not {node.kind}", "put the text in quotes")
    return default


def number(node: Node, low: float, high: float, code: str, problems: Problems) -> float | None:
    """The number at *node* if it is from *low* to *high*, else None with problem *code*."""
    value = node.value
    if isinstance(value, str) and value.replace(".", "", 1).isdecimal():
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return value
    problems.add(
        code,
        node,
        f"expected a number from {low:g} to {high:g}",
        f"write a number from {low:g} to {high:g}",
    )
    return None


def header(node: Node, problems: Problems) -> tuple[str, str]:
    """The name and the language of the file; checks ``apiVersion`` and ``metadata``."""
    version = node.entries.get("apiVersion")
    if version is not None and version.value != API_VERSION:
        problems.add(
            "Q104",
            version,
            f'unknown apiVersion "{version.value}"',
            f"write apiVersion: {API_VERSION}",
        )
    place = node.entries.get("metadata")
    if place is None:
        return "", "en"
    known = fields(
        place, ("name",), ("title", "language", "owner", "version", "description"), problems
    )
    for key in ("title", "owner", "description", "version"):
        text(known.get(key), problems)
    return text(known.get("name"), problems), text(known.get("language"), problems, "en").lower()


def members(
    node: Node | None, problems: Problems, read: Callable[[Node], Read | None]
) -> tuple[Read, ...]:
    """What *read* makes of *node*, or of each member if it is a list; an empty list is a problem."""
    if node is None:
        return ()
    if isinstance(node.value, list) and not node.value:
        problems.add("Q105", node, "an empty list", "add at least one member, or remove the key")
    parts = node.value if isinstance(node.value, list) else [node]
    return tuple(value for part in parts if (value := read(part)) is not None)


def phrasings(node: Node | None, problems: Problems) -> tuple[Phrasing, ...]:
    """The phrasings at *node*: one or a list. A phrasing that cannot be read is left out."""

    def read(part: Node) -> Phrasing | None:
        written = text(part, problems)
        if not written:
            return None
        try:
            return Phrasing(written, part, parse(written))
        except PhrasingError as error:
            problems.add(
                error.code,
                part,
                f"{error.message}, at character {error.column} of {brief(written)}",
                error.fix,
            )
            return None

    return members(node, problems, read)


def brief(written: str) -> str:
    """*written* in quotes, cut to what fits in a message."""
    return f'"{written}"' if len(written) <= 60 else f'"{written[:57]}..."'


def examples(node: Node | None, problems: Problems) -> tuple[Example, ...]:
    """The examples at *node*: texts, or mappings of ``text`` and ``after``."""

    def read(part: Node) -> Example | None:
        if isinstance(part.value, dict):
            known = fields(part, ("text",), ("after",), problems)
            written = text(known.get("text"), problems)
            return Example(written, text(known.get("after"), problems), part) if written else None
        written = text(part, problems)
        return Example(written, "", part) if written else None

    return members(node, problems, read)

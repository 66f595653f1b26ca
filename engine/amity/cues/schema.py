"""What cue packs and scope files are read with: every problem is told, and none stops the rest."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from amity.cues.language import PhrasingError, parse
from amity.cues.values import Example, Phrasing
from amity.source import Node, Problems

__all__ = [
    "brief",
    "examples",
    "fields",
    "header",
    "members",
    "number",
    "one_of",
    "phrasings",
    "tell_kind",
    "tell_phrasing",
    "text",
]

API_VERSION = "amity/v1"
_BRIEF = 60
Read = TypeVar("Read")


def fields(
    node: Node, required: Sequence[str], optional: Sequence[str], problems: Problems
) -> dict[str, Node]:
    """The entries of *node* whose keys are known; problems for the others and for missing ones."""
    if not isinstance(node.value, dict):
        tell_kind(node, "a mapping", "write keys and values; see docs/cues.md", problems)
        return {}
    known = (*required, *optional)
    for key, place in node.keys.items():
        if key not in known:
            problems.add("Q103", place, f'unknown key "{key}"', "known here: " + ", ".join(known))
    for key in required:
        if key not in node.entries:
            problems.add("Q102", node, f'"{key}" is missing', f'add "{key}"')
    return {key: node.entries[key] for key in known if key in node.entries}


def tell_kind(node: Node, wanted: str, fix: str, problems: Problems) -> None:
    """Tell that *node* should be of another kind."""
    problems.add("Q101", node, f"expected {wanted}, not {node.kind}", fix)


def text(node: Node | None, problems: Problems, default: str = "") -> str:
    """The text at *node*; a number counts as text, so that ``cue: 404`` needs no quotes."""
    if node is None:
        return default
    value = node.value
    if isinstance(value, str) and value.strip():
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str):
        problems.add("Q101", node, "expected text, but it is empty", "write the text")
    else:
        tell_kind(node, "text", "put the text in quotes", problems)
    return default


def number(node: Node, high: float, code: str, problems: Problems) -> float:
    """The number from 0 to *high* at *node*; 0 with problem *code* if it is not one."""
    value = node.value
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= high:
        return value
    wanted = f"a number from 0 to {high:g}"
    problems.add(code, node, f'"{node.plain()}" is not {wanted}', f"write {wanted}")
    return 0


def one_of(node: Node | None, choices: tuple[str, ...], problems: Problems) -> str:
    """The one of *choices* that stands at *node*; empty if none does."""
    if node is None:
        return ""
    if isinstance(node.value, str) and node.value in choices:
        return node.value
    fix = "write one of: " + ", ".join(choices)
    problems.add("Q112", node, f'"{node.plain()}" is not a choice here', fix)
    return ""


def header(node: Node, problems: Problems) -> tuple[str, str]:
    """The name and the language of the file; checks ``apiVersion`` and ``metadata``."""
    version = node.entries.get("apiVersion")
    if version is not None and version.value != API_VERSION:
        message = f'unknown apiVersion "{version.plain()}"'
        problems.add("Q104", version, message, f"write apiVersion: {API_VERSION}")
    place = node.entries.get("metadata")
    if place is None:
        return "", "en"
    others = ("title", "owner", "description", "version")
    known = fields(place, ("name",), ("language", *others), problems)
    for key in others:
        text(known.get(key), problems)
    name = text(known.get("name"), problems)
    return name, text(known.get("language"), problems, "en").lower()


def members(
    node: Node | None, problems: Problems, read: Callable[[Node], Read | None]
) -> tuple[Read, ...]:
    """What *read* makes of *node*, or of each member of a list; an empty list is a problem."""
    if node is None:
        return ()
    if node.value == []:
        problems.add("Q105", node, "an empty list", "add a member, or remove the key")
    parts = node.value if isinstance(node.value, list) else [node]
    return tuple(value for part in parts if (value := read(part)) is not None)


def phrasings(node: Node | None, problems: Problems) -> tuple[Phrasing, ...]:
    """The phrasings at *node*: one or a list, without those that cannot be read."""

    def read(part: Node) -> Phrasing | None:
        written = text(part, problems)
        try:
            return Phrasing(written, part, parse(written)) if written else None
        except PhrasingError as error:
            tell_phrasing(error, written, part, problems)
            return None

    return members(node, problems, read)


def tell_phrasing(error: PhrasingError, written: str, node: Node, problems: Problems) -> None:
    """Tell of *error* at the place of the phrasing, with the column inside it."""
    around = brief(written[max(0, error.column - 11) :])
    message = f"{error}, at character {error.column} of the phrasing, near {around}"
    problems.add(error.code, node, message, error.fix)


def brief(written: str) -> str:
    """*written* in quotes, cut to what fits in a message."""
    return f'"{written}"' if len(written) <= _BRIEF else f'"{written[: _BRIEF - 1]}…"'


def examples(node: Node | None, problems: Problems) -> tuple[Example, ...]:
    """The examples at *node*: texts, or mappings of ``text`` and ``after``."""

    def read(part: Node) -> Example | None:
        if not isinstance(part.value, dict):
            written = text(part, problems)
            return Example(written, "", part) if written else None
        known = fields(part, ("text",), ("after",), problems)
        written, after = (text(known.get(key), problems) for key in ("text", "after"))
        return Example(written, after, part) if written else None

    return members(node, problems, read)

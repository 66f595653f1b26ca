"""YAML with positions: every value knows the file, line and column that it came from.

Scalars follow the YAML 1.2 core schema, so ``no`` and ``on`` stay words; anchors, merge keys
and duplicate keys are problems, because a reviewer must be able to read a file from top to bottom.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from amity.errors import Problem

__all__ = ["Node", "Problems", "Scalar", "parse_yaml", "read_text"]

Scalar = str | int | float | bool | None

# Fixed patterns over short scalars of our own schema; each is linear (no nested repetition).
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(
    r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,18}|\.[0-9]{1,18}|[0-9]{1,18})(?:[eE][-+]?[0-9]{1,3})?"
)
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
# What libyaml says, and what its author has probably done.
_YAML_FIXES = {
    "\\t": "indent with spaces, not tabs",
    "cannot start any token": "indent with spaces, not tabs, and quote a text that begins with %, @ or `",
    "mapping values are not allowed": "put a text that has a colon and a space in quotes",
    "could not find expected ':'": "put a space after the colon of a key",
}
MAX_BYTES = 4_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 40


class Problems(list[Problem]):
    """The problems of one load, gathered so that they can be told all at once."""

    def add(self, code: str, node: Node, message: str, fix: str = "") -> None:
        """Record a problem at the place of *node*."""
        self.append(
            Problem(code, message, file=node.file, line=node.line, column=node.column, fix=fix)
        )


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file with its place (line and column count from 1).

    ``value`` is a scalar, a ``list[Node]`` or a ``dict[str, Node]``; ``keys`` gives the place of
    each key of a mapping.
    """

    value: Scalar | list[Node] | dict[str, Node]
    file: str
    line: int
    column: int
    keys: dict[str, Node] = field(default_factory=dict)

    @property
    def items(self) -> list[Node]:
        """The members of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def entries(self) -> dict[str, Node]:
        """The members of a mapping by key; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    @property
    def kind(self) -> str:
        """The kind of value in a reviewer's words: text, number, yes/no, nothing, list, mapping."""
        match self.value:
            case dict():
                return "a mapping"
            case list():
                return "a list"
            case None:
                return "nothing"
            case bool():
                return "true or false"
            case int() | float():
                return "a number"
            case _:
                return "text"

    def plain(self) -> object:
        """The value without positions, as ``json`` would give it."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value


def read_text(path: Path, name: str, problems: Problems) -> str | None:
    """The text of *path* with plain line ends, or None with a problem that says why not."""

    def fail(message: str, fix: str) -> None:
        problems.append(Problem("Y101", message, file=name, fix=fix))

    try:
        if path.stat().st_size > MAX_BYTES:
            fail(f"the file is larger than {MAX_BYTES:,} bytes", "split it into several files")
            return None
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        fail(f"the file is not UTF-8: byte {error.start} cannot be read", "save it as UTF-8")
    except OSError as error:
        fail(
            f"the file cannot be read: {error.strerror}", "check that it exists and its permissions"
        )
    return None


def parse_yaml(text: str, file: str, problems: Problems) -> Node | None:
    """Parse the one document in *text*; None when it is not YAML, with a problem that says where."""
    if _has_too_many_values(text):
        message, fix = (
            f"the file has more than {MAX_VALUES:,} values",
            "split it into several files",
        )
        problems.append(Problem("Y109", message, file=file, line=1, column=1, fix=fix))
        return None
    loader = yaml.CSafeLoader(text)
    try:
        root = loader.get_single_node()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        fix = next(
            (fix for said, fix in _YAML_FIXES.items() if said in str(message)),
            "see the YAML at that place",
        )
        problems.append(
            Problem(
                "Y102",
                f"not valid YAML: {message}",
                file=file,
                line=mark.line + 1 if mark else 0,
                column=mark.column + 1 if mark else 0,
                fix=fix,
            )
        )
        return None
    finally:
        loader.dispose()
    if root is None:
        problems.append(
            Problem(
                "Y103",
                "the file is empty",
                file=file,
                line=1,
                column=1,
                fix="add a document or remove the file",
            )
        )
        return None
    return _node(root, file, problems, set(), 0)


def _has_too_many_values(text: str) -> bool:
    # No value stands without one of these before it, so that common files need not be read twice.
    if sum(text.count(mark) for mark in "\n,:-?[{") < MAX_VALUES:
        return False
    loader, found = yaml.CSafeLoader(text), 0
    try:
        while (event := loader.get_event()) is not None and found <= MAX_VALUES:
            found += isinstance(event, yaml.NodeEvent)
    except yaml.YAMLError:  # told by whoever parses it in earnest
        return False
    finally:
        loader.dispose()
    return found > MAX_VALUES


def _node(raw: yaml.Node, file: str, problems: Problems, seen: set[int], depth: int) -> Node:
    line, column = raw.start_mark.line + 1, raw.start_mark.column + 1
    here = Node(None, file, line, column)
    if id(raw) in seen:
        problems.add(
            "Y104",
            here,
            "anchors and aliases are not allowed",
            "write the value out where it is used",
        )
        return here
    seen.add(id(raw))
    if isinstance(raw, yaml.ScalarNode):
        return Node(_scalar(raw), file, line, column)
    if depth > MAX_DEPTH:
        problems.add(
            "Y105", here, f"nested more than {MAX_DEPTH} levels deep", "flatten the structure"
        )
        return here
    if isinstance(raw, yaml.SequenceNode):
        members = [_node(item, file, problems, seen, depth + 1) for item in raw.value]
        return Node(members, file, line, column)
    assert isinstance(raw, yaml.MappingNode)  # noqa: S101 - YAML has no fourth kind
    return _mapping(raw, file, problems, seen, depth)


def _mapping(
    raw: yaml.MappingNode, file: str, problems: Problems, seen: set[int], depth: int
) -> Node:
    entries: dict[str, Node] = {}
    keys: dict[str, Node] = {}
    for raw_key, raw_value in raw.value:
        mark = raw_key.start_mark
        key_node = Node(getattr(raw_key, "value", None), file, mark.line + 1, mark.column + 1)
        if not isinstance(raw_key, yaml.ScalarNode):
            problems.add("Y106", key_node, "a key must be plain text", "use a word as the key")
            continue
        key = str(raw_key.value)
        if key == "<<" and not raw_key.style:
            problems.add("Y107", key_node, "merge keys are not allowed", "write the entries out")
            continue
        if key in entries:
            first = keys[key]
            problems.add(
                "Y108",
                key_node,
                f'key "{key}" is already used at {first.line}:{first.column}',
                "remove one of the two",
            )
            continue
        keys[key] = key_node
        entries[key] = _node(raw_value, file, problems, seen, depth + 1)
    return Node(entries, file, raw.start_mark.line + 1, raw.start_mark.column + 1, keys)


def _scalar(raw: yaml.ScalarNode) -> Scalar:
    text = str(raw.value)
    if raw.style:  # the C parser gives "" for plain scalars, the Python one None
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def walk(node: Node) -> Iterator[Node]:
    """Every node below *node* and itself, in the order of the file."""
    yield node
    for child in (*node.items, *node.entries.values()):
        yield from walk(child)

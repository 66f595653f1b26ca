"""Files of fixtures and variables that several files of cases share.

A file of cases names them; they name no others, so that there is no circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from amity.fields import Fields
from amity.policy.case import CaseFile
from amity.policy.case_names import Names, SharedName, Variables
from amity.policy.conversation_files import Files, named_file
from amity.source import Node, Problems, parse_yaml

__all__ = ["SHARED_KIND", "SharedNames", "check_shared", "load_shared", "read_shared"]

SHARED_KIND = "CaseFixtures"
_API_VERSION = "amity/v1"


@dataclass(frozen=True, slots=True)
class SharedNames:
    """The names in one file of fixtures, each with its place."""

    names: tuple[tuple[SharedName, Node], ...]


def load_shared(node: Node, problems: Problems) -> SharedNames:
    """The names in the file of fixtures at *node*, with every problem recorded."""
    fields = Fields(
        node,
        problems,
        required=("apiVersion", "kind"),
        optional=("fixtures", "variables"),
        what="a file of fixtures",
    )
    fields.choice("apiVersion", (_API_VERSION,), _API_VERSION)
    names = Names(problems)
    fixtures, variables = fields.get("fixtures"), fields.get("variables")
    names.read_fixtures(fixtures)
    names.read_variables(variables, {})
    if fixtures is None and variables is None and node.entries:
        message = "there is neither a fixture nor a variable in this file"
        problems.add("K127", node, message, 'add "fixtures:" or "variables:"')
    parts = (("fixture", fixtures), ("variable", variables))
    return SharedNames(
        tuple(
            ((kind, node.file, name), place)
            for kind, part in parts
            if part
            for name, place in part.keys.items()
        )
    )


def read_shared(node: Node, names: Names, files: Files | None, problems: Problems) -> Variables:
    """Give *names* the fixtures of the files that *node* lists, and return their variables."""
    variables: dict[str, tuple[Node, Node]] = {}
    for shared in _named(node, files, problems):
        for name, (place, value) in names.share(shared).items():
            if name in variables:
                other = variables[name][0]
                message = (
                    f'the variable "{name}" is also in {other.file}:{other.line}:{other.column}'
                )
                problems.add("K126", place, message, "give one of the two another name")
            variables[name] = (place, value)
    return variables


def _named(node: Node, files: Files | None, problems: Problems) -> Iterator[Node]:
    members = node.items if isinstance(node.value, list) else [node]
    if not members:
        problems.add("K127", node, '"shared" names no file', "write [shared/openings.yaml], say")
    seen: set[str] = set()
    for member in members:
        found = named_file(member, files, problems, example="shared/openings.yaml")
        if found is None:
            continue
        name, text = found
        if name in seen:
            problems.add("K127", member, f'"{name}" is named twice', "remove one of the two")
            continue
        seen.add(name)
        # What is wrong in the file itself is told where it is loaded on its own.
        shared = parse_yaml(text, name, Problems())
        if shared is None:
            continue
        kind = shared.entries.get("kind")
        if kind is None or kind.value != SHARED_KIND:
            message = f'"{name}" is no file of fixtures'
            problems.add("K127", member, message, f"name a file of kind {SHARED_KIND}")
            continue
        yield shared


def check_shared(
    shared: Iterable[SharedNames], cases: Iterable[CaseFile], problems: Problems
) -> None:
    """Record every shared name that no file of *cases* uses."""
    used = {name for file in cases for name in file.uses}
    for file in shared:
        for name, place in file.names:
            if name not in used:
                message = f'the {name[0]} "{name[2]}" is not used by any file of cases'
                problems.add("K124", place, message, "remove it, or name this file under `shared:`")

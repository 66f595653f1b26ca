"""Names in a file of cases: fixtures that several cases use, and variables in what is said.

Both are written out before a conversation is read, so that every later problem has the place of
what the author wrote. Each name must exist, and each must be used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from amity.fields import nearest
from amity.source import Node, Problems

__all__ = ["Names", "SharedName", "Variables", "merged"]

MAX_VALUE = 500
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_PLACE = re.compile(r"\$(\$?)\{([^{}]{0,200})\}")

Variables = Mapping[str, tuple[Node, Node]]
"""The place of each name and its value."""

SharedName = tuple[str, str, str]
"""A fixture or a variable (which of the two), the file of fixtures that it stands in, its name."""


@dataclass(slots=True)
class Names:
    """The fixtures that a file of cases has or shares, and which of its names have been used."""

    problems: Problems
    fixtures: dict[str, Node] = field(default_factory=dict)
    _declared: list[tuple[str, Node]] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)
    _places: dict[str, Node] = field(default_factory=dict)
    _shared: list[tuple[SharedName, Node]] = field(default_factory=list)

    def read_fixtures(self, node: Node | None) -> None:
        """Take the fixtures at *node*: lists of turns, or conversations."""
        if node is None:
            return
        if not isinstance(node.value, dict):
            message = f'"fixtures" must be a mapping of names, not {node.kind}'
            self.problems.add("K120", node, message, "write a name, and turns below it")
        for name, place in node.keys.items():
            self._take_fixture(name, place, node.entries[name])
            self._declared.append(("fixture", place))
            if not isinstance(node.entries[name].value, dict | list):
                message = f'the fixture "{name}" must be turns or a conversation, not {node.entries[name].kind}'
                self.problems.add("K120", node.entries[name], message, "write a list of turns")

    def _take_fixture(self, name: str, place: Node, value: Node) -> None:
        if name in self._places:
            other = self._places[name]
            message = f'the fixture "{name}" is also in {other.file}:{other.line}:{other.column}'
            self.problems.add("K126", place, message, "give one of the two another name")
        self.fixtures[name] = value
        self._places[name] = place

    def share(self, shared: Node) -> Variables:
        """Take the fixtures of *shared*, a file of fixtures, and give its variables.

        Whether each is right and used is for that file to say.
        """
        fixtures, variables = (shared.entries.get(key) for key in ("fixtures", "variables"))
        for name, place in (fixtures.keys if fixtures else {}).items():
            self._shared.append((("fixture", shared.file, name), place))
            self._take_fixture(name, place, fixtures.entries[name] if fixtures else place)
        if variables is None:
            return {}
        for name, place in variables.keys.items():
            self._shared.append((("variable", shared.file, name), place))
        return {name: (variables.keys[name], value) for name, value in variables.entries.items()}

    def used_of_shared(self) -> frozenset[SharedName]:
        """The names of other files that have been used."""
        return frozenset(name for name, place in self._shared if id(place) in self._used)

    def read_variables(self, node: Node | None, outer: Variables) -> Variables:
        """The variables at *node* beside those of *outer*, which they replace."""
        if node is None:
            return outer
        if not isinstance(node.value, dict):
            message = f'"variables" must be a mapping of names to values, not {node.kind}'
            self.problems.add("K121", node, message, "write {minutes: 5}, say")
        for name, value in node.entries.items():
            self._declared.append(("variable", node.keys[name]))
            self._check_variable(name, node.keys[name], value)
        own = {name: (node.keys[name], value) for name, value in node.entries.items()}
        return {**outer, **own}

    def _check_variable(self, name: str, place: Node, value: Node) -> None:
        if not _NAME.fullmatch(name):
            fix = "use letters, digits and _, beginning with a letter"
            self.problems.add("K121", place, f'"{name}" cannot be the name of a variable', fix)
        if value.value is None or isinstance(value.value, dict | list):
            message = (
                f'the variable "{name}" must be text, a number, true or false, not {value.kind}'
            )
            self.problems.add("K121", value, message, "write one value")
        if isinstance(value.value, str) and len(value.value) > MAX_VALUE:
            message = f'the variable "{name}" is longer than {MAX_VALUE} characters'
            self.problems.add("K121", value, message, "use a fixture for what is long")

    def expanded(self, node: Node) -> Node:
        """The conversation at *node* with its fixtures written out."""
        entries = dict(node.entries)
        keys = dict(node.keys)
        turns: list[Node] = []
        if "use" in entries:
            used = self._fixture(entries.pop("use"))
            keys.pop("use")
            if used is not None and isinstance(used.value, dict):
                attributes = merged(used.entries.get("attributes"), entries.get("attributes"))
                entries = {
                    **used.entries,
                    **entries,
                    **({"attributes": attributes} if attributes else {}),
                }
                keys = {**used.keys, **keys}
            turns += _turns_of(used)
        own = node.entries.get("turns")
        if own is not None and not isinstance(own.value, list):
            return replace(node, value=entries, keys=keys)
        for item in own.items if own else ():
            turns += self._spliced(item)
        if turns or own is not None:
            entries["turns"] = replace(own or node, value=turns, keys={})
            keys.setdefault("turns", node)
        return replace(node, value=entries, keys=keys) if node.entries else node

    def _spliced(self, item: Node) -> list[Node]:
        if "use" not in item.entries:
            return [item]
        if len(item.entries) > 1:
            message = '"use" stands alone in a turn: it stands for all turns of a fixture'
            self.problems.add(
                "K122", item.keys["use"], message, "put the rest in a turn of its own"
            )
        return _turns_of(self._fixture(item.entries["use"]))

    def _fixture(self, node: Node) -> Node | None:
        name = str(node.plain())
        found = self.fixtures.get(name)
        if found is None:
            known = list(self.fixtures)
            fix = nearest(name, known) if known else 'add it under "fixtures:"'
            self.problems.add("K122", node, f'there is no fixture "{name}"', fix)
            return None
        self._used.add(id(self._places[name]))
        for inner in (found, *_turns_of(found)):
            if "use" in inner.entries:
                message = f'the fixture "{name}" uses a fixture itself'
                self.problems.add("K122", inner.keys["use"], message, "write its turns out")
                return None
        return found

    def filled(self, node: Node, variables: Variables, *, is_text: bool = False) -> Node:
        """*node* with every ``${name}`` replaced; a value that is nothing else keeps its kind.

        With *is_text*, as below the key ``turns``, every value becomes text.
        """
        if isinstance(node.value, dict):
            entries = {
                key: self.filled(value, variables, is_text=is_text or key == "turns")
                for key, value in node.entries.items()
            }
            return replace(node, value=entries)
        if isinstance(node.value, list):
            members = [self.filled(item, variables, is_text=is_text) for item in node.items]
            return replace(node, value=members)
        if isinstance(node.value, str) and "${" in node.value:
            return replace(node, value=self._filled(node, node.value, variables, is_text=is_text))
        return node

    def _filled(
        self, node: Node, text: str, variables: Variables, *, is_text: bool
    ) -> str | int | float | bool | None:
        whole = _PLACE.fullmatch(text)
        if whole and not whole[1] and not is_text:
            value = self._value(node, whole[2], variables)
            return None if value is None or isinstance(value.value, dict | list) else value.value
        return _PLACE.sub(lambda match: self._said(node, match, variables), text)

    def _said(self, node: Node, match: re.Match[str], variables: Variables) -> str:
        if match[1]:
            return match[0][1:]
        value = self._value(node, match[2], variables)
        if value is None:
            return match[0]
        plain = value.value
        return str(plain).lower() if isinstance(plain, bool) else str(plain)

    def _value(self, node: Node, name: str, variables: Variables) -> Node | None:
        if name not in variables:
            known = list(variables)
            fix = nearest(name, known) if known else 'add it under "variables:", or write $${'
            self.problems.add("K123", node, f'there is no variable "{name}"', fix)
            return None
        place, value = variables[name]
        self._used.add(id(place))
        return value

    def check_used(self) -> None:
        """Record every fixture and every variable that nothing has used."""
        for kind, place in self._declared:
            if id(place) not in self._used:
                message = f'the {kind} "{place.value}" is not used'
                self.problems.add("K124", place, message, "remove it, or use it")


def _turns_of(fixture: Node | None) -> list[Node]:
    if fixture is None:
        return []
    turns = fixture.entries.get("turns") if isinstance(fixture.value, dict) else fixture
    return turns.items if turns else []


def merged(first: Node | None, second: Node | None) -> Node | None:
    """Two mappings as one, the *second* before the *first*; anything else is left to be refused."""
    if first is None or second is None:
        return second or first
    if not isinstance(first.value, dict) or not isinstance(second.value, dict):
        return second
    return replace(
        second, value={**first.entries, **second.entries}, keys={**first.keys, **second.keys}
    )

"""Files of cases, read; a table of variants becomes a case for each of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from amity.conversation import Conversation
from amity.fields import Fields, nearest
from amity.policy.case import STATES, Case, CaseFile, Expectation
from amity.policy.case_names import Names, Variables, merged
from amity.policy.conversation_files import Files, read_file
from amity.policy.model import Place
from amity.policy.read_conversations import SOME_MONDAY, read_clock, read_conversation
from amity.policy.shared_names import read_shared
from amity.source import Node, Problems

__all__ = ["load_cases"]

_API_VERSION = "amity/v1"
_MOST_CHARACTERS = 200
_MOST_CASES = 1000


def load_cases(node: Node, problems: Problems, files: Files | None = None) -> CaseFile | None:
    """The cases at *node*; None when they cannot be used, with every problem recorded.

    *files* gives the files of conversations and of fixtures that cases refer to.
    """
    found = Problems()
    fields = Fields(
        node,
        found,
        required=("apiVersion", "kind", "metadata", "cases"),
        optional=("clock", "shared", "variables", "fixtures"),
        what="a case file",
    )
    fields.choice("apiVersion", (_API_VERSION,), _API_VERSION)
    fields.choice("kind", ("Cases",), "Cases")
    metadata = fields.get("metadata")
    policy = (
        Fields(metadata, found, required=("policy",), what="metadata").text("policy")
        if metadata
        else ""
    )
    reader = _Reader(fields, found, files)
    cases = reader.cases()
    # The rows of a table share most of their text, and what is wrong with it is told once.
    problems.extend(dict.fromkeys(found))
    return None if found else CaseFile(policy, cases, _place(node), reader.names.used_of_shared())


@dataclass(frozen=True, slots=True)
class _Row:
    """One case to be: its name, and what it has of its own beside the conversation."""

    name: str
    node: Node
    variables: Variables
    attributes: Node | None
    expected: tuple[Node, ...]


class _Reader:
    """Reads the cases of one file."""

    def __init__(self, fields: Fields, problems: Problems, files: Files | None) -> None:
        self._problems = problems
        self._files = files
        self.names = Names(problems)
        shared = fields.get("shared")
        variables = read_shared(shared, self.names, files, problems) if shared else {}
        self.names.read_fixtures(fields.get("fixtures"))
        self._variables = self.names.read_variables(fields.get("variables"), variables)
        self._clock = self._read_clock(fields, SOME_MONDAY)
        self._node = fields.get("cases")
        self._first: dict[str, Node] = {}

    def cases(self) -> tuple[Case, ...]:
        if self._node is None:
            return ()
        if not self._node.items:
            self._problems.add(
                "K100",
                self._node,
                f'"cases" must be a list of cases, not {self._node.kind}',
                "add a case that begins with `- name:`",
            )
        cases: list[Case] = []
        for item in self._node.items:
            for case in self._of(item):
                cases.append(case)
                if len(cases) > _MOST_CASES:
                    message = (
                        f"there are more than {_MOST_CASES} cases in one file, each row counted"
                    )
                    self._problems.add("K100", self._node, message, "split the file")
                    return ()
        self.names.check_used()
        return tuple(cases)

    def _read_clock(self, fields: Fields, otherwise: datetime) -> datetime:
        node = fields.get("clock")
        return read_clock(node, self._problems) if node else otherwise

    def _of(self, node: Node) -> Iterator[Case]:
        fields = Fields(
            node,
            self._problems,
            required=("name", "conversation"),
            optional=("expect", "clock", "variables", "variants"),
            what="a case",
        )
        clock = self._read_clock(fields, self._clock)
        place = fields.get("conversation")
        written = self.names.expanded(place) if place else None
        for row in self._rows(fields):
            self._check_name(row)
            if written is not None and (case := self._case(row, written, clock)):
                yield case

    def _rows(self, fields: Fields) -> Iterator[_Row]:
        name = fields.text("name")
        variables = self.names.read_variables(fields.get("variables"), self._variables)
        expected, table = fields.get("expect"), fields.get("variants")
        if table is None:
            if expected is None and fields.node.entries:
                self._problems.add("Y112", fields.node, 'a case lacks "expect"', 'add "expect:"')
            yield _Row(name, fields.node, variables, None, (expected,) if expected else ())
            return
        if not table.items:
            message = f'"variants" must be a list of rows, not {table.kind}'
            self._problems.add("K125", table, message, "add a row such as `- variables: {…}`")
        for number, item in enumerate(table.items, start=1):
            yield self._row(item, f"{name} [{_label(item, number)}]", variables, expected)

    def _row(self, node: Node, name: str, outer: Variables, expected: Node | None) -> _Row:
        fields = Fields(
            node,
            self._problems,
            optional=("name", "variables", "attributes", "expect"),
            what="a row of variants",
        )
        own = fields.get("expect")
        if own is None and expected is None:
            message = "neither the case nor this row says what is expected"
            self._problems.add("K106", node, message, "add `expect:` to the case or to the row")
        variables = self.names.read_variables(fields.get("variables"), outer)
        both = tuple(part for part in (expected, own) if part)
        return _Row(name, node, variables, fields.get("attributes"), both)

    def _check_name(self, row: _Row) -> None:
        place = row.node.entries.get("name", row.node)
        if len(row.name) > _MOST_CHARACTERS:
            message = (
                f"the name has {len(row.name)} characters; at most {_MOST_CHARACTERS} are allowed"
            )
            self._problems.add("K110", place, message, "say it shorter")
        if not row.name:
            return
        earlier = self._first.setdefault(row.name, place)
        if earlier is not place:
            self._problems.add(
                "K107",
                place,
                f'the name "{row.name}" is already used at {earlier.line}:{earlier.column}',
                "give the case a name of its own",
            )

    def _case(self, row: _Row, written: Node, clock: datetime) -> Case | None:
        before = len(self._problems)
        name = row.name[:_MOST_CHARACTERS]
        conversation, is_open = self._conversation(row, written, name, clock)
        expectations = self._expectations(row.expected, is_open=is_open)
        if conversation is None or len(self._problems) > before:
            return None
        return Case(name, conversation, is_open, expectations, _place(row.node))

    def _conversation(
        self, row: _Row, written: Node, name: str, clock: datetime
    ) -> tuple[Conversation | None, bool]:
        node = written
        if row.attributes is not None:
            attributes = merged(node.entries.get("attributes"), row.attributes)
            node = replace(node, value={**node.entries, "attributes": attributes or row.attributes})
        node = self.names.filled(node, row.variables)
        if "file" in node.entries:
            return read_file(node, name, self._files, self._problems)
        return read_conversation(node, name, self._problems, clock)

    def _expectations(self, nodes: tuple[Node, ...], *, is_open: bool) -> tuple[Expectation, ...]:
        wanted: dict[str, Expectation] = {}
        for node in nodes:
            if not node.entries:
                self._problems.add(
                    "K106",
                    node,
                    "the case expects nothing, so that it can never fail",
                    "add a rule and its state, such as `no-dismissal: missed`",
                )
            for rule, value in node.entries.items():
                states = tuple(_states(value, self._problems, is_open=is_open))
                wanted[rule] = Expectation(rule, states, _place(node.keys[rule]))
        return tuple(wanted.values())


def _label(row: Node, number: int) -> str:
    """What a row is called: its name, or the values that it sets, or its number."""
    name = row.entries.get("name")
    if name is not None:
        return str(name.plain())
    values: Mapping[str, Node] = {
        key: value
        for part in ("variables", "attributes")
        if part in row.entries
        for key, value in row.entries[part].entries.items()
    }
    return ", ".join(f"{key}={value.plain()}" for key, value in values.items()) or f"row {number}"


def _states(node: Node, problems: Problems, *, is_open: bool) -> Iterator[str]:
    members = node.items if isinstance(node.value, list) else [node]
    if not members:
        problems.add(
            "K106",
            node,
            "an empty list expects nothing",
            "write no_opportunity if the rule must have none",
        )
    for member in members:
        state = str(member.value)
        if state not in STATES:
            problems.add("K105", member, f'"{state}" is not a state', nearest(state, STATES))
        elif state == "pending" and not is_open:
            problems.add(
                "K114",
                member,
                "nothing is pending once a conversation is closed",
                "add `open: true` to the conversation, or expect another state",
            )
        elif state == "no_opportunity" and len(members) > 1:
            problems.add(
                "K115",
                member,
                "no_opportunity stands alone: it says that the rule had no other outcome",
                "remove it from the list",
            )
        yield state


def _place(node: Node) -> Place:
    return Place(node.file, node.line, node.column)

"""Conversations in files of their own, in the JSON mapping of ``amity.v1.Conversation``."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.fields import Fields, nearest
from amity.limits import check
from amity.policy.json_nodes import parse_json
from amity.policy.read_conversations import read_attributes, read_open
from amity.source import Node, Problems, read_text

__all__ = ["Files", "check_inside", "files_of", "named_file", "read_file"]

Files = Callable[[str, Node, Problems], str | None]
"""The text of a file of the bundle by its name in it; None with a problem at the node that asks."""

# Members by name, and by number; of roles the contract has an unspecified one, which is none of ours.
_CHANNELS = {f"CHANNEL_{channel.name}": channel for channel in Channel} | {
    str(number): channel for number, channel in enumerate(Channel)
}
_ROLES = {f"ROLE_{role.name}": role for role in Role} | {
    str(number): role for number, role in enumerate(Role, start=1)
}
_WRAPPER = ("open", "title", "lookAt")


def files_of(folder: Path) -> Files:
    """The files below *folder*; what a link leads to outside of it is refused."""

    def text_of(name: str, node: Node, problems: Problems) -> str | None:
        try:
            is_file = (folder / name).is_file()
        except (OSError, ValueError):
            is_file = False
        if not is_file:
            problems.add("K131", node, f'there is no file "{name}"', "check its name")
            return None
        if not check_inside(folder, name, node, problems):
            return None
        return read_text(folder / name, name, problems)

    return text_of


def check_inside(folder: Path, name: str, node: Node, problems: Problems) -> bool:
    """Whether no link leads from *name* out of *folder*; a problem at *node* if one does."""
    try:
        if (folder / name).resolve().is_relative_to(folder.resolve()):
            return True
    except (OSError, RuntimeError):
        pass  # a link that leads round in a circle
    message = f'"{name}" is a link that leads out of the folder of policies'
    problems.add("K130", node, message, "put the file itself there")
    return False


def read_file(
    node: Node, name: str, files: Files | None, problems: Problems
) -> tuple[Conversation | None, bool]:
    """The conversation in the file that *node* names, and whether it still goes on.

    *name* is its id. None when it cannot be used, with every problem recorded.
    """
    before = len(problems)
    what = "a reference to a conversation"
    fields = Fields(node, problems, required=("file",), optional=("open", "attributes"), what=what)
    is_open = read_open(fields, problems)
    own = read_attributes(fields.get("attributes"), problems)
    found = _parsed(node.entries["file"], files, problems)
    if found is None:
        return None, is_open
    inner = found.entries.get("conversation")
    if inner is not None:
        wrapper = Fields(found, problems, required=("conversation",), optional=_WRAPPER)
        is_open = is_open if "open" in fields else read_open(wrapper, problems)
    conversation = _Message(problems).conversation(inner or found, name)
    if len(problems) > before:
        return None, is_open
    both = MappingProxyType({**conversation.attributes, **own})
    whole = Conversation(
        name,
        conversation.participants,
        conversation.turns,
        conversation.channel,
        conversation.locale,
        both,
    )
    for problem in check(whole):
        message = f"the conversation cannot be judged: {problem.field}: {problem.message}"
        problems.add("K111", inner or found, message, problem.fix)
    return whole, is_open


def _parsed(node: Node, files: Files | None, problems: Problems) -> Node | None:
    found = named_file(node, files, problems, example="conversations/late.json")
    return parse_json(found[1], found[0], problems) if found else None


def named_file(
    node: Node, files: Files | None, problems: Problems, *, example: str
) -> tuple[str, str] | None:
    """The name and the text of the file that *node* names, seen from the file that *node* stands in.

    None with a problem at *node* if there is none within the folder of policies.
    """
    written = node.value
    if not isinstance(written, str) or not written or "\0" in written:
        message = f"the name of a file is needed here, not {node.kind}"
        problems.add("K131", node, message, f"write {example}, say")
        return None
    path = PurePosixPath(node.file).parent / written
    name = posixpath.normpath(path.as_posix())
    if path.is_absolute() or "\\" in written or ":" in written or name.split("/")[0] == "..":
        message = f'"{written}" leads out of the folder of policies'
        problems.add("K130", node, message, "name a file beside the cases, with /")
        return None
    text = files(name, node, problems) if files else None
    if files is None:
        problems.add("K131", node, f'there is no file "{name}"', "check its name")
    return None if text is None else (name, text)


class _Message:
    """Reads the mapping of a message; both spellings of a field are good, and null is nothing."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems

    def conversation(self, node: Node, name: str) -> Conversation:
        keys = ("id", "channel", "locale", "participants", "turns", "attributes")
        fields = self._fields(node, keys, "a conversation")
        channel = fields.get("channel")
        return Conversation(
            name,
            tuple(self._participant(item) for item in self._list(fields, "participants")),
            tuple(self._turn(item) for item in self._list(fields, "turns")),
            self._channel(channel) if channel else Channel.UNSPECIFIED,
            self._text(fields, "locale"),
            read_attributes(fields.get("attributes"), self._problems),
        )

    def _participant(self, node: Node) -> Participant:
        keys = ("id", "role", "display_name", "team")
        fields = self._fields(node, keys, "a participant")
        role = fields.get("role")
        return Participant(
            self._text(fields, "id"),
            self._role(role or node),
            self._text(fields, "display_name"),
            self._text(fields, "team"),
        )

    def _turn(self, node: Node) -> Turn:
        fields = self._fields(node, ("participant_id", "text", "sent_at"), "a turn")
        sent_at = fields.get("sent_at")
        return Turn(
            self._text(fields, "participant_id"),
            self._text(fields, "text"),
            self._time(sent_at) if sent_at else None,
        )

    def _fields(self, node: Node, known: tuple[str, ...], what: str) -> Fields:
        spelling = {_camel(key): key for key in known}
        entries: dict[str, Node] = {}
        keys: dict[str, Node] = {}
        for key, value in node.entries.items():
            name = spelling.get(key, key)
            if name in entries:
                place = node.keys[key]
                self._problems.add(
                    "Y108", place, f'"{key}" is given twice', "remove one of the two"
                )
            keys[name] = node.keys[key]
            if value.value is not None:
                entries[name] = value
        kept = entries if isinstance(node.value, dict) else node.value
        named = Node(kept, node.file, node.line, node.column, keys)
        return Fields(named, self._problems, optional=known, what=what)

    def _list(self, fields: Fields, key: str) -> Iterator[Node]:
        node = fields.get(key)
        if node is not None and not isinstance(node.value, list):
            self._wrong(node, key, "a list")
        yield from node.items if node else ()

    def _text(self, fields: Fields, key: str) -> str:
        node = fields.get(key)
        if node is None or isinstance(node.value, str):
            return str(node.value) if node else ""
        self._wrong(node, key, "text")
        return ""

    def _wrong(self, node: Node, key: str, wanted: str) -> None:
        message = f'"{key}" must be {wanted}, not {node.kind}'
        self._problems.add("Y110", node, message, f"write {wanted}")

    def _channel(self, node: Node) -> Channel:
        if (found := _CHANNELS.get(_enum(node))) is not None:
            return found
        self._unknown(node, "channel", _CHANNELS)
        return Channel.UNSPECIFIED

    def _role(self, node: Node) -> Role:
        if (found := _ROLES.get(_enum(node))) is not None:
            return found
        self._unknown(node, "role", _ROLES)
        return Role.CUSTOMER

    def _unknown(self, node: Node, key: str, known: Mapping[str, object]) -> None:
        word = "missing" if isinstance(node.value, dict) else f'"{node.plain()}"'
        names = [name for name in known if not name.isdigit()]
        self._problems.add("Y114", node, f'"{key}" cannot be {word}', nearest(word, names))

    def _time(self, node: Node) -> datetime | None:
        try:
            at = datetime.fromisoformat(str(node.value))
        except ValueError:
            at = None
        if at is not None and at.tzinfo is not None:
            return at
        message = f'"{node.plain()}" is not a time with its zone'
        self._problems.add("K103", node, message, 'write "2026-01-05T10:05:00Z"')
        return None


def _enum(node: Node) -> str:
    """The name of a member, or its number as text; nothing for what is neither."""
    is_one = isinstance(node.value, str | int) and not isinstance(node.value, bool)
    return str(node.value) if is_one else ""


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)

"""Conversations as people write them down in a file of cases."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from amity.conversation import AttributeValue, Channel, Conversation, Participant, Role, Turn
from amity.fields import Fields
from amity.limits import check
from amity.source import Node, Problems

__all__ = [
    "SOME_MONDAY",
    "read_attributes",
    "read_clock",
    "read_conversation",
    "read_open",
]

SOME_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
"""When conversations begin that do not say."""

_AFTER = re.compile(r"\+(?=[0-9])(?:(\d{1,5})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,7})s)?")


def read_conversation(
    node: Node, name: str, problems: Problems, clock: datetime = SOME_MONDAY
) -> tuple[Conversation | None, bool]:
    """The conversation at *node*, with *name* as its id, and whether it still goes on.

    Times such as "+5m" count from *clock*, and times of day are on its day. None when it cannot be used, with every problem recorded.
    """
    before = len(problems)
    fields = Fields(
        node,
        problems,
        required=("turns",),
        optional=("channel", "locale", "open", "attributes"),
        what="a conversation",
    )
    channels = tuple(channel for channel in Channel if channel is not Channel.UNSPECIFIED)
    channel = Channel(fields.choice("channel", channels, Channel.CHAT))
    is_open = read_open(fields, problems)
    speakers, turns = _turns(fields.get("turns"), problems, clock)
    if len(problems) > before:
        return None, is_open
    conversation = Conversation(
        id=name,
        participants=speakers,
        turns=turns,
        channel=channel,
        locale=fields.text("locale", "en"),
        attributes=read_attributes(fields.get("attributes"), problems),
    )
    for problem in check(conversation):
        problems.add(
            "K111", node, f"the conversation cannot be judged: {problem.message}", problem.fix
        )
    return conversation, is_open


def read_clock(node: Node, problems: Problems) -> datetime:
    """The time at *node*; SOME_MONDAY when it is none, with a problem."""
    try:
        clock = datetime.fromisoformat(str(node.value))
    except ValueError:
        message = f'"{node.plain()}" is not a time with its date'
        problems.add("K117", node, message, 'write "2026-01-05T10:00:00Z"')
        return SOME_MONDAY
    return clock if clock.tzinfo else clock.replace(tzinfo=UTC)


def read_open(fields: Fields, problems: Problems) -> bool:
    """Whether the conversation goes on, by its field ``open``."""
    node = fields.get("open")
    if node is not None and not isinstance(node.value, bool):
        problems.add(
            "K112",
            node,
            f'"open" must be true or false, not {node.kind}',
            "write true if the conversation still goes on",
        )
    return node is not None and node.value is True


def read_attributes(node: Node | None, problems: Problems) -> Mapping[str, AttributeValue]:
    """The attributes at *node*, as a caller would have sent them."""
    if node is None:
        return MappingProxyType({})
    if not isinstance(node.value, dict):
        problems.add(
            "K113",
            node,
            f'"attributes" must be a mapping, not {node.kind}',
            "write {tier: gold}, say",
        )
    return MappingProxyType({key: _attribute(value) for key, value in node.entries.items()})


def _attribute(node: Node) -> AttributeValue:
    match node.value:
        case dict():
            return MappingProxyType({key: _attribute(value) for key, value in node.value.items()})
        case list():
            return tuple(map(_attribute, node.value))
        case bool() | None | str():
            return node.value
        case number:
            # A caller's numbers arrive as doubles, and a case must see what a policy sees.
            return float(number)


def _turns(
    node: Node | None, problems: Problems, clock: datetime
) -> tuple[tuple[Participant, ...], tuple[Turn, ...]]:
    speakers: dict[str, Participant] = {}
    turns: list[Turn] = []
    latest: datetime | None = None
    if node is not None and not node.items:
        problems.add(
            "K101",
            node,
            f'"turns" must be a list of what was said, not {node.kind}',
            "add a line such as `- customer: …`",
        )
    for item in node.items if node else ():
        said = _said(item, problems)
        if said is None:
            continue
        speaker, text = said
        sent_at = _sent_at(item.entries["at"], problems, clock) if "at" in item.entries else None
        if sent_at and latest and sent_at < latest:
            problems.add(
                "K104",
                item.entries["at"],
                "this turn was sent before one that stands above it",
                "put the turns in order; after midnight write a full date",
            )
        latest = sent_at or latest
        speakers.setdefault(speaker.id, speaker)
        turns.append(Turn(speaker.id, text, sent_at))
    return tuple(speakers.values()), tuple(turns)


def _said(node: Node, problems: Problems) -> tuple[Participant, str] | None:
    keys = [key for key in node.keys if key != "at"]
    if len(keys) != 1:
        problems.add(
            "K101",
            node,
            f"a turn has one speaker; this has {len(keys)}",
            "write `- customer: …`, and `at:` below it if the time matters",
        )
        return None
    role, _, name = keys[0].partition(" ")
    if role not in tuple(Role):
        problems.add(
            "K102",
            node.keys[keys[0]],
            f'"{keys[0]}" is not a speaker',
            f"begin with one of: {', '.join(Role)}; a name may follow",
        )
        return None
    if node.entries[keys[0]].value == "":
        problems.add(
            "K116",
            node.entries[keys[0]],
            "the turn says nothing",
            "write what was said, or remove it",
        )
        return None
    text = Fields(node, problems, optional=(keys[0], "at"), what="a turn").text(keys[0])
    return (Participant(keys[0], Role(role), name.strip()), text) if text else None


def _sent_at(node: Node, problems: Problems, clock: datetime) -> datetime | None:
    written = str(node.value)
    try:
        if after := _AFTER.fullmatch(written):
            days, hours, minutes, seconds = (int(count or 0) for count in after.groups())
            return clock + timedelta(days, seconds, minutes=minutes, hours=hours)
        if len(written) <= len("10:05:30") and ":" in written:
            return datetime.combine(clock.date(), time.fromisoformat(written), clock.tzinfo)
        at = datetime.fromisoformat(written)
    except (ValueError, OverflowError):
        fix = 'write "10:05", +5m from the clock, or "2026-01-05T10:05:00Z"'
        problems.add("K103", node, f'"{written}" is not a time', fix)
        return None
    return at if at.tzinfo else at.replace(tzinfo=clock.tzinfo)

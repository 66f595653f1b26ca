"""What a conversation must be before it is judged, and how large it may be."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType

from amity.conversation import Conversation, Participant
from amity.errors import Problem

__all__ = ["CODES", "Limits", "Problems", "check", "is_text", "quoted"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "C100": "the conversation is missing",
        "C101": "an id is empty",
        "C102": "an id or a name is too long",
        "C103": "an id has control characters",
        "C104": "there are no participants",
        "C105": "there are too many participants",
        "C106": "two participants have the same id",
        "C107": "a participant has no role, or one that is not known",
        "C108": "there are no turns",
        "C109": "there are too many turns",
        "C110": "a turn is by somebody who is not a participant",
        "C111": "the text of a turn is too long",
        "C112": "the texts of all turns together are too long",
        "C113": "a turn was sent before the turn that it follows",
        "C114": "a time is not valid",
        "C115": "the channel is not known",
        "C116": "the locale is not a language tag",
        "C117": "a text holds half of a character (a lone surrogate)",
        "C118": "a number is not finite",
        "C119": "there are too many attributes",
        "C120": "attributes are nested too deeply",
        "C121": "the name or the text of an attribute is too long",
        "C122": "an attribute has a value of no known kind",
        "C199": "there are more problems than are listed",
    }
)
"""Every code that `check` and the reading of a conversation can give, with its meaning."""

MAX_PROBLEMS = 100
MAX_QUOTED = 60
MAX_LISTED = 5
MAX_LOCALE = 64
MAX_SUBTAG = 8


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a request may be. Characters are Unicode code points."""

    max_message_bytes: int = field(default=16 * 1024 * 1024, metadata={"help": "bytes of one request on the wire"})
    max_batch: int = field(default=200, metadata={"help": "conversations in one `EvaluateBatch`"})
    max_turns: int = field(default=2_000, metadata={"help": "turns of a conversation"})
    max_turn_characters: int = field(default=100_000, metadata={"help": "characters of one turn"})
    max_characters: int = field(default=1_000_000, metadata={"help": "characters of all turns together"})
    max_participants: int = field(default=200, metadata={"help": "participants of a conversation"})
    max_id_characters: int = field(default=256, metadata={"help": "characters of an id, a display name or a team"})
    max_attributes: int = field(default=200, metadata={"help": "attribute values, nested ones included"})
    max_attribute_depth: int = field(default=8, metadata={"help": "levels of lists and objects in an attribute"})
    max_attribute_characters: int = field(
        default=10_000, metadata={"help": "characters of an attribute's name or text"}
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            if getattr(self, setting.name) < 1:
                message = f"{setting.name} must be 1 or more"
                raise ValueError(message)


class Problems(list[Problem]):
    """The problems of one request, each with the path of its field below ``root``."""

    def __init__(self, root: str = "") -> None:
        super().__init__()
        self.root = root

    def add(self, code: str, path: str, message: str, fix: str) -> None:
        """Record a problem of the field at *path*."""
        self.append(Problem(code, message, field=".".join(filter(None, (self.root, path))), fix=fix))

    def too_many(self, code: str, path: str, count: int, most: int, what: str) -> bool:
        """Record that there are more than *most* of something, if there are; say whether."""
        if count > most:
            self.add(code, path, f"there are {count:,} {what}; at most {most:,} are allowed", "send fewer")
        return count > most

    def capped(self) -> list[Problem]:
        """The first hundred; the last then says how many more there are."""
        if len(self) <= MAX_PROBLEMS:
            return list(self)
        kept = self[: MAX_PROBLEMS - 1]
        rest = f"{len(self) - len(kept):,} more problems are not listed"
        return [*kept, Problem("C199", rest, field=self.root, fix="put these right first")]


def is_text(text: str) -> bool:
    """Whether *text* consists of whole characters, so that it can be written as UTF-8.

    >>> is_text("grüezi"), is_text("caf\\ud83d")
    (True, False)
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(text: str) -> str:
    """*text* as it can stand in a message: in quotes, shortened, with nothing that does not print."""
    short = text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"
    return json.dumps(short, ensure_ascii=not short.isprintable())


def check(
    conversation: Conversation, limits: Limits | None = None, field: str = "conversation"
) -> list[Problem]:
    """Everything that is wrong with *conversation*, each with the path of its field below *field*.

    At most a hundred problems; the last then says how many more there are.
    """
    found = Problems(field)
    limits = limits or Limits()
    _check_id(conversation.id, "id", limits, found)
    _check_locale(conversation.locale, found)
    _check_participants(conversation.participants, limits, found)
    _check_turns(conversation, limits, found)
    if conversation.attributes:
        _Attributes(limits, found).check(conversation.attributes, "attributes", 1)
    return found.capped()


def _check_id(value: str, path: str, limits: Limits, found: Problems) -> None:
    if value.isprintable() and 0 < len(value) <= limits.max_id_characters:
        return
    if not value:
        found.add("C101", path, "the id is empty", "give the id that your own system uses")
    if len(value) > limits.max_id_characters:
        message = f"the id has {len(value):,} characters; at most {limits.max_id_characters:,} are allowed"
        found.add("C102", path, message, "send a shorter id")
    if any(ord(character) < 0x20 or 0x7F <= ord(character) <= 0x9F for character in value):
        found.add("C103", path, f"the id {quoted(value)} has control characters", "leave them out")
    _check_text(value, path, found)


def _check_text(value: str, path: str, found: Problems) -> None:
    if is_text(value):
        return
    at = next(index for index, character in enumerate(value) if 0xD800 <= ord(character) <= 0xDFFF)
    message = f"character {at} is half of a character (the lone surrogate U+{ord(value[at]):04X})"
    found.add("C117", path, message, "send whole characters; was the text cut in the middle of an emoji?")


def _check_locale(locale: str, found: Problems) -> None:
    if not locale or (len(locale) <= MAX_LOCALE and all(map(_is_subtag, locale.replace("_", "-").split("-")))):
        return
    found.add("C116", "locale", f"{quoted(locale)} is not a language tag", 'send a tag such as "en-GB", or leave it out')


def _is_subtag(part: str) -> bool:
    return part.isascii() and part.isalnum() and len(part) <= MAX_SUBTAG


def _check_participants(participants: tuple[Participant, ...], limits: Limits, found: Problems) -> None:
    if not participants:
        found.add("C104", "participants", "there are no participants", "name everybody who speaks")
    found.too_many("C105", "participants", len(participants), limits.max_participants, "participants")
    first: dict[str, int] = {}
    for index, participant in enumerate(participants[: limits.max_participants]):
        path = f"participants[{index}]"
        _check_id(participant.id, f"{path}.id", limits, found)
        earlier = first.setdefault(participant.id, index)
        if earlier != index and participant.id:
            message = f"participants[{earlier}] has the id {quoted(participant.id)} as well"
            found.add("C106", f"{path}.id", message, "give everybody an id of their own")
        for name in ("display_name", "team"):
            _check_name(getattr(participant, name), f"{path}.{name}", limits, found)


def _check_name(value: str, path: str, limits: Limits, found: Problems) -> None:
    if len(value) > limits.max_id_characters:
        message = f"there are {len(value):,} characters; at most {limits.max_id_characters:,} are allowed"
        found.add("C102", path, message, "send a shorter name")
    _check_text(value, path, found)


def _check_turns(conversation: Conversation, limits: Limits, found: Problems) -> None:
    turns = conversation.turns
    if not turns:
        found.add("C108", "turns", "there are no turns", "send what was said, oldest first")
    found.too_many("C109", "turns", len(turns), limits.max_turns, "turns")
    speakers = {participant.id for participant in conversation.participants}
    characters, last, last_index = 0, None, 0
    for index, turn in enumerate(turns[: limits.max_turns]):
        characters += len(turn.text)
        if len(turn.text) > limits.max_turn_characters:
            message = f"the text has {len(turn.text):,} characters; at most {limits.max_turn_characters:,} are allowed"
            found.add("C111", f"turns[{index}].text", message, "send it as several turns")
        if not turn.text.isascii():
            _check_text(turn.text, f"turns[{index}].text", found)
        if turn.participant_id not in speakers and speakers:
            _unknown_speaker(turn.participant_id, index, speakers, found)
        sent_at = turn.sent_at
        if sent_at is None:
            continue
        if sent_at.tzinfo is None:
            found.add("C114", f"turns[{index}].sent_at", f"{sent_at.isoformat()} has no time zone", "say which zone it is in")
            continue
        if last is not None and sent_at < last:
            _out_of_order(index, sent_at, last_index, last, found)
        last, last_index = sent_at, index
    if characters > limits.max_characters:
        message = f"the texts have {characters:,} characters; at most {limits.max_characters:,} are allowed"
        found.add("C112", "turns", message, "send the conversation in parts")


def _unknown_speaker(name: str, index: int, speakers: Iterable[str], found: Problems) -> None:
    path = f"turns[{index}].participant_id"
    known = sorted(speakers)
    near = get_close_matches(name, known, n=1)
    listed = ", ".join(map(quoted, known[:MAX_LISTED])) + ", …" * (len(known) > MAX_LISTED)
    fix = f"did you mean {quoted(near[0])}?" if near else f"the participants are {listed}"
    message = f"no participant has the id {quoted(name)}" if name else "the turn does not say who speaks"
    found.add("C110", path, message, fix)


def _out_of_order(index: int, sent_at: datetime, last_index: int, last: datetime, found: Problems) -> None:
    message = (
        f"the turn was sent at {sent_at.isoformat()}, before turns[{last_index}], which it follows, "
        f"at {last.isoformat()}"
    )
    found.add("C113", f"turns[{index}].sent_at", message, "send the turns oldest first")


class _Attributes:
    """Checks attributes at any depth, stopping at the first that is one too many."""

    def __init__(self, limits: Limits, found: Problems) -> None:
        self._limits = limits
        self._found = found
        self._seen = 0

    def check(self, value: object, path: str, depth: int) -> None:
        match value:
            case Mapping() | tuple() | list():
                self._check_members(value, path, depth)
            case str():
                self._check_short(value, path)
            case bool() | None:
                pass
            case int() | float():
                self._check_number(value, path)
            case _:
                message = f"a value of type {type(value).__name__} cannot be an attribute"
                self._found.add("C122", path, message, "send text, a number, true, false, null, a list or an object")

    def _check_members(self, value: Mapping[str, object] | tuple[object, ...] | list[object], path: str, depth: int) -> None:
        if depth > self._limits.max_attribute_depth + 1:
            message = f"nested more than {self._limits.max_attribute_depth} levels deep"
            self._found.add("C120", path, message, "flatten it")
            return
        named = value.items() if isinstance(value, Mapping) else ((index, item) for index, item in enumerate(value))
        for name, member in named:
            self._seen += 1
            if self._seen > self._limits.max_attributes:
                if self._seen == self._limits.max_attributes + 1:
                    message = f"there are more than {self._limits.max_attributes:,} values"
                    self._found.add("C119", "attributes", message, "send only what the policies ask about")
                return
            below = f"{path}[{name if isinstance(name, int) else quoted(str(name))}]"
            if not isinstance(name, int):
                self._check_short(str(name), below)
            self.check(member, below, depth + 1)

    def _check_short(self, value: str, path: str) -> None:
        most = self._limits.max_attribute_characters
        if len(value) > most:
            self._found.add("C121", path, f"there are {len(value):,} characters; at most {most:,} are allowed", "shorten it")
        _check_text(value, path, self._found)

    def _check_number(self, value: float, path: str) -> None:
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            shown = quoted(str(value)).strip('"') if isinstance(value, float) else "the number"
            self._found.add("C118", path, f"{shown} is not a finite number", "leave it out, or send null")

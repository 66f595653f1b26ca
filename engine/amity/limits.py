"""What a conversation must be before it is judged, and how large it may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from difflib import get_close_matches
from types import MappingProxyType

from amity.attributes import check_attributes
from amity.conversation import Conversation, Participant, Turn
from amity.errors import Problem
from amity.problems import RequestProblems, is_text, quoted

__all__ = ["CODES", "DEFAULT_LIMITS", "Limits", "check"]

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

MAX_LISTED = 5
MAX_LOCALE = 64
MAX_SUBTAG = 8
CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a request may be. Characters are Unicode code points."""

    max_message_bytes: int = field(
        default=16 * 1024 * 1024, metadata={"help": "bytes of one request on the wire"}
    )
    max_batch: int = field(default=200, metadata={"help": "conversations in one `EvaluateBatch`"})
    max_turns: int = field(default=2_000, metadata={"help": "turns of a conversation"})
    max_turn_characters: int = field(default=100_000, metadata={"help": "characters of one turn"})
    max_characters: int = field(
        default=1_000_000, metadata={"help": "characters of all turns together"}
    )
    max_participants: int = field(default=200, metadata={"help": "participants of a conversation"})
    max_id_characters: int = field(
        default=256, metadata={"help": "characters of an id, a display name or a team"}
    )
    max_attributes: int = field(
        default=200, metadata={"help": "attribute values, nested ones included"}
    )
    max_attribute_depth: int = field(
        default=8, metadata={"help": "levels of lists and objects in an attribute"}
    )
    max_attribute_characters: int = field(
        default=10_000, metadata={"help": "characters of an attribute's name or text"}
    )

    def __post_init__(self) -> None:
        for setting in fields(self):
            if getattr(self, setting.name) < 1:
                message = f"{setting.name} must be 1 or more"
                raise ValueError(message)


DEFAULT_LIMITS = Limits()


def check(
    conversation: Conversation, limits: Limits = DEFAULT_LIMITS, field: str = "conversation"
) -> list[Problem]:
    """Everything that is wrong with *conversation*, each with the path of its field below *field*.

    At most a hundred problems; the last then says how many more there are.
    """
    found = RequestProblems(field)
    _check_id(conversation.id, "id", limits, found)
    _check_locale(conversation.locale, found)
    _check_participants(conversation.participants, limits, found)
    _check_turns(conversation, limits, found)
    check_attributes(conversation.attributes, limits, found)
    return found.capped()


def _check_id(value: str, path: str, limits: Limits, found: RequestProblems) -> None:
    if value.isprintable() and 0 < len(value) <= limits.max_id_characters:
        return
    if not value:
        found.add("C101", path, "the id is empty", "give the id that your own system uses")
    if len(value) > limits.max_id_characters:
        message = f"the id has {len(value):,} characters; at most {limits.max_id_characters:,} are allowed"
        found.add("C102", path, message, "send a shorter id")
    if not CONTROLS.isdisjoint(value):
        found.add("C103", path, f"the id {quoted(value)} has control characters", "leave them out")
    found.check_text(value, path)


def _check_locale(locale: str, found: RequestProblems) -> None:
    if not locale or (
        len(locale) <= MAX_LOCALE and all(map(_is_subtag, locale.replace("_", "-").split("-")))
    ):
        return
    found.add(
        "C116",
        "locale",
        f"{quoted(locale)} is not a language tag",
        'send a tag such as "en-GB", or leave it out',
    )


def _is_subtag(part: str) -> bool:
    return part.isascii() and part.isalnum() and len(part) <= MAX_SUBTAG


def _check_participants(
    participants: tuple[Participant, ...], limits: Limits, found: RequestProblems
) -> None:
    if not participants:
        found.add("C104", "participants", "there are no participants", "name everybody who speaks")
    count, most = len(participants), limits.max_participants
    found.too_many("C105", "participants", count, most, "participants")
    first: dict[str, int] = {}
    for index, participant in enumerate(participants[:most]):
        earlier = first.setdefault(participant.id, index)
        if earlier == index and _is_plain(participant, limits.max_id_characters):
            continue
        path = f"participants[{index}]"
        _check_id(participant.id, f"{path}.id", limits, found)
        if earlier != index and participant.id:
            message = f"participants[{earlier}] has the id {quoted(participant.id)} as well"
            found.add("C106", f"{path}.id", message, "give everybody an id of their own")
        _check_name(participant.display_name, f"{path}.display_name", limits, found)
        _check_name(participant.team, f"{path}.team", limits, found)


def _is_plain(participant: Participant, most: int) -> bool:
    """Whether there is so plainly nothing wrong that the paths of fields need not be made."""
    name, team = participant.display_name, participant.team
    return (
        participant.id.isprintable()
        and 0 < len(participant.id) <= most
        and len(name) <= most
        and len(team) <= most
        and is_text(name)
        and is_text(team)
    )


def _check_name(value: str, path: str, limits: Limits, found: RequestProblems) -> None:
    most = limits.max_id_characters
    if len(value) > most:
        message = f"there are {len(value):,} characters; at most {most:,} are allowed"
        found.add("C102", path, message, "send a shorter name")
    found.check_text(value, path)


def _check_turns(conversation: Conversation, limits: Limits, found: RequestProblems) -> None:
    turns = conversation.turns
    if not turns:
        found.add("C108", "turns", "there are no turns", "send what was said, oldest first")
    found.too_many("C109", "turns", len(turns), limits.max_turns, "turns")
    turns = turns[: limits.max_turns]
    _check_texts(turns, limits, found)
    _check_speakers(turns, {participant.id for participant in conversation.participants}, found)
    _check_times(turns, found)


def _check_texts(turns: tuple[Turn, ...], limits: Limits, found: RequestProblems) -> None:
    characters, most = 0, limits.max_turn_characters
    for index, turn in enumerate(turns):
        text = turn.text
        characters += len(text)
        if len(text) > most:
            message = f"the text has {len(text):,} characters; at most {most:,} are allowed"
            found.add("C111", f"turns[{index}].text", message, "send it as several turns")
        if not is_text(text):
            found.check_text(text, f"turns[{index}].text")
    most = limits.max_characters
    if characters > most:
        message = f"the texts have {characters:,} characters; at most {most:,} are allowed"
        found.add("C112", "turns", message, "send the conversation in parts")


def _check_speakers(turns: tuple[Turn, ...], speakers: set[str], found: RequestProblems) -> None:
    if not speakers:
        return
    for index, turn in enumerate(turns):
        if turn.participant_id not in speakers:
            _unknown_speaker(turn.participant_id, index, speakers, found)


def _check_times(turns: tuple[Turn, ...], found: RequestProblems) -> None:
    last, last_index = None, 0
    for index, turn in enumerate(turns):
        sent_at = turn.sent_at
        if sent_at is None:
            continue
        if sent_at.tzinfo is None:
            message = f"{sent_at.isoformat()} has no time zone"
            found.add("C114", f"turns[{index}].sent_at", message, "say which zone it is in")
            continue
        if last is not None and sent_at < last:
            _out_of_order(index, sent_at, last_index, last, found)
        last, last_index = sent_at, index


def _unknown_speaker(
    name: str, index: int, speakers: Iterable[str], found: RequestProblems
) -> None:
    path = f"turns[{index}].participant_id"
    known = sorted(speakers)
    near = get_close_matches(name, known, n=1)
    listed = ", ".join(map(quoted, known[:MAX_LISTED])) + ", …" * (len(known) > MAX_LISTED)
    fix = f"did you mean {quoted(near[0])}?" if near else f"the participants are {listed}"
    message = (
        f"no participant has the id {quoted(name)}" if name else "the turn does not say who speaks"
    )
    found.add("C110", path, message, fix)


def _out_of_order(
    index: int, sent_at: datetime, last_index: int, last: datetime, found: RequestProblems
) -> None:
    message = (
        f"the turn was sent at {sent_at.isoformat()}, before turns[{last_index}], which it follows, "
        f"at {last.isoformat()}"
    )
    found.add("C113", f"turns[{index}].sent_at", message, "send the turns oldest first")

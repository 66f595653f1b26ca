"""Conversation facts: what is measured, not detected, for the ``when`` conditions of policies."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from statistics import median

from amity.conversation import Conversation, Role
from amity.evaluate.course import course
from amity.signals import Signal

__all__ = ["facts"]

_Spoken = Sequence[tuple[Role, datetime | None]]


def facts(
    conversation: Conversation,
    signals: Iterable[Signal] = (),
    unknown: Iterable[tuple[str, int]] = (),
) -> Mapping[str, object]:
    """The facts of *conversation* under their CEL names; what cannot be measured is left out.

    The emotional course comes from the *signals* found in it, and is left out where it is *unknown*
    (signal and turn) whether one is there. Times are whole seconds; shares are of words, from 0.0
    to 1.0.
    """
    roles = conversation.roles()
    spoken = [(roles[turn.participant_id], turn.sent_at) for turn in conversation.turns]
    speakers = [role for role, _ in spoken]
    known = {
        **_counts(conversation, speakers),
        **_shares(conversation, speakers),
        **_times(spoken),
        **_course(speakers, signals, unknown),
    }
    found: dict[str, object] = {
        f"conversation.{name}": value for name, value in known.items() if value is not None
    }
    found["attributes"] = _plain(conversation.attributes)
    return found


def _counts(conversation: Conversation, speakers: Sequence[Role]) -> dict[str, object]:
    served = [role for role in speakers if role is not Role.COLLEAGUE]
    return {
        "channel": conversation.channel.value,
        "locale": conversation.locale,
        "language": conversation.language,
        "turns": len(speakers),
        **{f"{role}_turns": speakers.count(role) for role in Role},
        "agent_spoke_last": served[-1] is Role.AGENT if served else None,
    }


def _shares(conversation: Conversation, speakers: Sequence[Role]) -> dict[str, object]:
    words = dict.fromkeys(Role, 0)
    for role, turn in zip(speakers, conversation.turns, strict=True):
        words[role] += len(turn.text.split())
    total = sum(words.values())
    return {f"{role}_word_share": words[role] / total if total else None for role in Role}


def _times(spoken: _Spoken) -> dict[str, object]:
    replies = list(_replies(spoken))
    measured = [taken for taken in replies if taken is not None]
    # One reply of unknown length could be the slowest, so that nothing is known of them together.
    times = measured if len(measured) == len(replies) else None
    return {
        "first_response_s": replies[0] if replies else None,
        "response_times_s": times,
        "slowest_response_s": max(times) if times else None,
        "median_response_s": int(median(times)) if times else None,
        "longest_silence_s": _longest_silence(spoken),
    }


def _replies(spoken: _Spoken) -> Iterator[int | None]:
    """For each agent's reply, the seconds since the first customer turn that waited for it."""
    is_waiting, since = False, None
    for role, sent_at in spoken:
        if role is Role.CUSTOMER and not is_waiting:
            is_waiting, since = True, sent_at
        elif role is Role.AGENT and is_waiting:
            is_waiting = False
            yield int((sent_at - since).total_seconds()) if sent_at and since else None


def _longest_silence(spoken: _Spoken) -> int | None:
    """The longest gap between two turns with the customer, or among colleagues who are alone."""
    times = [sent_at for role, sent_at in spoken if role is not Role.COLLEAGUE]
    times = times or [sent_at for _, sent_at in spoken]
    known = [sent_at for sent_at in times if sent_at is not None]
    if len(known) < len(times):
        return None
    return max(
        (int((after - before).total_seconds()) for before, after in pairwise(known)), default=None
    )


def _course(
    speakers: Sequence[Role], signals: Iterable[Signal], unknown: Iterable[tuple[str, int]]
) -> dict[str, object]:
    found = course(speakers, signals, unknown)
    if found is None:
        return {}
    return {
        "course_start": found.start,
        "course_peak": found.peak,
        "course_end": found.end,
        "course_improved": found.is_improved,
    }


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return value

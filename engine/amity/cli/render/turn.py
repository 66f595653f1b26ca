"""One turn of a timeline: who speaks, how long after, and what was said, with its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from amity.cli.render.evidence import marked_lines
from amity.cli.render.look import ROLE_STYLES, Look
from amity.cli.render.view import Mark
from amity.cli.render.wrap import clean
from amity.conversation import Conversation, Participant

__all__ = ["gap_words", "turn_lines"]

_INDENT = 4
# From a week on, hours say nothing more.
_WEEK_DAYS = 7


def turn_lines(
    conversation: Conversation, index: int, marks: Sequence[Mark], *, width: int, look: Look
) -> list[Text]:
    """The lines of the turn at *index*: a heading, then the text beside a bar in its role's colour."""
    speaker = _speaker(conversation, index)
    style = ROLE_STYLES[speaker.role].removeprefix("bold ")
    rows = [_heading(conversation, index, speaker, width)]
    bar = Text(f"  {look.bar} ", style=style)
    if not conversation.turns[index].text.strip():
        rows.append(Text.assemble(bar, ("(no words)", "dim italic")))
        return rows
    text = conversation.turns[index].text
    for row in marked_lines(text, marks, width - _INDENT, look):
        rows.append(Text.assemble(bar, row))
        rows[-1].rstrip()
    return rows


def _speaker(conversation: Conversation, index: int) -> Participant:
    wanted = conversation.turns[index].participant_id
    return next(p for p in conversation.participants if p.id == wanted)


def _heading(conversation: Conversation, index: int, speaker: Participant, width: int) -> Text:
    when = _when(conversation, index)
    role = speaker.role.value + (f", {clean(speaker.team)}" if speaker.team else "")
    name = clean(speaker.display_name or speaker.id).replace("\n", " ")
    room = max(width - _INDENT - len(when) - 2, 8)
    who = f"{name}  {role}"
    if cell_len(who) > room:
        who = set_cell_size(who, room)
    heading = Text.assemble((f"{index:>3} ", "dim"))
    heading.append(who[: len(name)], style=ROLE_STYLES[speaker.role])
    heading.append(who[len(name) :], style="dim")
    heading.append(" " * max(width - heading.cell_len - len(when), 2) + when, style="dim")
    heading.rstrip()
    return heading


def _when(conversation: Conversation, index: int) -> str:
    """The time of the first turn, and how long each later one came after the one before it."""
    sent_at = conversation.turns[index].sent_at
    if sent_at is None:
        return ""
    before = _time_before(conversation, index)
    if before is not None:
        return gap_words(sent_at - before)
    return f"{sent_at.day} {sent_at:%b %Y, %H:%M %Z}"


def _time_before(conversation: Conversation, index: int) -> datetime | None:
    times = (turn.sent_at for turn in reversed(conversation.turns[:index]))
    return next((time for time in times if time is not None), None)


def gap_words(gap: timedelta) -> str:
    """How much later something came, in words short enough for a margin.

    >>> gap_words(timedelta(seconds=45)), gap_words(timedelta(days=1, hours=3))
    ('+45 s', '+1 day 3 h')
    """
    seconds = int(gap.total_seconds())
    if seconds < 0:
        return ""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        rest = f" {hours % 24} h" if hours % 24 and days < _WEEK_DAYS else ""
        return f"+{days} day{'s' * (days > 1)}{rest}"
    if hours:
        return f"+{hours} h {minutes % 60} min" if minutes % 60 else f"+{hours} h"
    return f"+{minutes} min" if minutes else f"+{seconds} s"

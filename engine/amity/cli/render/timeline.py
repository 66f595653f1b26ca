"""The readable timeline of a judged conversation, for any width, with colour or without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from rich.console import Console
from rich.text import Text

from amity.cli.render.duties import duty_lines
from amity.cli.render.look import Look, look_of
from amity.cli.render.summary import heading, legend, summary_lines
from amity.cli.render.turn import turn_lines
from amity.cli.render.view import View
from amity.cli.render.wrap import wrap
from amity.conversation import Channel

__all__ = ["BESIDE", "beside", "print_timeline"]

_MAX_WIDTH = 132
_MIN_WIDTH = 30
# From this width on, duties stand beside the turn; below it, beneath.
BESIDE = 108
_MARGIN = 4


def print_timeline(view: View, console: Console, *, title: str = "", look_at: str = "") -> None:
    """Print *view* on *console*: the turns with their duties, the counts, the verdict, what next.

    *title* stands above it in place of the conversation's id, with a sentence on what to *look_at*.
    """
    width = max(min(console.width, _MAX_WIDTH), _MIN_WIDTH)
    look = look_of(console)
    for row in _timeline(view, width, look, title, look_at):
        row.plain = row.plain.translate(look.folded)
        row.rstrip()
        console.print(row, no_wrap=True, overflow="ignore", crop=False, highlight=False)


def _timeline(view: View, width: int, look: Look, title: str, look_at: str) -> Iterator[Text]:
    yield heading(title or _title(view, look), width, look)
    yield from (
        Text(look_at[begin:end], style="italic") for begin, end in wrap(look_at, width) if look_at
    )
    yield from legend({mark.tone for mark in view.marks}, width, look)
    yield Text()
    for index in range(len(view.conversation.turns)):
        yield from _turn(view, index, width, look)
        yield Text()
    yield from summary_lines(view, width, look)


def _title(view: View, look: Look) -> str:
    conversation = view.conversation
    count = len(conversation.turns)
    parts = [
        conversation.id,
        *([] if conversation.channel is Channel.UNSPECIFIED else [conversation.channel.value]),
        f"{count} turn{'s' * (count != 1)}",
        *(["still open"] if view.is_open else []),
    ]
    return f" {look.dot} ".join(parts)


def _turn(view: View, index: int, width: int, look: Look) -> Iterator[Text]:
    marks = [mark for mark in view.marks if mark.turn == index]
    duties = [duty for duty in view.duties if duty.turn == index]
    if width < BESIDE:
        yield from turn_lines(view.conversation, index, marks, width=width, look=look)
        for row in duty_lines(duties, width - _MARGIN, look):
            yield Text.assemble(" " * _MARGIN, row)
        return
    left_width = width * 11 // 20
    left = turn_lines(view.conversation, index, marks, width=left_width, look=look)
    right = duty_lines(duties, width - left_width - _MARGIN, look)
    yield from beside(left, right, left_width + _MARGIN)


def beside(left: Sequence[Text], right: Sequence[Text], column: int) -> Iterator[Text]:
    """The rows of *left*, with those of *right* from *column* on."""
    for first, second in zip_longest(left, right):
        row = first.copy() if first is not None else Text()
        if second is not None:
            row.append(" " * (column - row.cell_len))
            row.append_text(second)
        yield row

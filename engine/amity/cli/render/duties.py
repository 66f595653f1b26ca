"""The duties that arose in a turn, each with how it ended and why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.text import Text

from amity.cli.render.look import STATE_STYLES, Look
from amity.cli.render.view import Duty
from amity.cli.render.wrap import clean, wrap
from amity.evaluate.outcome import State
from amity.policy.model import Severity

__all__ = ["duty_lines", "number", "quoted"]

_QUOTE_WIDTH = 72
_INDENT = 2
# What needs attention comes first.
_ORDER = (State.MISSED, State.PENDING, State.ABSTAINED, State.SHOWN, State.NO_OPPORTUNITY)


def duty_lines(duties: Iterable[Duty], width: int, look: Look) -> list[Text]:
    """The lines of *duties* by module, those that were missed first, at most *width* cells wide."""
    ordered = sorted(duties, key=lambda duty: _ORDER.index(duty.state))
    rows: list[Text] = []
    for module in dict.fromkeys(duty.module for duty in ordered):
        rows += [Text(row, style="dim italic") for row in _wrapped(module, width)]
        rows += [
            row for duty in ordered if duty.module == module for row in _lines(duty, width, look)
        ]
    return rows


def _lines(duty: Duty, width: int, look: Look) -> list[Text]:
    style = STATE_STYLES[duty.state]
    title = clean(duty.title)
    # What went well is told in passing; what did not has its reason on lines of its own.
    parts = (
        [f"{title}  {_met_by(duty, look)}"] if duty.state is State.SHOWN else [title, _reason(duty)]
    )
    rows = [Text(row, "dim") for part in parts for row in _wrapped(part, width - _INDENT)]
    _restyle(rows, len(title), style if duty.state is State.MISSED else "")
    sign = look.states[duty.state].ljust(_INDENT)
    first = Text.assemble((sign, f"bold {style}"), rows[0])
    return [first, *(Text.assemble(" " * _INDENT, row) for row in rows[1:])]


def _wrapped(text: str, width: int) -> list[str]:
    safe = clean(text)
    return [safe[begin:end] for begin, end in wrap(safe, width)]


def _restyle(rows: Sequence[Text], length: int, style: str) -> None:
    """Give the first *length* characters of *rows*, which are the title, their own style."""
    for row in rows:
        row.stylize(f"not dim {style}".rstrip(), 0, min(length, len(row)))
        length -= len(row) + 1
        if length <= 0:
            return


def _met_by(duty: Duty, look: Look) -> str:
    weight = f"weight {number(duty.weight)}"
    if not duty.quotes:
        return clean(f"{weight}: {duty.reason}")
    # The longest says most: of "tomorrow" alone nobody knows what it was about.
    first = max(duty.quotes, key=lambda quote: len(quote.words))
    others = [
        str(turn) for turn in dict.fromkeys(q.turn for q in duty.quotes) if turn != first.turn
    ]
    more = f", also in {', '.join(others)}" if others else ""
    return f"{weight}: {quoted(first.words, look)} in turn {first.turn}{more}"


def _reason(duty: Duty) -> str:
    severity = "" if duty.severity is Severity.MINOR else f"{duty.severity}, "
    state = duty.state.value.capitalize()
    return clean(f"{state} ({severity}weight {number(duty.weight)}). {duty.reason}")


def quoted(quote: str, look: Look) -> str:
    """*quote* on one line in quotation marks, shortened in its middle if it is long."""
    words = " ".join(clean(quote).split())
    if len(words) > _QUOTE_WIDTH:
        half = _QUOTE_WIDTH // 2
        words = f"{words[:half].rstrip()} {look.ellipsis} {words[-half:].lstrip()}"
    return f"{look.open_quote}{words}{look.close_quote}"


def number(value: float) -> str:
    """A weight without a needless decimal point.

    >>> number(3.0), number(0.5)
    ('3', '0.5')
    """
    return f"{value:g}"

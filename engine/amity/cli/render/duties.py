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
    """The lines of *duties*, those that were missed first, each at most *width* cells wide."""
    ordered = sorted(duties, key=lambda duty: _ORDER.index(duty.state))
    return [line for duty in ordered for line in _lines(duty, width, look)]


def _lines(duty: Duty, width: int, look: Look) -> list[Text]:
    style = STATE_STYLES[duty.state]
    title = clean(duty.title)
    # What went well is told in passing; what did not has its reason on lines of its own.
    parts = (
        [f"{title}  {_met_by(duty, look)}"]
        if duty.state is State.SHOWN
        else [title, _reason(duty, look)]
    )
    rows = [
        Text(part[begin:end], "dim") for part in parts for begin, end in wrap(part, width - _INDENT)
    ]
    _restyle(rows, len(title), style if duty.state is State.MISSED else "")
    sign = look.states[duty.state].ljust(_INDENT)
    first = Text.assemble((sign, f"bold {style}"), rows[0])
    return [first, *(Text.assemble(" " * _INDENT, row) for row in rows[1:])]


def _restyle(rows: Sequence[Text], length: int, style: str) -> None:
    """Give the first *length* characters of *rows*, which are the title, their own style."""
    for row in rows:
        row.stylize(f"not dim {style}".rstrip(), 0, min(length, len(row)))
        length -= len(row) + 1
        if length <= 0:
            return


def _met_by(duty: Duty, look: Look) -> str:
    if not duty.quotes:
        return clean(f"{_weighs(duty)}: {_decapitalised(duty.reason)}")
    first = duty.quotes[0]
    others = [
        str(turn) for turn in dict.fromkeys(q.turn for q in duty.quotes) if turn != first.turn
    ]
    more = f", also in {', '.join(others)}" if others else ""
    return f"{_weighs(duty)}: {quoted(first.words, look)} in turn {first.turn}{more}"


def _reason(duty: Duty, look: Look) -> str:
    said = ", ".join(
        quoted(words, look) for words in list(dict.fromkeys(q.words for q in duty.quotes))[:2]
    )
    reason = f"{duty.reason.removesuffix('.')}: {said}" if said else duty.reason
    return clean(f"{_weighs(duty)}, {duty.state}: {_decapitalised(reason)}")


def _weighs(duty: Duty) -> str:
    severity = "" if duty.severity is Severity.MINOR else f"{duty.severity}, "
    return f"{duty.module} ({severity}weight {number(duty.weight)})"


def _decapitalised(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


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

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
    title = _wrapped(duty.title, width - _INDENT, style if duty.state is State.MISSED else "")
    sign = look.states[duty.state].ljust(_INDENT)
    rows = [Text.assemble((sign, f"bold {style}"), title[0])]
    rows += [_indented(row) for row in title[1:]]
    rows += [_indented(row) for row in _wrapped(_explanation(duty, look), width - _INDENT, "dim")]
    return rows


def _explanation(duty: Duty, look: Look) -> str:
    weighs = f"weight {number(duty.weight)}"
    if duty.severity is not Severity.MINOR:
        weighs = f"{duty.severity}, {weighs}"
    said = ", ".join(quoted(quote, look) for quote in duty.quotes[:2])
    reason = f"{duty.reason.removesuffix('.')}: {said}" if said else duty.reason
    return f"{duty.module} ({weighs}), {duty.state}: {_decapitalised(reason)}"


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


def _wrapped(text: str, width: int, style: str) -> Sequence[Text]:
    safe = clean(text)
    return [Text(safe[begin:end], style=style) for begin, end in wrap(safe, width)]


def _indented(row: Text) -> Text:
    return Text.assemble(" " * _INDENT, row)

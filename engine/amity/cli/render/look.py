"""How things look: colours of tones and states, and signs for terminals with and without Unicode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from rich.console import Console

from amity.cli.render.view import Tone
from amity.conversation import Role
from amity.decision import Verdict
from amity.evaluate.outcome import State

__all__ = [
    "ASCII",
    "ROLE_STYLES",
    "STATE_STYLES",
    "TONE_STYLES",
    "TONE_WORDS",
    "UNICODE",
    "VERDICT_STYLES",
    "Look",
    "look_of",
]

TONE_STYLES = {
    Tone.LAPSE: "red",
    Tone.RISK: "magenta",
    Tone.CARE: "green",
    Tone.NEED: "yellow",
    Tone.OUTCOME: "cyan",
    Tone.ACT: "blue",
}
TONE_WORDS = {
    Tone.NEED: "customer's feeling or need",
    Tone.RISK: "customer at risk",
    Tone.OUTCOME: "customer's thanks or outcome",
    Tone.CARE: "care",
    Tone.LAPSE: "lapse",
    Tone.ACT: "something done, promised or asked",
}
ROLE_STYLES = {
    Role.CUSTOMER: "bold yellow",
    Role.AGENT: "bold green",
    Role.BOT: "bold blue",
    Role.COLLEAGUE: "bold magenta",
}
STATE_STYLES = {
    State.SHOWN: "green",
    State.MISSED: "red",
    State.ABSTAINED: "yellow",
    State.PENDING: "cyan",
    State.NO_OPPORTUNITY: "dim",
}
VERDICT_STYLES = {
    Verdict.COMMEND: "bold green",
    Verdict.CLEAR: "bold cyan",
    Verdict.COACH: "bold yellow",
    Verdict.INTERVENE: "bold red",
    Verdict.ABSTAIN: "bold magenta",
}


@dataclass(frozen=True, slots=True)
class Look:
    """The signs to draw with.

    ``marks`` has one sign for each tone; ``has_marks`` says that evidence is marked beneath the
    text, because the output cannot underline in colour. ``folded`` are the signs to write in place
    of those that the output cannot show, one for one.
    """

    states: Mapping[State, str]
    marks: Mapping[Tone, str]
    has_marks: bool
    folded: Mapping[int, int]
    bar: str
    rule: str
    full: str
    empty: str
    dot: str
    ellipsis: str
    open_quote: str
    close_quote: str


_MARKS = {
    Tone.NEED: "~",
    Tone.RISK: "!",
    Tone.OUTCOME: "*",
    Tone.CARE: "^",
    Tone.LAPSE: "x",
    Tone.ACT: "-",
}
_SIGNS = {
    State.SHOWN: "✓",
    State.MISSED: "✗",
    State.ABSTAINED: "?",
    State.PENDING: "…",
    State.NO_OPPORTUNITY: "·",
}
_ASCII_SIGNS = {
    State.SHOWN: "+",
    State.MISSED: "x",
    State.ABSTAINED: "?",
    State.PENDING: "~",
    State.NO_OPPORTUNITY: "-",
}


_FOLDED = str.maketrans("“”‘’–—…", "\"\"''--.")  # noqa: RUF001 - these are the ones to fold

# Evidence is marked beneath in both; a terminal with colours has it underlined instead.
UNICODE = Look(_SIGNS, _MARKS, True, {}, "│", "─", "█", "░", "·", "…", "“", "”")
ASCII = Look(_ASCII_SIGNS, _MARKS, True, _FOLDED, "|", "-", "#", ".", "-", "...", '"', '"')


def look_of(console: Console) -> Look:
    """The look that suits *console*: colour or marks beneath, Unicode or ASCII signs."""
    has_marks = console.no_color or not console.is_terminal or console.color_system is None
    look = UNICODE if console.encoding.lower().startswith("utf") else ASCII
    return replace(look, has_marks=has_marks)

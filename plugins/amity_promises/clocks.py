"""Numbers and hours as people write them: "half nine", "quarter to 5", "3pm", "16:30", "twenty"."""

from __future__ import annotations

import re2

__all__ = ["NOON", "clock", "likely_hour", "number"]

_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "twentyfour": 24, "fortyeight": 48, "seventytwo": 72, "halfan": 0.5, "halfa": 0.5,
    "acoupleof": 2, "afew": 3,
}  # fmt: skip
_LEADS = {"by", "before", "at", "until", "till", "around", "about"}
_CLOCK = re2.compile(r"^(\d{1,2})(?:[:.](\d\d))? ?(am|pm|a\.m\.|p\.m\.)?$")
_FRACTION = re2.compile(r"^(half|quarter)( past| to)? (\w+)$")
NOON = 12
FIRST_HOUR_OF_WORK = 7


def number(words: str) -> float | None:
    """The number that *words* say; None if they say none.

    >>> number("forty-eight")
    48
    """
    packed = words.replace(" ", "").replace("-", "")
    return float(packed) if packed.isdigit() else _WORDS.get(packed)


def likely_hour(hour: int, context: str) -> int:
    """The hour of the day that a bare hour means: people promise things for when they work."""
    if any(word in context for word in ("afternoon", "evening", "tonight", "tonite")):
        return hour + 12 if hour < NOON else hour
    return hour + 12 if hour < FIRST_HOUR_OF_WORK else hour


def clock(words: str) -> tuple[int, int, bool] | None:
    """Hour, minute, and whether morning or afternoon is said."""
    first, _, rest = words.partition(" ")
    said = rest if first in _LEADS else words
    if match := _CLOCK.match(said):
        hour, minute = int(match[1]), int(match[2] or 0)
        if not match[3]:
            return hour, minute, hour > NOON or match[1].startswith("0")
        return hour % 12 + (12 if match[3].startswith("p") else 0), minute, True
    said = said.replace("\u2019", "'").replace(" o'clock", "").replace(" oclock", "")
    if match := _FRACTION.match(said):
        hour = int(number(match[3]) or 0)
        minutes = 30 if match[1] == "half" else 15
        return (hour - 1, 60 - minutes, False) if match[2] == " to" else (hour, minutes, False)
    bare = number(said)
    return (int(bare), 0, False) if bare else None

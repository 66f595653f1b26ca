"""Finds the words that say when: durations, days, parts of days, hours, dates and idioms.

Each pattern is RE2, so that no text makes it slow. Parts that stand together ("tomorrow before
noon", "on Friday by 5pm") are one phrase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import re2

__all__ = ["Part", "Phrase", "phrases"]

_NUMBER = (
    r"(?:\d{1,3}|an?|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fifteen|twenty|thirty"
    r"|forty[- ]?eight|twenty[- ]?four|seventy[- ]?two|half an|half a|a couple of|a few)"
)
_UNIT = (
    r"(?:(?:business|working|calendar|full)[- ])?"
    r"(?:minutes?|mins?|hours?|hrs?|h|days?|weeks?|wks?|months?|fortnights?)"
)
_WEEKDAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs?(?:day)?)?|fri(?:day)?"
    r"|sat(?:urday)?|sun(?:day)?)"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_HOUR = r"(?:1[0-9]|2[0-3]|0?[1-9])"
_SPOKEN_HOUR = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|1[0-2]|[1-9])"

# In the order in which they are tried: the longer reading of the same words comes first.
_PATTERNS = {
    "idiom": (
        r"end of (?:the |this |my |our )?(?:business day|working day|day|business|shift|week|month|today)"
        r"|close of (?:business|play)|eod|eow|cob|next (?:business|working) day"
        r"|first thing|within the (?:hour|day|week)|over the weekend|the weekend|before i (?:leave|finish|go)"
        r"|the same day|same day"
    ),
    "duration": (
        rf"(?:{_NUMBER})(?: ?(?:-|\x{{2013}}|to|or) ?(?:{_NUMBER}))?(?: more)? ?{_UNIT}(?: and a half)?"
    ),
    "date": (
        rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}/\d{{1,2}}(?:/\d{{2,4}})?"
        rf"|\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}(?:,? \d{{4}})?"
        rf"|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?(?:,? \d{{4}})?"
    ),
    "ordinal": r"the \d{1,2}(?:st|nd|rd|th)",
    "day": (
        rf"today|tonight|tonite|tomorrow|tmrw|tmr|tomoz|2moro|overnight"
        rf"|(?:this coming |this |next |coming )?{_WEEKDAY}(?: next| coming)?"
        rf"|(?:this|next) (?:week|month)"
    ),
    "part": r"(?:this |the |in the )?(?:morning|afternoon|evening|lunch(?:time)?|noon|midday|midnight)",
    "clock": (
        rf"{_HOUR}(?:[:.][0-5]\d)? ?(?:am|pm|a\.m\.|p\.m\.)|{_HOUR}:[0-5]\d"
        rf"|{_SPOKEN_HOUR} o['\x{{2019}}]?clock|(?:half|quarter)(?: past| to)? {_SPOKEN_HOUR}"
    ),
    "between": (
        rf"between {_HOUR}(?:[:.][0-5]\d)? ?(?:am|pm)? (?:and|to) {_HOUR}(?:[:.][0-5]\d)? ?(?:am|pm)?"
    ),
    # A bare number is an hour only after a word that makes it one.
    "hour": rf"(?:by|before|at|until|till|around|about) {_SPOKEN_HOUR}",
    "vague": (
        r"shortly|as soon as (?:possible|i can|we can)|asap|soon|in a (?:bit|moment|minute|second|sec)"
        r"|straight ?away|right away|immediately"
    ),
}
# Without groups RE2 looks for all of them at once, several times as fast; the few that are found
# are then told apart.
_ANY = re2.compile(r"(?i)\b(?:" + "|".join(_PATTERNS.values()) + r")\b")
_KINDS = re2.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _PATTERNS.items()))
_BETWEEN = re2.compile(
    r"(?i)^[\s,]*(?:(?:on|at|by|before|in|the|of|around|about|latest|and) ?){0,3}$"
)
# Kinds of parts that name a day by themselves, and those that others can be said to be on.
_NAMED = frozenset({"day", "date", "ordinal"})
_DAYS = _NAMED | {"duration", "idiom", "vague"}
# A number of days is a time only after such a word: "refunds take 3 days", "a 10 day cover" are not.
_BEFORE_DURATION = re2.compile(
    r"(?i)\b(?:with ?in|in|inside|next|another|under|less than|no more than|at most)"
    r"(?: the)?(?: next)?(?: about| around)? ?$"
)
_LEAD = re2.compile(
    r"(?i)(?:\b(?:no later than|by no later than|with ?in|by|before|until|till|on|at|in|around|about)"
    r"(?: the)?(?: next)? ?)$"
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a phrase says of the time: which kind of thing, and the words, in lower case."""

    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that say when, and where they stand in the text (code points, half-open)."""

    start: int
    end: int
    parts: tuple[Part, ...]

    def on_day_of(self, earlier: Sequence[Phrase]) -> Phrase:
        """The same phrase, on the day that the nearest of *earlier* names, if it names none itself."""
        if any(part.kind in _DAYS for part in self.parts):
            return self
        days = (
            part for phrase in reversed(earlier) for part in phrase.parts if part.kind in _NAMED
        )
        day = next(days, None)
        return Phrase(self.start, self.end, (day, *self.parts)) if day else self


def phrases(text: str) -> Iterator[Phrase]:
    """The time phrases of *text*, in their order."""
    open_phrase: Phrase | None = None
    for match in _ANY.finditer(text):
        words = match[0].lower()
        kind = _kind(words)
        if kind == "duration" and not _BEFORE_DURATION.search(text[: match.start()]):
            continue
        part = Part(kind, words)
        if open_phrase and _BETWEEN.match(text[open_phrase.end : match.start()]):
            open_phrase = Phrase(open_phrase.start, match.end(), (*open_phrase.parts, part))
            continue
        if open_phrase:
            yield open_phrase
        lead = _LEAD.search(text[max(0, match.start() - 30) : match.start()])
        start = match.start() - len(lead[0]) if lead else match.start()
        open_phrase = Phrase(start, match.end(), (part,))
    if open_phrase:
        yield open_phrase


def _kind(words: str) -> str:
    # Dates may be somebody's own, so only words of no day in particular are remembered.
    return _kind_of_words(words) if words.replace(" ", "").isalpha() else _told_apart(words)


def _told_apart(words: str) -> str:
    found = _KINDS.fullmatch(words)
    return (found and found.lastgroup) or ""


_kind_of_words = lru_cache(maxsize=500)(_told_apart)

"""Folding: the many ways to type the same words, brought to one, with exact ways back.

Folded text is UTF-8 in lower case without accents, with plain apostrophes and dashes; brackets,
quotes and slashes are spaces. Patterns are folded by the same table, so the two always agree.
"""

from __future__ import annotations

import html
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, field

from amity.cues.linear import Pattern

__all__ = ["JOINER", "Folded", "fold", "fold_text"]

JOINER = "\u200d"
_OPAQUE = "\x01"
_CACHE_LIMIT = 20_000
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_PLAIN: dict[str, str] = {
    **dict.fromkeys("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", "\n"),
    **dict.fromkeys("'`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u201a\u201b\u2032\uff07", "'"),
    **dict.fromkeys('_/()<=>"\u00ab\u00bb\u201c\u201d\u201e\u201f\u2033', " "),
    **dict.fromkeys("\u2757\u2755", "!"),
    **dict.fromkeys("\u2753\u2754\u061f\u037e", "?"),
    **dict.fromkeys("\u3002\u0964\u06d4", "."),
    **dict.fromkeys("\u060c\u3001", ","),
    **dict(zip("øłđðıħ", "olddih", strict=True)),
    "\u2212": "-",
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
    JOINER: JOINER,
}


def _fold_character(character: str) -> str:
    lower = character.lower()
    category = unicodedata.category(character)
    if lower in _PLAIN:
        return _PLAIN[lower]
    if character.isspace():
        return " "
    if category in {"Cc", "Cs"}:
        return _OPAQUE
    if category in {"Mn", "Me", "Cf"} or ord(character) in _SKIN_TONES:
        return ""
    if category == "Pd":
        return "-"
    parts = unicodedata.normalize("NFKD", lower)
    kept = (part for part in parts if unicodedata.category(part) not in {"Mn", "Me"})
    return "".join(_PLAIN.get(part, part) for part in kept).casefold()


class _Table(dict[int, str]):
    """Folds are worked out on first use; hostile text may not make the cache grow without end."""

    def __missing__(self, code: int) -> str:
        folded = _fold_character(chr(code))
        if len(self) < _CACHE_LIMIT:
            self[code] = folded
        return folded


_TABLE = _Table()
# Half of a table for bytes; the other half is never met in ASCII text.
_ASCII = "".join(_TABLE[code] for code in range(128)).encode() + bytes(128)
_ENTITY = Pattern(
    "&(?:#[0-9]{2,6}|#[xX][0-9a-fA-F]{2,5}"
    "|amp|lt|gt|quot|apos|nbsp|[lr][sd]quo|hellip|[nm]dash|pound|euro);"
)
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_ELONGATED = 3
_RUN = Pattern("|".join(chr(letter) * _ELONGATED for letter in _LETTERS), 200_000)


@dataclass(slots=True)
class Folded:
    """A text ready for matching: ``data`` is what patterns see.

    ``source`` is the text that was folded, after its HTML entities; ``origin`` and ``kept`` lead
    back over what was taken out before folding (entities) and after it (drawn-out letters).
    """

    data: bytes
    source: str
    origin: list[int] | None = None
    kept: list[int] | None = None
    _starts: list[int] = field(default_factory=list)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The code points of the text as it was sent that ``data[start:end]`` came from.

        The span may not be empty.
        """
        if self.kept is not None:
            start, end = self.kept[start], self.kept[end]
        if not self.source.isascii():
            start, end = self._characters(start, end)
        if self.origin is not None:
            start, end = self.origin[start], self.origin[end]
        return start, end

    def _characters(self, start: int, end: int) -> tuple[int, int]:
        if not self._starts:
            for index, character in enumerate(self.source):
                self._starts += [index] * len(_TABLE[ord(character)].encode())
            self._starts.append(len(self.source))
        # What was dropped after a letter (an accent, a skin tone) belongs to that letter, so the
        # end is where the next kept character begins; "ß" folds to two letters of one origin.
        following = bisect_left(self._starts, self._starts[end - 1] + 1, end - 1)
        return self._starts[start], self._starts[following]

    @property
    def is_elongated(self) -> bool:
        """Whether a letter stands three times or more in a row, as in ``sooo``."""
        return _RUN.found(self.data)

    def squeezed(self, length: int) -> Folded:
        """The same text with each run of three or more equal letters cut to *length* letters."""
        kept: list[int] = []
        index, size = 0, len(self.data)
        while index < size:
            letter, stop = self.data[index], index + 1
            while stop < size and self.data[stop] == letter:
                stop += 1
            is_long = stop - index >= _ELONGATED and letter in _LETTERS
            kept += range(index, index + length if is_long else stop)
            index = stop
        data = bytes(self.data[position] for position in kept)
        return Folded(data, self.source, self.origin, [*kept, size])


def fold(text: str) -> Folded:
    """Fold *text* for matching; any text will do, also with lone surrogates or NUL."""
    origin: list[int] | None = None
    if "&" in text and ";" in text:
        text, origin = _unescape(text)
    if text.isascii():
        return Folded(text.encode().translate(_ASCII), text, origin)
    return Folded(text.translate(_TABLE).encode(), text, origin)


def fold_text(text: str) -> str:
    """The folded form of *text* alone, for words that go into a pattern."""
    return text.translate(_TABLE)


def _unescape(text: str) -> tuple[str, list[int] | None]:
    """*text* with HTML entities resolved, and where each of its characters began."""
    pieces: list[str] = []
    origin: list[int] = []
    done = 0
    # One byte for each character: entities are ASCII, so what the others are does not matter.
    for start, end in _ENTITY.spans(text.encode("ascii", "replace")):
        character = html.unescape(text[start:end])
        if len(character) == 1:
            pieces += (text[done:start], character)
            origin += (*range(done, start), start)
            done = end
    if not pieces:
        return text, None
    return "".join((*pieces, text[done:])), [*origin, *range(done, len(text) + 1)]

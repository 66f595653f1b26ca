"""The shape of a text: one byte for each code point, so that spans in the bytes are spans in the text.

Patterns over shapes run in linear time and see letters, digits, spaces and marks of every script
as a few classes. ASCII stands for itself; other letters are `LETTER`, digits of any script the
ASCII digit of their value, odd spaces, dashes, colons and signs their plain form.
"""

from __future__ import annotations

import unicodedata

__all__ = ["LETTER", "plain", "shape"]

LETTER = r"\xe9"
_LETTER = "\xe9"
_OTHER = "\xff"
_CACHE_LIMIT = 20_000
_LOOKALIKES = {
    **dict.fromkeys("\uff0b\ufe62", "+"),
    **dict.fromkeys("\uff20\ufe6b", "@"),
    **dict.fromkeys("\uff1a\ufe55", ":"),
    **dict.fromkeys("\uff0e\uff61", "."),
    **dict.fromkeys("\u2019\u2018\u02bc\uff07", "'"),
    # Patterns that ignore case take these for the letters s and k.
    "\u017f": "s",
    "\u212a": "k",
}


def _shape_of(character: str) -> str:
    if character.isascii():
        return character
    if character in _LOOKALIKES:
        return _LOOKALIKES[character]
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category[0] in "LM" or category in {"Nl", "No"}:
        return _LETTER
    if category == "Pd" or character == "\u2212":
        return "-"
    return " " if character.isspace() else _OTHER


def _plain_of(character: str) -> str:
    lower = _LOOKALIKES.get(character, character).lower()
    base = unicodedata.normalize("NFKD", lower)[:1] or lower
    return base if len(base.lower()) == 1 else character


class _Table(dict[int, str]):
    """Worked out on first use; hostile text may not make it grow without end."""

    def __init__(self, of: object) -> None:
        super().__init__()
        self._of = of

    def __missing__(self, code: int) -> str:
        found: str = self._of(chr(code))  # type: ignore[operator] # one of the two above
        if len(self) < _CACHE_LIMIT:
            self[code] = found
        return found


_SHAPES = _Table(_shape_of)
_PLAINS = _Table(_plain_of)
_ASCII = bytes(range(128))
_FEW = 6


def _by_few(text: str, table: _Table) -> str | None:
    """*text* by *table* but for ASCII, or None where that is not simply told.

    Most texts that are not ASCII have a few quotation marks and no more; looking up every
    character of such a text costs ten times as much.
    """
    odd = _odd(text)
    if len(odd) > _FEW:
        return None
    for character in odd:
        new = table[ord(character)]
        if new in odd and table[ord(new)] != new:
            return None  # it stands in the text as well, and becomes something else there
        if new.lower() != new:
            return None
        text = text.replace(character, new)
    return text


def _odd(text: str) -> set[str]:
    """The characters of *text* that are not ASCII; it costs the least to let bytes be dropped."""
    left = text.encode("utf-8", "surrogatepass").translate(None, _ASCII)
    return set(left.decode("utf-8", "surrogatepass"))


def shape(text: str) -> bytes:
    r"""The shape of *text*, as long as the text has code points.

    >>> shape("Zo\u00eb: \u0663\u0660 kg")
    b'Zo\xe9: 30 kg'
    """
    if text.isascii():
        return text.encode()
    shaped = _by_few(text, _SHAPES)
    return (text.translate(_SHAPES) if shaped is None else shaped).encode("latin-1")


def plain(text: str) -> str:
    r"""*text* in lower case without accents, as long as it was.

    >>> plain("JOS\u00c9 O\u2019Neill")
    "jose o'neill"
    """
    if not text.isascii():
        few = _by_few(text, _PLAINS)
        if few is None:
            return text.translate(_PLAINS)
        text = few
    return text.lower()

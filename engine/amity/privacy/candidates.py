"""Where a text can hold personal data at all: a filter in linear time before anything costly runs.

`DATA` must stand in every text in which a recogniser of `amity.privacy.recognisers` finds
something, and what it finds must lie within the regions; tests/privacy/test_candidates.py holds
both to Presidio's own patterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from amity.cues.linear import Pattern
from amity.privacy.shape import LETTER

__all__ = ["Region", "Sieve", "emails", "urls"]

# These run over every text of every record.
_MEMORY = 1_000_000
_L = f"[A-Za-z{LETTER}]"
_NOT_ID = f"[^0-9A-Za-z{LETTER}]"
_HEX = "[0-9A-Fa-f]"

# E-mail addresses and web addresses need no checksum. These find all that Presidio's patterns find,
# in linear time, and besides: hosts of unknown endings, ports, passwords and queries without a path.
_EMAIL = Pattern(
    rf"[A-Za-z0-9{LETTER}_.!#$%&'*+/=?^`{{|}}~-]+@[A-Za-z0-9{LETTER}_-]+(?:\.[A-Za-z0-9{LETTER}_-]+)+",
    _MEMORY,
)
_URL = Pattern(
    r"[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s<>\"]+"
    r"|[Ww][Ww][Ww][0-9]{0,3}\.[^\s<>\"]+"
    rf"|[A-Za-z0-9{LETTER}.-]+\.[A-Za-z]{{2,24}}(?::[0-9]{{1,5}})?[/?][^\s<>\"]+",
    _MEMORY,
)
_SENTENCE_ENDS = b".,;:!?'\")]}"

_DATA = (
    # Six digits with up to four marks between them; a number may name its extension by an x.
    rf"(?:[0-9]{_NOT_ID}{{0,4}}(?:[xX]{{1,2}}{_NOT_ID}{{0,4}})?){{5}}[0-9]",
    r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}",  # IPv4
    rf"{_HEX}{{0,4}}:{_HEX}{{0,4}}:",  # IPv6, MAC
    r"[Ff][Ee]80:",
    rf"{_HEX}{{2}}(?:-{_HEX}{{2}}){{5}}",
    rf"{_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}",
    r"[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}",  # IBAN
    r"[13][A-Za-z0-9]{25}",  # addresses of crypto-currencies
    r"[0-9][A-Za-z][A-Za-z0-9][0-9]-?[A-Za-z][A-Za-z0-9][0-9]-?[A-Za-z]{2}[0-9]{2}",  # US Medicare
    r"[A-Za-z\]][0-9]{5}",  # US driving licences; passports
    r"[0-9]{3}[A-Za-z]{2}[0-9]{4}",
    r"[0-9]{2}[A-Za-z]{3}[0-9]{5}",
    r"[A-Za-z]{1,2}[0-9]{1,2}[A-Za-z]?\s?[0-9][A-Za-z]{2}",  # UK postcodes
    r"[Gg][Ii][Rr]\s?0[Aa]{2}",
    r"[A-Za-z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-Da-d1{}]",  # UK national insurance
    r"[A-Za-z]{2}[0-9]{2}[- ]?[A-Za-z]{3}",  # UK number plates
    r"[A-Za-z][0-9]{1,3}[- ]?[A-Za-z]{3}",
    rf"(?:^|{_NOT_ID})[A-Za-z]{{3}}[- ]?[0-9]{{1,3}}[- ]?[A-Za-z](?:{_NOT_ID}|$)",
)
# Elsewhere identifiers mix letters and digits so freely that any digit, or a long word, is a candidate.
_DATA_ANYWHERE = (*_DATA, "[0-9]", "[A-Za-z0-9]{16}")

# A run of words with digits, whatever stands between them; short words may go before, after, between.
_WORD = rf"{_L}*[0-9][0-9A-Za-z{LETTER}]*"
_MOST_GAP = 5
_GAP = rf"{_NOT_ID}{{1,{_MOST_GAP}}}"
_SHORT = rf"(?:{_L}{{1,4}}|[Ee][Xx][Tt]{_L}{{0,6}})"
_RUN = Pattern(
    rf"(?:{_SHORT}{_GAP})?{_WORD}(?:{_GAP}(?:{_SHORT}{_GAP})?{_WORD})*"
    rf"(?:{_GAP}{_L}{{1,4}})?(?:[ -][A-Z]{{1,4}}){{0,3}}",
    _MEMORY,
)
# What may have no digit at all: hexadecimal groups between colons, dashes or dots, and long words.
_TOKEN = Pattern(
    rf"\S*{_HEX}{{0,4}}:{_HEX}{{0,4}}:\S*|\S*{_HEX}{{2}}(?:-{_HEX}{{2}}){{5}}\S*"
    rf"|\S*[Ff][Ee]80:\S*|\S*{_HEX}{{4}}\.{_HEX}{{4}}\.{_HEX}{{4}}\S*|[A-Za-z0-9]{{16,}}",
    _MEMORY,
)


@dataclass(frozen=True, slots=True)
class Region:
    """Part of a text that may hold personal data; ``start`` and ``end`` count code points."""

    start: int
    end: int


class Sieve:
    """Finds the regions of texts that recognisers must look at.

    *is_anywhere* says that identifiers of other countries than the UK and the US are looked for.
    *long_digits* is the least length of a run of digits that is always a candidate, or 0.
    """

    def __init__(self, *, is_anywhere: bool = False, long_digits: int = 0) -> None:
        parts = _DATA_ANYWHERE if is_anywhere else _DATA
        long = (f"[0-9]{{{long_digits}}}",) if long_digits else ()
        self._data = Pattern("|".join(f"(?:{part})" for part in (*parts, *long)), _MEMORY)

    def has_candidates(self, shaped: bytes) -> bool:
        """Whether a text of this shape can hold any personal data but names."""
        return b"@" in shaped or self._data.found(shaped) or _URL.found(shaped)

    def regions(self, shaped: bytes) -> Iterator[Region]:
        """The regions that recognisers must look at, from left to right, apart from each other.

        E-mail and web addresses are not among them: `emails` and `urls` find those for good.
        """
        if not self._data.found(shaped):
            return
        runs = (span for span in _joined(shaped) if self._data.found(shaped[slice(*span)]))
        yield from _merged(sorted([*runs, *_TOKEN.spans(shaped)]))


def _joined(shaped: bytes) -> Iterator[tuple[int, int]]:
    """Runs; those that only the words after a run keep apart are one, as they may share an identifier."""
    start, end = -1, -1
    for next_start, next_end in _RUN.spans(shaped):
        if end >= 0 and next_start - end > _MOST_GAP:
            yield start, end
            start = next_start
        elif end < 0:
            start = next_start
        end = next_end
    if end >= 0:
        yield start, end


def _merged(spans: list[tuple[int, int]]) -> Iterator[Region]:
    last_start, last_end = -1, -1
    for start, end in spans:
        if start < last_end:
            last_end = max(last_end, end)
            continue
        if last_end >= 0:
            yield Region(last_start, last_end)
        last_start, last_end = start, end
    if last_end >= 0:
        yield Region(last_start, last_end)


def emails(shaped: bytes) -> Iterator[tuple[int, int]]:
    """The spans of e-mail addresses."""
    return iter(_EMAIL.spans(shaped) if b"@" in shaped else ())


def urls(shaped: bytes) -> Iterator[tuple[int, int]]:
    """The spans of web addresses that have a scheme, a path or a query; bare hosts are none."""
    if b"." not in shaped and b"://" not in shaped:
        return
    for start, end in _URL.spans(shaped):
        trimmed = start + len(shaped[start:end].rstrip(_SENTENCE_ENDS))
        if trimmed > start:
            yield start, trimmed

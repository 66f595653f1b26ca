"""Finds personal data in a text: first what may hold any, in linear time, then what it is."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from amity.cues.linear import Pattern
from amity.privacy.candidates import Region, Sieve, emails, urls
from amity.privacy.kinds import UNCLASSIFIED
from amity.privacy.loading import Loading
from amity.privacy.policy import Recognise
from amity.privacy.recognisers import OutOfTimeError, Recognisers, words_of
from amity.privacy.shape import shape

__all__ = ["Budget", "Finder", "Hit", "merged"]

MOST_REGION = 256  # no identifier is longer; a longer region is redacted as it is
MOST_CHARACTERS = 20_000  # of the regions of one record
_BEFORE, _AFTER = 120, 40


@dataclass(frozen=True, slots=True)
class Hit:
    """Personal data in a text; offsets count code points. ``owner`` stands for the value of a name."""

    start: int
    end: int
    kind: str
    owner: str = ""


@dataclass(slots=True)
class Budget:
    """How many characters of a record recognisers may still look at, and what they could not."""

    characters: int = MOST_CHARACTERS
    unclassified: int = 0


class Finder:
    """Finds e-mail and web addresses, numbers and identifiers; safe to share between threads."""

    def __init__(self, recognise: Recognise, loading: Loading) -> None:
        countries = set(recognise.countries)
        self._sieve = Sieve(
            is_anywhere=bool(countries - {"uk", "us"}), long_digits=recognise.long_digits
        )
        self._loading = loading
        self._leave_out = recognise.leave_out
        digits = recognise.long_digits
        self._long = Pattern(f"[0-9]{{{digits},}}") if digits else None

    def may_hold(self, text: str) -> bool:
        """Whether *text* can hold anything that `find` finds; False is certain."""
        return self._sieve.has_candidates(shape(text))

    def find(self, text: str, before: str, budget: Budget) -> list[Hit]:
        """What *text* holds, in no order; hits may overlap. *before* is what was said before it."""
        shaped = shape(text)
        if not self._sieve.has_candidates(shaped):
            return []
        hits = [Hit(start, end, "EMAIL") for start, end in emails(shaped)]
        hits += (Hit(start, end, "URL") for start, end in urls(shaped))
        addresses = list(merged(hits))
        starts = [hit.start for hit in addresses]
        for region in self._sieve.regions(shaped):
            at = bisect_right(starts, region.start) - 1
            if at < 0 or region.end > addresses[at].end:
                hits += self._in_region(region, text, before, budget)
        if self._long:
            hits += (Hit(start, end, "NUMBER") for start, end in self._long.spans(shaped))
        return [hit for hit in hits if hit.kind not in self._leave_out]

    def _in_region(self, region: Region, text: str, before: str, budget: Budget) -> Iterable[Hit]:
        start, end = _whole_words(text, region)
        size = end - start
        recognisers = self._loading.recognisers
        if recognisers is not None and size <= MOST_REGION and size <= budget.characters:
            budget.characters -= size
            context = words_of(before[-_BEFORE:], text[max(0, start - _BEFORE) : end + _AFTER])
            found = _found(recognisers, text[start:end], context)
            if found is not None:
                return [Hit(start + hit.start, start + hit.end, hit.kind) for hit in found]
        budget.unclassified += 1
        return [Hit(*_without_torn_words(text, region), UNCLASSIFIED)]


def _found(recognisers: Recognisers, part: str, context: str) -> list[Hit] | None:
    """What is in *part*, or None if that cannot be known."""
    try:
        return [
            Hit(found.start, found.end, found.kind) for found in recognisers.find(part, context)
        ]
    except OutOfTimeError:
        return None
    except Exception:  # noqa: BLE001 - somebody else's code: what it cannot say must not be kept
        return None


def _whole_words(text: str, region: Region) -> tuple[int, int]:
    """The region with the rest of the words that it cuts, as far as a region may go."""
    start, end = region.start, region.end
    while start > 0 and end - start <= MOST_REGION and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and end - start <= MOST_REGION and not text[end].isspace():
        end += 1
    return start, end


def _without_torn_words(text: str, region: Region) -> tuple[int, int]:
    """The region without the part of a longer word at either end: identifiers are whole words."""
    start, end = region.start, region.end
    if start > 0 and text[start - 1].isalpha():
        while start < end and text[start].isalpha():
            start += 1
    if end < len(text) and text[end].isalpha():
        while start < end and text[end - 1].isalpha():
            end -= 1
    trimmed = text[start:end].strip()
    return (
        start + text[start:end].index(trimmed),
        start + text[start:end].index(trimmed) + len(trimmed),
    )


def merged(hits: Iterable[Hit]) -> Iterator[Hit]:
    """Hits apart from each other that cover the same; each is of the kind of its longest."""
    group: list[Hit] = []
    end = -1
    for hit in sorted(hits, key=lambda hit: (hit.start, hit.end)):
        if group and hit.start >= end:
            yield _one(group, end)
            group = []
        group.append(hit)
        end = max(end, hit.end) if len(group) > 1 else hit.end
    if group:
        yield _one(group, end)


def _one(group: list[Hit], end: int) -> Hit:
    longest = max(group, key=lambda hit: hit.end - hit.start)
    return Hit(group[0].start, end, longest.kind, longest.owner)

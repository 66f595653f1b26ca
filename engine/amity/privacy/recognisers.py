"""Presidio's pattern recognisers, run over short regions, each with a limit of time.

Presidio's own engine is not used: it wants a model of spaCy, takes a pattern that runs out of time
for one that found nothing, and writes texts to its log.
"""

from __future__ import annotations

import importlib
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from amity.privacy.kinds import COUNTRIES, EVERYWHERE, KINDS

__all__ = ["Found", "OutOfTimeError", "Recognisers", "load_recognisers"]

COUNTS_FROM = 0.4  # Presidio's own least score with a word of context
CONTEXT_ADDS = 0.35  # and what such a word adds
WEAK_BELOW = 0.3  # a checksum over plain digits holds by chance too often to count without context
PATTERN_S = 1.0  # by the clock: what else runs on the machine counts too
REGION_S = 0.5  # of this thread's own work
# Words of context that say nothing in a conversation.
_IDLE_WORDS = frozenset({"us", "save", "check", "states", "united", "document", "number"})
_LEAST_DIGITS = {"PHONE_NUMBER": 7, "US_DRIVER_LICENSE": 5}
_PHONE = "PHONE_NUMBER"
# What is checked so well that it is no telephone number.
_SURE = frozenset({"CARD", "CRYPTO", "IBAN", "IP", "MAC"})


class OutOfTimeError(Exception):
    """A region took longer than it may; nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Found:
    """Personal data of a kind in a region; offsets count from the region's start."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Check:
    recogniser: Any
    entity: str
    pattern: Any
    compiled: Any
    score: float
    context: tuple[str, ...]
    is_iban: bool


class Recognisers:
    """Recognisers that are loaded; safe to share between threads.

    *phones* finds telephone numbers, one recogniser for each region, tried in turn.
    """

    def __init__(self, checks: Sequence[_Check], phones: Sequence[Any]) -> None:
        self._checks = tuple(checks)
        self._phones = tuple(phones)

    def find(self, region: str, context: str) -> list[Found]:
        """What *region* holds. *context* is what was said around it, as `words_of` gives it.

        Raises OutOfTimeError.
        """
        deadline = time.thread_time() + REGION_S
        found = [*self._by_pattern(region, context, deadline)]
        # A telephone number beside another number is found only without the other.
        rest = _without(region, (each for each in found if each.kind in _SURE))
        if _has_digits(rest, _PHONE):
            found += self._by_telephone(rest, deadline) or self._by_telephone(
                _without(rest, found), deadline
            )
        return [_completed(region, each) for each in found]

    def _by_pattern(self, region: str, context: str, deadline: float) -> Iterator[Found]:
        for check in self._checks:
            try:
                for match in check.compiled.finditer(region, timeout=PATTERN_S):
                    end = _end(check, match, context)
                    if end > match.start():
                        yield Found(
                            KINDS.get(check.entity, check.entity),
                            match.start() + _lead(match.group()),
                            end,
                        )
            except TimeoutError as error:
                raise OutOfTimeError from error
            if time.thread_time() > deadline:
                raise OutOfTimeError

    def _by_telephone(self, region: str, deadline: float) -> list[Found]:
        if not _has_digits(region, _PHONE):
            return []
        for phone in self._phones:
            matches = phone.analyze(region, [_PHONE], None)
            found = [
                Found(KINDS[_PHONE], match.start, match.end)
                for match in matches
                if _has_digits(region[match.start : match.end], _PHONE)
            ]
            if found:
                return found
            if time.thread_time() > deadline:
                raise OutOfTimeError
        return []


def _without(region: str, found: Iterable[Found]) -> str:
    for each in found:
        region = region[: each.start] + "|" * (each.end - each.start) + region[each.end :]
    return region


def _completed(region: str, found: Found) -> Found:
    """What was found, with the rest of a word that it cuts: some patterns stop too early."""
    joints = ":" if found.kind == "IP" else ""
    start, end = found.start, found.end
    while start > 0 and (region[start - 1].isalnum() or region[start - 1] in joints):
        start -= 1
    while end < len(region) and (region[end].isalnum() or region[end] in joints):
        end += 1
    return Found(found.kind, start, end)


def _lead(text: str) -> int:
    """How many spaces *text* begins with: some patterns take one in."""
    return len(text) - len(text.lstrip())


def _end(check: _Check, match: Any, context: str) -> int:
    """Where what *match* found ends, or -1 if it does not count."""
    if not check.is_iban:
        return match.end() if _counts(check, match.group(), context) else -1
    # The pattern runs into the words that follow; an account number ends where its checksum is right.
    for group in (3, 2, 1):
        end = int(match.end(group))
        if end > 0 and _counts(check, match.string[match.start() : end], context):
            return end
    return -1


def _has_digits(text: str, entity: str) -> bool:
    least = _LEAST_DIGITS.get(entity, 0)
    return not least or sum(map(str.isdecimal, text)) >= least


def _counts(check: _Check, text: str, context: str) -> bool:
    if not _has_digits(text, check.entity):
        return False
    try:
        is_valid = check.recogniser.validate_result(text)
        is_invalid = is_valid is False or check.recogniser.invalidate_result(text)
    except Exception:  # noqa: BLE001 - some checksums stumble over digits of other scripts
        return True
    if is_invalid:
        return False
    has_context = any(word in context for word in check.context)
    score = 1.0 if is_valid and (has_context or check.score >= WEAK_BELOW) else check.score
    return round(score + (CONTEXT_ADDS if has_context else 0.0), 2) >= COUNTS_FROM


def words_of(*texts: str) -> str:
    """The words of *texts* in lower case with a space on each side, to look for words of context.

    >>> words_of("My SSN-number?")
    ' my ssn number '
    """
    kept = (character if character.isalnum() else " " for text in texts for character in f"{text} ")
    return f" {' '.join(''.join(kept).lower().split())} "


def load_recognisers(countries: Iterable[str], phone_regions: Iterable[str]) -> Recognisers:
    """Presidio's recognisers; takes seconds. Raises ImportError where Presidio is not whole."""
    # Its log may hold texts, or what is wrong with them.
    for name in ("presidio-analyzer", "decision_process"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    module = importlib.import_module("presidio_analyzer.predefined_recognizers")
    names = [*EVERYWHERE, *(name for country in countries for name in COUNTRIES[country])]
    checks: list[_Check] = []
    for name in names:
        checks += _checks(getattr(module, f"{name}Recognizer")(), is_iban=name == "Iban")
    checks += _checks(_mistyped_cards(module.CreditCardRecognizer()))
    phones = [module.PhoneRecognizer(supported_regions=[region]) for region in phone_regions]
    return Recognisers(checks, phones)


def _mistyped_cards(cards: Any) -> Any:
    """Where a card is spoken of, as many digits as a card has are one, whatever their checksum."""
    from presidio_analyzer import Pattern, PatternRecognizer  # noqa: PLC0415 - loads late

    pattern = Pattern("mistyped", r"\b(?:\d[ -]?){12,18}\d\b", round(COUNTS_FROM - CONTEXT_ADDS, 2))
    (entity,) = cards.supported_entities
    return PatternRecognizer(entity, patterns=[pattern], context=cards.context)


def _checks(recogniser: Any, *, is_iban: bool = False) -> Iterator[_Check]:
    import regex  # noqa: PLC0415 - it comes with Presidio, which loads late

    words = (words_of(word) for word in recogniser.context or ())
    context = tuple(sorted({word for word in words if word.strip() not in _IDLE_WORDS} - {"  "}))
    (entity,) = recogniser.supported_entities
    for pattern in recogniser.patterns:
        # What can never count need not run.
        if round(pattern.score + CONTEXT_ADDS, 2) < COUNTS_FROM and not _validates(recogniser):
            continue
        compiled = regex.compile(pattern.regex, recogniser.global_regex_flags)
        yield _Check(recogniser, entity, pattern, compiled, pattern.score, context, is_iban)


def _validates(recogniser: Any) -> bool:
    return "validate_result" in vars(type(recogniser))

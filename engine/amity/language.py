"""The language in which a conversation is held, by its words: what policies cannot read is not judged."""

from __future__ import annotations

import pycld2

from amity.conversation import Conversation

__all__ = ["heard_language", "is_among", "language_name"]

# Fewer bytes, or a smaller share of them in one language, do not settle it: greetings, names, and
# people who mix two languages as they speak are everyday text.
LEAST_BYTES = 60
LEAST_PERCENT = 90
MOST_CHARACTERS = 4000

# Tags that people and CLD2 use for languages whose readers understand each other's text.
_KIN = (
    frozenset({"en", "sco"}),
    frozenset({"no", "nb", "nn"}),
    frozenset({"hr", "sr", "bs", "sr-me"}),
    frozenset({"id", "ms"}),
    frozenset({"he", "iw"}),
    frozenset({"zh", "zh-hant"}),
    frozenset({"tl", "fil"}),
)
# CLD2 refuses control characters, though they are valid UTF-8 and people do send them.
_CONTROLS = dict.fromkeys((*range(9), 11, 12, *range(14, 32), *range(127, 160)), " ")
_NAMES: dict[str, str] = {code.lower(): name.capitalize() for name, code in pycld2.LANGUAGES}


def heard_language(conversation: Conversation) -> str:
    """The tag of the language that nearly all of *conversation* is in, or ``""`` where that is unsure.

    By Compact Language Detector 2, over the first 4,000 characters, in about 0.1 ms.
    """
    said: list[str] = []
    room = MOST_CHARACTERS
    for turn in conversation.turns:
        said.append(turn.text[:room])
        room -= len(said[-1])
        if room <= 0:
            break
    return _language_of(" \n".join(said))


def _language_of(text: str) -> str:
    cleaned = text.translate(_CONTROLS).encode("utf-8", "replace")
    try:
        is_reliable, size, found = pycld2.detect(cleaned, isPlainText=True)
    except pycld2.error:
        return ""
    _, code, percent, _ = found[0]
    if not is_reliable or size < LEAST_BYTES or percent < LEAST_PERCENT or code == "un":
        return ""
    return str(code).lower()


def is_among(language: str, languages: frozenset[str]) -> bool:
    """Whether who reads one of *languages* reads *language*.

    >>> is_among("sco", frozenset({"en"}))
    True
    """
    kin = next((group for group in _KIN if language in group), frozenset({language}))
    return not kin.isdisjoint(languages)


def language_name(code: str) -> str:
    """The English name of the language with the tag *code*, or the tag itself if it has none.

    >>> language_name("es")
    'Spanish'
    """
    return _NAMES.get(code, code)

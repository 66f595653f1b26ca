"""The tree of a phrasing: what the mini-language can say, as values."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "Choice",
    "Emoji",
    "Gap",
    "Item",
    "Lemma",
    "Mark",
    "Number",
    "Run",
    "Stem",
    "Suffix",
    "Word",
    "has_mark",
    "is_needed",
]


@dataclass(frozen=True, slots=True)
class Word:
    """One word, folded."""

    text: str


@dataclass(frozen=True, slots=True)
class Suffix:
    """A short form that is written on to the word before it, such as ``'ve``."""

    text: str


@dataclass(frozen=True, slots=True)
class Stem:
    """Any word that begins with ``text``."""

    text: str


@dataclass(frozen=True, slots=True)
class Lemma:
    """Any inflection of an English word; ``column`` is where it was written, from 1."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji or sign such as ``£``, folded; it needs no space around it."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """``?`` or ``!``."""

    text: str


@dataclass(frozen=True, slots=True)
class Number:
    """Digits or a number word."""


@dataclass(frozen=True, slots=True)
class Gap:
    """From ``low`` to ``high`` words of any kind."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several runs, or (``is_optional``) nothing."""

    runs: tuple[Run, ...]
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Items that follow one another; at least one of them is needed."""

    items: tuple[Item, ...]


Item = Word | Suffix | Stem | Lemma | Emoji | Mark | Number | Gap | Choice


def is_needed(item: Item) -> bool:
    """Whether *item* must be there: it is neither a gap nor optional."""
    return not (isinstance(item, Gap) or (isinstance(item, Choice) and item.is_optional))


def has_mark(run: Run) -> bool:
    """Whether *run* may pass a mark, and so the end of a sentence."""
    return any(
        isinstance(item, Mark) or (isinstance(item, Choice) and any(map(has_mark, item.runs)))
        for item in run.items
    )

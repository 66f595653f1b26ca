"""The mini-language of cues: from one phrasing to a small tree, or to an error that says where."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import NoReturn

from amity.cues.fold import JOINER, fold_text

__all__ = ["CLITICS", "Choice", "Emoji", "Gap", "Item", "Lemma", "Mark", "Number", "PhrasingError", "Run", "Stem", "Word", "parse"]

MAX_LENGTH = 2_000
MAX_DEPTH = 6
MAX_GAP = 6
MIN_STEM = 3
_APOSTROPHES = "'\u2018\u2019\u02bc`\u00b4"
_SIGNS = "&%+$£€"
_SEPARATORS = ",-/_\u2010\u2011\u2012\u2013\u2014\u2015"


class PhrasingError(Exception):
    """A phrasing that cannot be read: a code, what is wrong, the fix, and the column (from 1)."""

    def __init__(self, code: str, message: str, fix: str, column: int) -> None:
        super().__init__(message)
        self.code, self.message, self.fix, self.column = code, message, fix, column


@dataclass(frozen=True, slots=True)
class Word:
    """One word, folded."""

    text: str


@dataclass(frozen=True, slots=True)
class Stem:
    """Any word that begins with ``text``."""

    text: str


@dataclass(frozen=True, slots=True)
class Lemma:
    """Any inflection of an English word; ``column`` is where it was written."""

    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Emoji:
    """One emoji or sign, folded (without skin tone or variation selector); it needs no space around."""

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
    """One of several runs, or (``optional``) nothing."""

    runs: tuple[Run, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Items that follow one another."""

    items: tuple[Item, ...]


Item = Word | Stem | Lemma | Emoji | Mark | Number | Gap | Choice
# Short forms that are written on to the word before: i [have|'ve].
CLITICS = frozenset({"'s", "'ve", "'re", "'d", "'ll", "'m"})
_CLOSERS = {"(": ")", "[": "]"}


def parse(phrasing: str) -> Run:
    """The tree of one phrasing.

    >>> parse("so* [very] sorry").items[2]
    Word(text='sorry')
    """
    if len(phrasing) > MAX_LENGTH:
        raise PhrasingError("Q127", f"the phrasing is longer than {MAX_LENGTH} characters", "split it into several phrasings", 1)
    reader = _Reader(phrasing)
    run = reader.run(0)
    if reader.at < len(phrasing):
        reader.fail("Q121", f'"{phrasing[reader.at]}" closes nothing', "open it first, or remove it")
    if not _has_word(run):
        reader.at = 0
        reader.fail("Q120", "the phrasing has no word", "add a word, stem, lemma or emoji that must be there")
    for item in (run.items[0], run.items[-1]):
        if isinstance(item, Gap):
            reader.at = 0
            reader.fail("Q124", "a gap at the edge of the phrasing", "a gap stands between two words; remove it")
    return run


def _is_needed(item: Item) -> bool:
    return not (isinstance(item, Gap) or (isinstance(item, Choice) and item.optional))


def _has_word(run: Run) -> bool:
    """Whether each way through *run* passes a word, stem, lemma or emoji."""
    return any(
        isinstance(item, Word | Stem | Lemma | Emoji)
        or (isinstance(item, Choice) and not item.optional and all(_has_word(inner) for inner in item.runs))
        for item in run.items
    )


class _Reader:
    """Reads left to right; ``at`` is where it stands."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, code: str, message: str, fix: str, at: int | None = None) -> NoReturn:
        raise PhrasingError(code, message, fix, (self.at if at is None else at) + 1)

    def run(self, depth: int) -> Run:
        items: list[Item] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if character.isspace() or character in _SEPARATORS:
                self.at += 1
            elif character in "|)]":
                break
            else:
                items.append(self._item(character, depth))
        return Run(tuple(items))

    def _item(self, character: str, depth: int) -> Item:
        if character in _CLOSERS:
            return self._choice(character, depth + 1)
        if character == "<":
            return self._gap()
        if character == "@":
            return self._lemma()
        if character in "?!":
            self.at += 1
            return Mark(character)
        if character == "#":
            return self._number()
        if _is_emoji(character):
            return self._emoji()
        return self._word()

    def _choice(self, opener: str, depth: int) -> Choice:
        start = self.at
        if depth > MAX_DEPTH:
            self.fail("Q127", f"brackets are nested more than {MAX_DEPTH} deep", "split it into several phrasings")
        self.at += 1
        runs: list[Run] = []
        while True:
            branch = self.at
            runs.append(self.run(depth))
            if not any(_is_needed(item) for item in runs[-1].items):
                self.fail("Q125", "an alternative that may be empty", "each alternative needs a word of its own", branch)
            if self.at >= len(self.text):
                self.fail("Q121", f'"{opener}" is never closed', f'add "{_CLOSERS[opener]}"; YAML drops what follows " #", so put a phrasing with # in quotes', start)
            self.at += 1
            if self.text[self.at - 1] != "|":
                break
        if self.text[self.at - 1] != _CLOSERS[opener]:
            self.at -= 1
            self.fail("Q121", f'"{opener}" is closed by "{self.text[self.at]}"', f'close it with "{_CLOSERS[opener]}"')
        return Choice(tuple(runs), optional=opener == "[")

    def _gap(self) -> Gap:
        start = self.at
        end = self.text.find(">", start)
        low, dash, high = self.text[start + 1 : max(end, start)].partition("-")
        if not (dash and low.isdecimal() and high.isdecimal() and len(low + high) == 2):
            self.fail("Q124", "a gap is not written like this", f"write <0-3>: from 0 to 3 words, {MAX_GAP} at most")
        if not int(low) <= int(high) <= MAX_GAP or high == "0":
            self.fail("Q124", f"a gap of {low} to {high} words", f"the first number is the smaller, the second 1 to {MAX_GAP}")
        self.at = end + 1
        return Gap(int(low), int(high))

    def _lemma(self) -> Lemma:
        start = self.at
        self.at += 1
        while self.at < len(self.text) and self.text[self.at].isalpha():
            self.at += 1
        word = fold_text(self.text[start + 1 : self.at])
        if not (word.isascii() and word.isalpha()) or self._is_inside_word():
            self.fail("Q126", "@ needs one English word in plain letters", "write @take for take, takes, taking, took, taken", start)
        return Lemma(word, start + 1)

    def _number(self) -> Number:
        start = self.at
        self.at += 1
        if self._is_inside_word():
            self.fail("Q122", '"#" stands for a whole number', "put a space after #", start)
        return Number()

    def _emoji(self) -> Emoji:
        start = self.at
        while self.at < len(self.text) and (_is_emoji(self.text[self.at]) or not fold_text(self.text[self.at])):
            self.at += 1
        return Emoji(fold_text(self.text[start : self.at]))

    def _is_inside_word(self) -> bool:
        return self.at < len(self.text) and _is_word_character(self.text[self.at])

    def _word(self) -> Word | Stem | Emoji:
        start = self.at
        while self.at < len(self.text) and (self._is_inside_word() or self._is_point() or self._is_mask(start)):
            self.at += 1
        raw = self.text[start : self.at]
        if raw and not raw.strip(_SIGNS):
            return Emoji(fold_text(raw))
        if not any(character.isalnum() for character in raw):
            self._fail_character(start)
        text = fold_text(raw)
        text = text.rstrip("'") if text in CLITICS else text.strip("'")
        if self.text[self.at : self.at + 1] != "*":
            return Word(text)
        self.at += 1
        if len(text) < MIN_STEM:
            self.fail("Q123", f'the stem "{raw}*" is too short', f"a stem has {MIN_STEM} letters or more", start)
        return Stem(text)

    def _is_point(self) -> bool:
        """Whether a full stop or colon stands inside a word, as in 9.30 or v2.1."""
        near = self.text[self.at - 1 : self.at + 2]
        return self.at > 0 and len(near) == 3 and near[1] in ".:" and near[0].isalnum() and near[2].isalnum()

    def _is_mask(self, start: int) -> bool:
        """Whether a star hides a letter, as in sh*t or f***; a single star at the end makes a stem."""
        if self.at == start or self.text[self.at] != "*":
            return False
        after = self.text[self.at + 1 : self.at + 2]
        return self.text[self.at - 1] == "*" or after == "*" or (after != "" and _is_word_character(after))

    def _fail_character(self, start: int) -> NoReturn:
        character = self.text[min(start, len(self.text) - 1)]
        fixes = {
            "*": "a * follows the first letters of a word",
            ".": "a cue never spans two sentences; remove it or use two cues",
            ";": "a cue never spans two clauses; remove it or use two cues",
            ":": "a cue never spans two clauses; remove it or use two cues",
            '"': "quotes need no cue of their own; remove them",
        }
        self.fail("Q122", f'"{character}" means nothing here', fixes.get(character, "see the table of docs/cues.md"), start)


def _is_word_character(character: str) -> bool:
    return (
        character.isalnum()
        or character in _APOSTROPHES
        or character in _SIGNS
        or unicodedata.category(character).startswith("M")
    )


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in ("So", "Sk", "Cn") and fold_text(character) != "" or character == JOINER

"""The mini-language of cues: from one phrasing to its tree, or to an error that says where."""

from __future__ import annotations

import re
import unicodedata
from typing import NoReturn

from amity.cues.fold import JOINER, fold_text
from amity.cues.tree import (
    Choice,
    Emoji,
    Gap,
    Item,
    Lemma,
    Mark,
    Number,
    Run,
    Stem,
    Suffix,
    Word,
    is_needed,
)

__all__ = ["PhrasingError", "parse"]

MAX_LENGTH = 2_000
MAX_DEPTH = 6
MAX_GAP = 6
MIN_STEM = 3
_SUFFIXES = frozenset({"'s", "'ve", "'re", "'d", "'ll", "'m"})
_PLAIN = re.compile(r"[A-Za-z0-9]*")  # what needs no closer look, which is nearly everything
_SIGNS = "&%$£€"
_SEPARATORS = ",-/_+\u2010\u2011\u2012\u2013\u2014\u2015"
_CLOSERS = {"(": ")", "[": "]"}
_FIXES = {
    "*": "a * follows the first letters of a word",
    ".": "a cue never spans two sentences: remove it, or use two cues",
    ";": "a cue never spans two clauses: remove it, or use two cues",
    ":": "a cue never spans two clauses: remove it, or use two cues",
    '"': "quotes around words are met without a cue of their own: remove them",
}


class PhrasingError(Exception):
    """A phrasing that cannot be read: a code, what is wrong, the fix, and the column (from 1)."""

    def __init__(self, code: str, message: str, fix: str, column: int) -> None:
        super().__init__(message)
        self.code, self.message, self.fix, self.column = code, message, fix, column


def parse(phrasing: str) -> Run:
    """The tree of one phrasing; PhrasingError if it cannot be read.

    >>> parse("[so|very] sorry").items[1]
    Word(text='sorry')
    """
    reader = _Reader(phrasing)
    if len(phrasing) > MAX_LENGTH:
        reader.fail("Q127", f"more than {MAX_LENGTH} characters", "split it into several phrasings")
    run = reader.run(0)
    if reader.at < len(phrasing):
        reader.fail("Q121", f'"{phrasing[reader.at]}" closes nothing', "open it, or remove it")
    reader.at = 0
    if not _has_word(run):
        fix = "add a word, stem, lemma or emoji that is always there"
        reader.fail("Q120", "the phrasing can match without any word", fix)
    if isinstance(run.items[0], Gap | Suffix) or isinstance(run.items[-1], Gap):
        reader.fail("Q124", "a gap or 's at the edge of the phrasing", "put a word beside it")
    return run


def _has_word(run: Run) -> bool:
    """Whether each way through *run* passes a word, stem, lemma or emoji."""
    return any(
        isinstance(item, Word | Stem | Lemma | Emoji)
        or (isinstance(item, Choice) and is_needed(item) and all(map(_has_word, item.runs)))
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
        """The items up to the end of the text, of the bracket or of the alternative."""
        items: list[Item] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if character.isspace() or character in _SEPARATORS:
                self.at += 1
            elif character in "|)]":
                break
            elif character in _CLOSERS:
                items.append(self._choice(depth + 1))
            else:
                items.append(self._simple(character))
        return Run(tuple(items))

    def _simple(self, character: str) -> Item:
        start = self.at
        if character == "<":
            return self._gap(start)
        if _is_emoji(character):
            return self._emoji(start)
        if character not in "@?!#":
            return self._word(start)
        self.at += 1
        if character == "@":
            return self._lemma(start)
        if character != "#":
            return Mark(character)
        if self._is_inside_word():
            self.fail("Q122", '"#" stands for a whole number', "put a space after #", start)
        return Number()

    def _choice(self, depth: int) -> Choice:
        start, opener = self.at, self.text[self.at]
        if depth > MAX_DEPTH:
            self.fail("Q127", f"brackets nested more than {MAX_DEPTH} deep", "split the phrasing")
        runs: list[Run] = []
        end = "|"
        while end == "|":
            self.at += 1
            branch = self.at
            runs.append(self.run(depth))
            if not any(map(is_needed, runs[-1].items)):
                fix = "each alternative needs something that is always there"
                self.fail("Q125", "an alternative that may be empty", fix, branch)
            end = self.text[self.at : self.at + 1]
        if end != _CLOSERS[opener]:
            self._fail_open(opener, end, start)
        self.at += 1
        return Choice(tuple(runs), is_optional=opener == "[")

    def _fail_open(self, opener: str, end: str, start: int) -> NoReturn:
        closer = _CLOSERS[opener]
        if end:
            self.fail("Q121", f'"{opener}" is closed by "{end}"', f'close it with "{closer}"')
        fix = f'add "{closer}"; in YAML " #" begins a comment, so quote a phrasing that has #'
        self.fail("Q121", f'"{opener}" is never closed', fix, start)

    def _gap(self, start: int) -> Gap:
        end = self.text.find(">", start)
        low, dash, high = self.text[start + 1 : max(end, start)].partition("-")
        if not (dash and low.isdecimal() and high.isdecimal()):
            self.fail("Q124", "a gap that cannot be read", "write <0-3> for 0 to 3 words")
        if not 0 <= int(low) <= int(high) <= MAX_GAP or int(high) == 0:
            fix = f"write the smaller number first, and {MAX_GAP} at most"
            self.fail("Q124", f"a gap of {low} to {high} words", fix)
        self.at = end + 1
        return Gap(int(low), int(high))

    def _lemma(self, start: int) -> Lemma:
        while self.at < len(self.text) and self.text[self.at].isalpha():
            self.at += 1
        word = fold_text(self.text[start + 1 : self.at])
        if not (word.isascii() and word.isalpha()) or self._is_inside_word():
            fix = "write @take for take, takes, taking, took, taken"
            self.fail("Q126", "@ needs one English word in plain letters", fix, start)
        return Lemma(word, start + 1)

    def _emoji(self, start: int) -> Emoji:
        while self.at < len(self.text) and _is_part_of_emoji(self.text[self.at]):
            self.at += 1
        return Emoji(fold_text(self.text[start : self.at]))

    def _word(self, start: int) -> Word | Suffix | Stem | Emoji:
        self.at += len(_PLAIN.match(self.text, self.at)[0])  # type: ignore[index] # matches anything
        while self._is_inside_word() or self._is_point() or self._is_mask(start):
            self.at += 1
        raw = self.text[start : self.at]
        if raw and not raw.strip(_SIGNS):
            return Emoji(fold_text(raw))
        text = fold_text(raw)
        if not any(character.isalnum() for character in text):
            character = self.text[start]
            fix = _FIXES.get(character, "see the table in docs/cues.md")
            self.fail("Q122", f'"{character}" means nothing here', fix, start)
        if text in _SUFFIXES:
            return Suffix(text)
        text = text.strip("'")
        if self.text[self.at : self.at + 1] != "*":
            return Word(text)
        if len(text) < MIN_STEM:
            fix = f"write {MIN_STEM} letters or more before the *"
            self.fail("Q123", f'the stem "{raw}*" is too short', fix, start)
        self.at += 1
        return Stem(text)

    def _is_inside_word(self) -> bool:
        return _is_word_character(self.text[self.at : self.at + 1])

    def _is_point(self) -> bool:
        """Whether a full stop or colon stands inside a word, as in 9.30 or v2.1."""
        before, here, after = (self.text[at : at + 1] for at in range(self.at - 1, self.at + 2))
        return here in {".", ":"} and before.isalnum() and after.isalnum()

    def _is_mask(self, start: int) -> bool:
        """Whether a star hides a letter, as in sh*t or f***; a lone star at the end makes a stem."""
        if self.at == start or self.text[self.at : self.at + 1] != "*":
            return False
        after = self.text[self.at + 1 : self.at + 2]
        return self.text[self.at - 1] == "*" or after == "*" or _is_word_character(after)


def _is_word_character(character: str) -> bool:
    return character != "" and (
        character.isalnum()
        or fold_text(character) == "'"
        or character in _SIGNS
        or unicodedata.category(character).startswith("M")
    )


def _is_emoji(character: str) -> bool:
    return unicodedata.category(character) in {"So", "Sk", "Cn"} and fold_text(character) not in {
        "",
        "'",
    }


def _is_part_of_emoji(character: str) -> bool:
    return _is_emoji(character) or character == JOINER or fold_text(character) == ""

"""Content words, so that two people's words for one thing can be compared."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["Sentence", "content", "readable", "sentences"]

# Neither can go back further than one word, so both are linear in the text; RE2 is slower at lists.
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?|[0-9]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
# Words that stand in any sentence, and those that stand in any conversation with a company.
_COMMON = frozenset(
    [
        "a",
        "about",
        "above",
        "after",
        "again",
        "all",
        "also",
        "am",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "as",
        "at",
        "back",
        "be",
        "because",
        "been",
        "before",
        "being",
        "below",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "day",
        "did",
        "do",
        "does",
        "doing",
        "done",
        "down",
        "during",
        "each",
        "even",
        "ever",
        "every",
        "few",
        "for",
        "from",
        "further",
        "get",
        "gets",
        "getting",
        "go",
        "goes",
        "going",
        "gone",
        "got",
        "had",
        "has",
        "have",
        "having",
        "he",
        "hello",
        "help",
        "her",
        "here",
        "hers",
        "hi",
        "him",
        "his",
        "how",
        "however",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "kindly",
        "know",
        "let",
        "like",
        "ll",
        "look",
        "made",
        "make",
        "many",
        "may",
        "me",
        "might",
        "more",
        "most",
        "much",
        "must",
        "my",
        "need",
        "no",
        "nor",
        "not",
        "now",
        "of",
        "off",
        "ok",
        "okay",
        "on",
        "once",
        "one",
        "only",
        "or",
        "other",
        "our",
        "ours",
        "out",
        "over",
        "own",
        "please",
        "re",
        "really",
        "right",
        "said",
        "same",
        "say",
        "see",
        "shall",
        "she",
        "should",
        "since",
        "so",
        "some",
        "something",
        "sorry",
        "still",
        "such",
        "sure",
        "take",
        "tell",
        "than",
        "thank",
        "thanks",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "thing",
        "things",
        "this",
        "those",
        "through",
        "time",
        "to",
        "today",
        "too",
        "two",
        "under",
        "until",
        "up",
        "us",
        "use",
        "very",
        "want",
        "was",
        "way",
        "we",
        "well",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "who",
        "whom",
        "why",
        "will",
        "with",
        "without",
        "would",
        "yes",
        "yet",
        "you",
        "your",
        "yours",
        "account",
        "contact",
        "customer",
        "dear",
        "madam",
        "mr",
        "mrs",
        "ms",
        "problem",
        "issue",
        "order",
        "service",
        "sir",
        "team",
        "understand",
    ]
)
_SHORTEST, _SHORTEST_STEM = 2, 4
_NOTHING = frozenset([""])
_ENDINGS = ("ings", "ing", "edly", "ed", "es", "s", "ly", "e")


def readable(text: str) -> str:
    """*text* with each lone surrogate, which RE2 cannot be given, as U+FFFD: as long as before."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def content(text: str) -> frozenset[str]:
    """The stems of the words of *text* that say what it is about.

    >>> sorted(content("The washing machine leaks again, and it leaked before."))
    ['leak', 'machin', 'wash']
    """
    return frozenset(map(_stem, _WORD.findall(text.lower()))) - _NOTHING


@lru_cache(maxsize=5_000)
def _stem(word: str) -> str:
    """The stem of a word in lower case, or "" of one that says nothing of what it is about."""
    bare = word.replace("\u2019", "'").partition("'")[0]
    if bare in _COMMON or len(bare) < _SHORTEST:
        return ""
    for ending in _ENDINGS:
        if bare.endswith(ending) and len(bare) - len(ending) >= _SHORTEST_STEM - (ending == "s"):
            return bare[: -len(ending)]
    return bare


class Sentence:
    """A sentence, where it stands in its turn, and its content words, worked out when asked."""

    __slots__ = ("_content", "end", "start", "text")

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text, self.start, self.end = text, start, end
        self._content: frozenset[str] | None = None

    @property
    def content(self) -> frozenset[str]:
        """The stems of its content words."""
        if self._content is None:
            self._content = content(self.text)
        return self._content


def sentences(text: str) -> list[Sentence]:
    """The sentences of *text* without the blanks around them."""
    found = []
    for match in _SENTENCE.finditer(text):
        words = match[0].strip()
        if words:
            start = match.start() + match[0].index(words[0])
            found.append(Sentence(words, start, start + len(words)))
    return found

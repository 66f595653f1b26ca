"""What is wrong with the fields of a request, gathered so that it can be told all at once."""

from __future__ import annotations

import json

from amity.errors import Problem

__all__ = ["RequestProblems", "is_text", "quoted"]

MAX_PROBLEMS = 100
MAX_QUOTED = 60
SURROGATES = range(0xD800, 0xE000)


class RequestProblems(list[Problem]):
    """The problems of one request, each with the path of its field below ``root``."""

    def __init__(self, root: str = "") -> None:
        super().__init__()
        self.root = root

    def add(self, code: str, path: str, message: str, fix: str) -> None:
        """Record a problem of the field at *path*."""
        self.append(
            Problem(code, message, field=".".join(filter(None, (self.root, path))), fix=fix)
        )

    def too_many(self, code: str, path: str, count: int, most: int, what: str) -> bool:
        """Record that there are more than *most* of something, if there are; say whether."""
        if count > most:
            self.add(
                code,
                path,
                f"there are {count:,} {what}; at most {most:,} are allowed",
                "send fewer",
            )
        return count > most

    def check_text(self, value: str, path: str) -> None:
        """Record where *value* holds half of a character, if it does."""
        if is_text(value):
            return
        at = next(index for index, character in enumerate(value) if ord(character) in SURROGATES)
        message = (
            f"character {at} is half of a character (the lone surrogate U+{ord(value[at]):04X})"
        )
        self.add(
            "C117",
            path,
            message,
            "send whole characters; was a text cut in the middle of an emoji?",
        )

    def capped(self) -> list[Problem]:
        """The first hundred; the last then says how many more there are."""
        if len(self) <= MAX_PROBLEMS:
            return list(self)
        kept = self[: MAX_PROBLEMS - 1]
        rest = f"{len(self) - len(kept):,} more problems are not listed"
        return [*kept, Problem("C199", rest, field=self.root, fix="put these right first")]


def is_text(text: str) -> bool:
    r"""Whether *text* consists of whole characters, so that it can be written as UTF-8.

    >>> is_text("grüezi"), is_text("caf\ud83d")
    (True, False)
    """
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def quoted(text: str) -> str:
    """*text* as it can stand in a message: in quotes, shortened, with nothing that does not print."""
    short = text if len(text) <= MAX_QUOTED else f"{text[: MAX_QUOTED - 1]}…"
    return json.dumps(short, ensure_ascii=not short.isprintable())

"""What was replaced in a text, and where each place of it has moved to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Edit", "Edited", "edited"]


@dataclass(frozen=True, slots=True)
class Edit:
    """``text[start:end]`` becomes ``new``."""

    start: int
    end: int
    new: str


class Edited:
    """A text after its edits.

    >>> after = edited("call 555 now", [Edit(5, 8, "[PHONE_1]")])
    >>> after.text, after.moved(0, 8)
    ('call [PHONE_1] now', (0, 14))
    """

    __slots__ = ("_edits", "_new_starts", "_starts", "text")

    def __init__(self, text: str, edits: tuple[Edit, ...]) -> None:
        self._edits = edits
        self._starts = [edit.start for edit in edits]
        self._new_starts: list[int] = []
        pieces: list[str] = []
        done, size = 0, 0
        for edit in edits:
            pieces += (text[done : edit.start], edit.new)
            size += edit.start - done
            self._new_starts.append(size)
            size += len(edit.new)
            done = edit.end
        pieces.append(text[done:])
        self.text = "".join(pieces)

    @property
    def is_changed(self) -> bool:
        """Whether there were any edits."""
        return bool(self._edits)

    def moved(self, start: int, end: int) -> tuple[int, int]:
        """Where the span has moved to. One that cuts into a replacement takes it in whole."""
        new_start = self._place(start, is_end=False)
        new_end = self._place(end, is_end=True) if end > start else new_start
        size = len(self.text)
        return min(new_start, size), min(max(new_start, new_end), size)

    def _place(self, offset: int, *, is_end: bool) -> int:
        index = bisect_right(self._starts, offset - is_end) - 1
        if index < 0:
            return offset
        edit, new_start = self._edits[index], self._new_starts[index]
        if offset < edit.end or (is_end and offset == edit.end):
            return new_start + (len(edit.new) if is_end else 0)
        return new_start + len(edit.new) + offset - edit.end


def edited(text: str, edits: Iterable[Edit]) -> Edited:
    """*text* after *edits*, which must lie in it and apart from each other."""
    ordered = tuple(sorted(edits, key=lambda edit: edit.start))
    ends = [0, *(edit.end for edit in ordered)]
    starts = [*(edit.start for edit in ordered), len(text)]
    if any(start < end for end, start in zip(ends, starts, strict=True)):
        raise ValueError("the edits overlap or lie outside of the text")
    return Edited(text, ordered)

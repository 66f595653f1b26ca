"""A turn's text with its evidence: underlined in colour or marked beneath, and named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.text import Text

from amity.cli.render.look import TONE_STYLES, Look
from amity.cli.render.view import Mark, Tone
from amity.cli.render.wrap import clean, is_right_to_left, wrap

__all__ = ["marked_lines"]

# Where evidence overlaps, the later tone of this list is the one that is seen.
_PRIORITY = tuple(reversed(Tone))
_GAP = 2


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a turn: its offsets, its text and the marks that touch it."""

    begin: int
    end: int
    text: str
    marks: tuple[Mark, ...]

    def column(self, offset: int) -> int:
        """The cell in which the code point at *offset* stands."""
        inside = min(max(offset, self.begin), self.end)
        return cell_len(self.text[: inside - self.begin])


def marked_lines(text: str, marks: Sequence[Mark], width: int, look: Look) -> list[Text]:
    """The lines of *text*, each followed by the rows that mark and name its evidence."""
    safe = clean(text)
    rows: list[Text] = []
    named: set[Mark] = set()
    for begin, end in wrap(safe, width):
        line = _Line(begin, end, safe[begin:end], _touching(marks, begin, end))
        rows.append(_underlined(line, look))
        if look.has_marks and line.marks and not is_right_to_left(line.text):
            rows.append(_mark_row(line, look))
        rows += _label_rows(line, [mark for mark in line.marks if mark not in named], width, look)
        named.update(line.marks)
    return rows


def _touching(marks: Sequence[Mark], begin: int, end: int) -> tuple[Mark, ...]:
    touching = [mark for mark in marks if mark.start < end and mark.end > begin]
    return tuple(sorted(touching, key=lambda mark: (_PRIORITY.index(mark.tone), mark.start)))


def _underlined(line: _Line, look: Look) -> Text:
    row = Text(line.text)
    if not look.has_marks:
        for mark in line.marks:
            span = (max(mark.start - line.begin, 0), min(mark.end, line.end) - line.begin)
            row.stylize(f"underline {TONE_STYLES[mark.tone]}", *span)
    return row


def _mark_row(line: _Line, look: Look) -> Text:
    cells = [" "] * cell_len(line.text)
    for mark in line.marks:
        first, last = line.column(mark.start), line.column(mark.end)
        cells[first:last] = look.marks[mark.tone] * (last - first)
    return Text("".join(cells).rstrip())


def _label_rows(line: _Line, marks: Sequence[Mark], width: int, look: Look) -> list[Text]:
    """The names of *marks*, each under the place where its evidence begins, on as few rows as fit."""
    is_placed = not is_right_to_left(line.text)
    rows: list[Text] = []
    for mark in sorted(dict.fromkeys(marks), key=lambda mark: (mark.start, mark.end)):
        column = line.column(mark.start) if is_placed else 0
        column = max(0, min(column, width - cell_len(mark.label)))
        row = next((row for row in rows if row.cell_len + _GAP <= column or not row), None)
        if row is None:
            row = _joinable(rows, mark, column, width, look) or Text()
            if not row:
                rows.append(row)
        row.append(" " * (column - row.cell_len))
        row.append(mark.label, style=TONE_STYLES[mark.tone])
    return rows


def _joinable(rows: Sequence[Text], mark: Mark, column: int, width: int, look: Look) -> Text | None:
    """The last row with a separator added, if *mark* can be named right behind it, near its place."""
    if not rows:
        return None
    row = rows[-1]
    separator = f" {look.dot} "
    start = row.cell_len + len(separator)
    if start - column > width // 3 or start + cell_len(mark.label) > width:
        return None
    return row.append(separator, style="dim")

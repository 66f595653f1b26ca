"""Timelines in outline as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from amity.evaluate.witness.sketch import Sketch, SketchTurn

__all__ = ["sketch_lines"]


def sketch_lines(sketch: Sketch) -> Iterator[str]:
    """A line for each turn: its number, who speaks, what is found in it, and when, if that matters."""
    width = max(len(turn.speaker.participant) for turn in sketch.turns)
    before: SketchTurn | None = None
    for index, turn in enumerate(sketch.turns):
        when = _gap(before, turn) if sketch.has_times else ""
        yield f"{index}  {turn.speaker.participant:<{width}}  {_said(turn)}{when}"
        before = turn
    if sketch.is_open:
        yield "…  the conversation is still open"


def _said(turn: SketchTurn) -> str:
    words = []
    for letter in turn.letters:
        if letter.is_unknown:
            words.append(f"{letter.name} unknown")
            continue
        attributes = ", ".join(f"{key} {value}" for key, value in letter.attributes)
        words.append(f"{letter.name} {letter.score:g}" + f" ({attributes})" * bool(attributes))
    return "; ".join(words) or "nothing that counts"


def _gap(before: SketchTurn | None, turn: SketchTurn) -> str:
    if turn.at is None:
        return "  (time not known)"
    if before is None:
        return ""
    if before.at is None:
        return f"  ({turn.at} s from the start)"
    return f"  ({turn.at - before.at} s later)" if turn.at > before.at else ""

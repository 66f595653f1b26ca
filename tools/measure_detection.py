"""Measure cues, the sentence model and both on one part of the authored turns, signal by signal.

Usage: python tools/measure_detection.py --data FILE [--part PART] [--page docs/detection.md]

FILE has labelled turns as `amity bench detection` reads them, and the counting is the same: this
adds only the parts and the comparison. ``--part`` takes the authored turns that no model was
trained on (``held-back``), those among them that no cue was written against either (``unseen``), or
those that are trained on (``training``). With ``--page`` the table is put between the marks of a
page. ``--deep`` compares what is loaded without being named with amity_deep, alone, in place of the
sentence model, and beside it. ``--frozen FOLDER`` writes the turns of the gate (tests/detection)
instead.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from held_back import digest, is_held_back, is_new_to_cues
from whole_conversations import rows

from amity.judge import Judge, open_judge
from amity.measuring.labels import LabelledTurn, labelled_turn
from amity.measuring.tallies import Measured, SignalResult, measure, watch
from amity.plugins.host import PluginSelection

Row = dict[str, Any]
PARTS: dict[str, Callable[[Row], bool]] = {
    "all": bool,
    "held-back": is_held_back,
    "unseen": lambda row: is_held_back(row) and is_new_to_cues(row),
    "training": lambda row: not is_held_back(row),
}
# The shipped policies name the actions of amity_crm.
COMPARED = {
    "cues": PluginSelection(("amity_cues", "amity_crm")),
    "model": PluginSelection(("amity_sentences", "amity_crm")),
    "both": PluginSelection(),
}
WITH_DEEP = {
    "cues and model": PluginSelection(),
    "deep": PluginSelection(("amity_deep", "amity_crm")),
    "cues and deep": PluginSelection(("amity_deep",), ("amity_sentences",)),
    "all three": PluginSelection(("amity_deep",)),
}
LEAST_SCORE = 0.5
OFTEN = 8
FROZEN = 400
KEPT = ("text", "role", "context", "signals", "arguable")
FIRST_MARK, LAST_MARK = (
    f"<!-- {word} by tools/measure_detection.py -->"
    for word in ("written", "end of what is written")
)


def measured(judge: Judge, turns: Sequence[LabelledTurn]) -> Measured:
    names = judge.catalogue.names()
    seen = watch(turns, names, lambda turn: judge.detect(turn.conversation, turn.index))
    return measure(seen, LEAST_SCORE)


def cell(result: SignalResult) -> str:
    return f"{result.precision:.2f} / {result.recall:.2f} / {result.f1:.2f}"


def means(found: Iterable[Measured], least: int) -> str:
    """The line of the means over signals with *least* positives or more."""
    cells = []
    for each in found:
        kept = [result for result in each.signals if result.labelled >= least]
        figures = [(result.precision, result.recall, result.f1) for result in kept]
        cells.append(" / ".join(f"{sum(c) / len(kept):.2f}" for c in zip(*figures, strict=True)))
    which = f" with {least} positives or more" if least > 1 else ""
    return f"| **macro over {len(kept)}{which}** | | {' | '.join(cells)} |"


def compare(chosen: Sequence[Row], compared: Mapping[str, PluginSelection]) -> str:
    """One table for all signals: precision, recall and F1 of each of *compared*."""
    found = {}
    for name, plugins in compared.items():
        judge = open_judge(plugins=plugins)
        turns = [labelled_turn(row, judge.catalogue) for row in chosen]
        found[name] = measured(judge, turns)
    lines = [f"| signal | positives | {' | '.join(found)} |", f"|---|---{'|---' * len(found)}|"]
    for results in zip(*(each.signals for each in found.values()), strict=True):
        if results[0].labelled:
            cells = " | ".join(map(cell, results))
            lines.append(f"| `{results[0].signal}` | {results[0].labelled} | {cells} |")
    lines += [means(found.values(), least) for least in (1, OFTEN)]
    ranges = [f"{each.macro.f1_low:.2f} to {each.macro.f1_high:.2f}" for each in found.values()]
    lines.append(
        f"| F1 over all in 95% of draws of the {len(turns)} turns | | {' | '.join(ranges)} |"
    )
    return "\n".join(lines)


def freeze(chosen: Sequence[Row], folder: Path) -> None:
    """Write the turns that no cue was written against, then others, in the order of their digests."""
    first = sorted(chosen, key=lambda row: (not is_new_to_cues(row), digest(row)))[:FROZEN]
    lines = (json.dumps({key: row[key] for key in KEPT}, ensure_ascii=False) for row in first)
    text = "".join(f"{line}\n" for line in lines)
    (folder / "frozen.jsonl").write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure detection on parts of labelled turns.")
    parser.add_argument("--data", type=Path, required=True, help="labelled turns (JSON lines)")
    parser.add_argument("--part", choices=PARTS, default="all", help="which turns of it")
    parser.add_argument("--deep", action="store_true", help="compare with amity_deep instead")
    parser.add_argument("--page", type=Path, help="where the table is written")
    parser.add_argument("--frozen", type=Path, help="write the turns of the gate into this folder")
    asked = parser.parse_args()
    chosen = [row for row in rows(asked.data) if PARTS[asked.part](row)]
    if asked.frozen:
        freeze(chosen, asked.frozen)
        return 0
    table = compare(chosen, WITH_DEEP if asked.deep else COMPARED)
    print(table)
    if asked.page:
        before, _, rest = asked.page.read_text(encoding="utf-8").partition(FIRST_MARK)
        after = rest.partition(LAST_MARK)[2]
        text = f"{before}{FIRST_MARK}\n\n{table}\n\n{LAST_MARK}{after}"
        asked.page.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

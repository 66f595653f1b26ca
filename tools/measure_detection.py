"""Measure whatever detectors are loaded against labelled turns, signal by signal.

Usage: python tools/measure_detection.py --data FILE [--part PART] [--plugin NAME]... [--signal NAME]
       python tools/measure_detection.py --data FILE [--part PART] --compare [--page docs/detection.md]

Each line of FILE (JSON lines, may be gzip) has ``text``, ``role``, ``context`` (earlier turns: role,
text), ``signals`` and ``arguable`` or ``contested`` (not counted in this turn). A signal counts once
a turn, with a score of ``--min-score`` or more. The intervals of the macro figures are those of
1,000 draws of the turns. With ``--signal`` its false positives and misses are listed. ``--part``
takes only authored turns that no model was trained on (``held-back``), only those among them that
no cue was written against either (``unseen``), or only those that are trained on (``training``).

``--compare`` measures cues alone, the sentence model alone, and both; it prints one table for all
signals, or writes it between the marks of a page.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from held_back import is_held_back, is_new_to_cues
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from amity.conversation import Conversation, Participant, Role, Turn
from amity.judge import Judge, open_judge
from amity.plugins.host import PluginSelection
from amity.signals import SPEAKERS, Signal

DRAWS = 1_000
OFTEN = 8
RIGHT, WRONG, MISSED = range(3)


PARTS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "all": bool,
    "held-back": is_held_back,
    "unseen": lambda row: is_held_back(row) and is_new_to_cues(row),
    "training": lambda row: not is_held_back(row),
}
COMPARED = {"cues": ("amity_cues",), "model": ("amity_sentences",), "both": ()}
FIRST_MARK, LAST_MARK = (
    f"<!-- {word} by tools/measure_detection.py -->"
    for word in ("written", "end of what is written")
)


def rows(path: Path) -> Iterator[dict[str, Any]]:
    packed = path.suffix == ".gz"
    with (
        gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as lines
    ):
        yield from (json.loads(line) for line in lines if line.strip())


def conversation(row: dict[str, Any]) -> Conversation:
    """The labelled turn after its context; colleagues who write to each other are several people."""
    people: dict[str, Participant] = {}
    turns = []
    said = [*row["context"], row]
    for at, turn in enumerate(said):
        role = turn["role"]
        name = f"{role} {(len(said) - at) % 2}" if role == Role.COLLEAGUE else role
        people.setdefault(name, Participant(name, Role(role)))
        turns.append(Turn(name, turn["text"]))
    return Conversation("row", tuple(people.values()), tuple(turns), locale="en")


def unscored(row: dict[str, Any]) -> set[str]:
    doubtful = [*row.get("arguable", ()), *row.get("contested", ())]
    return {name if isinstance(name, str) else name["signal"] for name in doubtful}


def describe(row: dict[str, Any], signal: str, found: list[Signal]) -> str:
    """One false positive or miss, with the turn before, the labels and what was found."""
    labels = [label["quote"] for label in row["signals"] if label["signal"] == signal]
    lines = [f"{'MISS' if labels else 'FALSE'} {row['text']!r}"]
    if row["context"]:
        lines.append(f"     after: {row['context'][-1]['text']!r}")
    lines += [f"     label: {quote!r}" for quote in labels]
    lines += [
        f"     found: {match.quote!r} by {', '.join(f'{s.detector} {s.score:.2f}' for s in match.sources)}"
        for match in found
        if match.name == signal
    ]
    return "\n".join(lines)


def count(
    judge: Judge, rows: Iterable[dict[str, Any]], least: float, detail: str = ""
) -> tuple[list[str], NDArray[np.int32], list[str]]:
    """Signals; for each turn and signal whether it was right, wrong or missed; and the listing."""
    names = judge.catalogue.names()
    tallies, listing = [], []
    for row in rows:
        talk = conversation(row)
        detection = judge.detect(talk, len(talk.turns) - 1)
        found = [match for match in detection.signals if match.score >= least]
        got = {match.name for match in found}
        wanted = {label["signal"] for label in row["signals"]}
        skipped = unscored(row)
        tally = np.zeros((len(names), 3), np.int32)
        for at, name in enumerate(names):
            if name in skipped or row["role"] not in SPEAKERS[name.partition(".")[0]]:
                continue
            tally[at] = (
                name in got & wanted,
                name in got - wanted,
                name in wanted - got,
            )
            if name == detail and (name in got) != (name in wanted):
                listing.append(describe(row, name, found))
        tallies.append(tally)
    return names, np.array(tallies), listing


def scores(counts: NDArray[np.int32]) -> NDArray[np.float64]:
    """Precision, recall and F1 of each signal; 0 where there is nothing to divide by."""
    right, wrong, missed = np.moveaxis(counts.astype(float), -1, 0)
    precision = right / np.maximum(right + wrong, 1)
    recall = right / np.maximum(right + missed, 1)
    f1 = 2 * right / np.maximum(2 * right + wrong + missed, 1)
    return np.stack([precision, recall, f1], axis=-1)


def intervals(tallies: NDArray[np.int32]) -> NDArray[np.float64]:
    """Between what the macro figures lie in nineteen of twenty draws of the turns."""
    draw = np.random.default_rng(0)
    flat = tallies.reshape(len(tallies), -1).astype(np.float64)
    drawn = []
    for _ in range(DRAWS):
        times = np.bincount(draw.integers(len(flat), size=len(flat)), minlength=len(flat))
        counts = (times @ flat).reshape(tallies.shape[1:]).astype(np.int32)
        # A draw may leave out all positives of a rare signal, which then says nothing.
        present = counts[:, RIGHT] + counts[:, MISSED] > 0
        drawn.append(scores(counts)[present].mean(axis=0))
    return np.quantile(drawn, [0.025, 0.975], axis=0)


def report(names: list[str], tallies: NDArray[np.int32], only: str) -> str:
    totals = tallies.sum(axis=0)
    by_signal = scores(totals)
    measured = totals[:, RIGHT] + totals[:, MISSED] > 0
    lines = [
        f"{'signal':32} {'positives':>9} {'found':>6} {'precision':>10} {'recall':>7} {'F1':>6}"
    ]
    for at, name in enumerate(names):
        right, wrong, missed = totals[at]
        if only in {"", name} and right + wrong + missed:
            precision, recall, f1 = by_signal[at]
            lines.append(
                f"{name:32} {right + missed:9} {right + wrong:6} {precision:10.3f} {recall:7.3f} {f1:6.3f}"
            )
    macro = by_signal[measured].mean(axis=0)
    low, high = intervals(tallies)
    lines.append(f"\nmacro over {measured.sum()} signals with positives, {len(tallies)} turns")
    for at, what in enumerate(("precision", "recall", "F1")):
        lines.append(f"  {what:9} {macro[at]:.3f}  (95%: {low[at]:.3f} to {high[at]:.3f})")
    return "\n".join(lines)


def judge_with(plugins: Sequence[str]) -> Judge:
    """A judge with these plugins, or all."""
    # The shipped policies name the actions of amity_crm.
    enabled = tuple({*plugins, "amity_crm"} if plugins else ())
    judge = open_judge(plugins=PluginSelection(enabled=enabled))
    for record in judge.host.records:
        print(f"{record.label}: {record.health} {record.problem or ''}".rstrip(), file=sys.stderr)
    return judge


def compare(chosen: list[dict[str, Any]], least: float) -> str:
    """One table for all signals: precision, recall and F1 of cues, of the model, of both."""
    tallies = {}
    for name, plugins in COMPARED.items():
        names, tallies[name], _ = count(judge_with(plugins), chosen, least)
    lines = [f"| signal | positives | {' | '.join(COMPARED)} |", "|---|---|---|---|---|"]
    totals = {name: tally.sum(axis=0) for name, tally in tallies.items()}
    positives = totals["both"][:, RIGHT] + totals["both"][:, MISSED]
    for at, signal in enumerate(names):
        if positives[at]:
            cells = [cell(scores(total)[at]) for total in totals.values()]
            lines.append(f"| `{signal}` | {positives[at]} | {' | '.join(cells)} |")
    for least_positives in (1, OFTEN):
        often = positives >= least_positives
        means = [cell(scores(total)[often].mean(axis=0)) for total in totals.values()]
        which = f" with {OFTEN} positives or more" if least_positives == OFTEN else ""
        lines.append(f"| **macro over {often.sum()}{which}** | | {' | '.join(means)} |")
    spans = [intervals(tally)[:, 2] for tally in tallies.values()]
    ranges = [f"{low:.2f} to {high:.2f}" for low, high in spans]
    lines.append(
        f"| F1 over all in 95% of draws of the {len(chosen)} turns | | {' | '.join(ranges)} |"
    )
    return "\n".join(lines)


def cell(figures: NDArray[np.float64]) -> str:
    return " / ".join(f"{figure:.2f}" for figure in figures)


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the loaded detectors on labelled turns.")
    parser.add_argument("--data", type=Path, required=True, help="labelled turns (JSON lines)")
    parser.add_argument("--part", choices=PARTS, default="all", help="which turns of it")
    parser.add_argument(
        "--plugin", action="append", default=[], help="measure only this plugin (repeatable)"
    )
    parser.add_argument(
        "--signal", default="", help="list false positives and misses of this signal"
    )
    parser.add_argument("--min-score", type=float, default=0.5, help="least score that counts")
    parser.add_argument("--compare", action="store_true", help="cues, model and both in one table")
    parser.add_argument("--page", type=Path, help="where the table is written")
    asked = parser.parse_args()
    chosen = [row for row in rows(asked.data) if PARTS[asked.part](row)]
    if asked.compare:
        table = compare(chosen, asked.min_score)
        print(table)
        if asked.page:
            before, _, rest = asked.page.read_text(encoding="utf-8").partition(FIRST_MARK)
            after = rest.partition(LAST_MARK)[2]
            text = f"{before}{FIRST_MARK}\n\n{table}\n\n{LAST_MARK}{after}"
            asked.page.write_text(text, encoding="utf-8")
        return 0
    judge = judge_with(asked.plugin)
    names, tallies, listing = count(judge, chosen, asked.min_score, asked.signal)
    print("\n".join(["", *listing, report(names, tallies, asked.signal)]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

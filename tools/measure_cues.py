"""Measure cue packs against labelled turns: precision, recall and F1 of each signal.

Usage: python tools/measure_cues.py --data FILE [--signal NAME] [--packs DIR]

Each line of FILE is a JSON object with ``text``, ``role``, ``context`` (earlier turns: role, text),
``signals`` (signal, quote) and ``arguable`` (signals that are not counted in this turn). With
``--signal`` the false positives and misses of that signal are listed, each with the phrasing that
fired and its quote.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))

from amity.conversation import Conversation, Participant, Role, Turn
from amity.cues import CueMatcher, compile_cues, load_pack, load_scopes
from amity.plugins.contract import TurnView, views
from amity.signals import SPEAKERS, builtin_catalogue
from amity.source import Problems, parse_yaml, read_text

ROOT = Path(__file__).parents[1]


@dataclass(slots=True)
class Tally:
    """Counts of turns for one signal."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    lines: list[str] = field(default_factory=list)

    def row(self, name: str) -> str:
        """One line of the table."""
        found, wanted = self.right + self.wrong, self.right + self.missed
        precision = self.right / found if found else 0.0
        recall = self.right / wanted if wanted else 0.0
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        return f"{name:32} {wanted:9} {found:6} {self.right:6} {precision:10.3f} {recall:7.3f} {f1:6.3f}"


def load(folder: Path) -> CueMatcher:
    """The matcher of all packs below *folder*; problems are printed and what loads is used."""
    problems = Problems()
    packs, scopes = [], []
    for path in sorted(folder.rglob("*.yaml")):
        text = read_text(path, path.name, problems)
        node = parse_yaml(text, path.name, problems) if text is not None else None
        kind = node.entries.get("kind") if node else None
        if node and kind and kind.value == "CuePack":
            packs.append(load_pack(node, builtin_catalogue(), problems))
        elif node and kind and kind.value == "CueScopes":
            scopes.append(load_scopes(node, problems))
        elif node:
            print(f"{path.name}: not a CuePack or CueScopes", file=sys.stderr)
    kept_packs, kept_scopes = [p for p in packs if p], [s for s in scopes if s]
    matcher = compile_cues(kept_packs, kept_scopes, problems)
    for problem in problems:
        print(problem)
    cues = [cue for pack in kept_packs for cue in pack.cues]
    phrasings = sum(len(cue.phrasings) for cue in cues)
    print(
        f"{len(kept_packs)} packs, {len(cues)} cues, {phrasings} phrasings, {len(problems)} problems\n"
    )
    return matcher


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The labelled turns of *path*."""
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def view(row: dict[str, Any]) -> TurnView:
    """The labelled turn, with its context as the turns before it."""
    said = [*row["context"], row]
    people = tuple(
        Participant(role, Role(role)) for role in dict.fromkeys(turn["role"] for turn in said)
    )
    turns = tuple(Turn(turn["role"], turn["text"]) for turn in said)
    return views(Conversation("row", people, turns), len(turns) - 1)[0]


def measure(matcher: CueMatcher, data: Path, detail: str) -> dict[str, Tally]:
    """The tally of each signal; lines of *detail* are kept for listing."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    by_role = {
        role: {s for s in matcher.signals if role in SPEAKERS[s.partition(".")[0]]} for role in Role
    }
    for row in rows(data):
        turn = view(row)
        found = {finding.signal for finding in matcher.find(turn)}
        wanted = {label["signal"] for label in row["signals"]}
        for signal in (by_role[turn.role] & found | wanted) - set(row.get("arguable", ())):
            tally = tallies[signal]
            tally.right += signal in found and signal in wanted
            tally.wrong += signal in found and signal not in wanted
            tally.missed += signal in wanted and signal not in found
            if signal == detail and (signal in found) != (signal in wanted):
                tally.lines.append(describe(matcher, turn, signal, row))
    return tallies


def describe(matcher: CueMatcher, turn: TurnView, signal: str, row: dict[str, Any]) -> str:
    """One false positive or miss: the text, and each phrasing of the signal that stands in it."""
    labels = [label for label in row["signals"] if label["signal"] == signal]
    before = f"\n     after: {row['context'][-1]['text']!r}" if row["context"] else ""
    lines = [f"{'MISS' if labels else 'FALSE'} {turn.text!r}{before}"]
    lines += [f"     label: {label['quote']!r}" for label in labels]
    if not labels and row["signals"]:
        lines.append(
            "     other labels: " + ", ".join(sorted({label["signal"] for label in row["signals"]}))
        )
    for match in matcher.explain(turn):
        if match.finding.signal == signal:
            quote = turn.text[match.finding.start : match.finding.end]
            cancelled = f" cancelled by {match.cancelled_by}" if match.cancelled_by else ""
            place = f"{match.phrasing.node.file}:{match.phrasing.node.line}"
            lines.append(f"     cue: {match.phrasing.text}  ({place}) at {quote!r}{cancelled}")
    return "\n".join(lines)


def by_phrasing(matcher: CueMatcher, data: Path, signal: str) -> None:
    """How often each phrasing of *signal* was right and wrong, worst first."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for row in rows(data):
        if signal in row.get("arguable", ()):
            continue
        is_wanted = any(label["signal"] == signal for label in row["signals"])
        fired = {
            f"{match.phrasing.node.file}:{match.phrasing.node.line} {match.phrasing.text}"
            for match in matcher.explain(view(row))
            if match.finding.signal == signal and not match.cancelled_by
        }
        (right if is_wanted else wrong).update(fired)
    print("\nright wrong phrasing")
    for name in sorted(right | wrong, key=lambda name: (-wrong[name], right[name])):
        print(f"{right[name]:5} {wrong[name]:5} {name}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure cue packs against labelled turns.")
    parser.add_argument(
        "--data",
        type=Path,
        default=os.environ.get("AMITY_AUTHORED"),
        help="labelled turns (JSON lines)",
    )
    parser.add_argument(
        "--signal", default="", help="list false positives and misses of this signal"
    )
    parser.add_argument(
        "--packs", type=Path, default=ROOT / "policies" / "cues", help="folder of packs and scopes"
    )
    asked = parser.parse_args()
    if asked.data is None:
        parser.error("no labelled turns: pass --data FILE, or set AMITY_AUTHORED to the file")
    matcher = load(asked.packs)
    tallies = measure(matcher, Path(asked.data), asked.signal)
    if asked.signal:
        print("\n".join(tallies[asked.signal].lines))
        by_phrasing(matcher, Path(asked.data), asked.signal)
    print(
        f"\n{'signal':32} {'positives':>9} {'found':>6} {'right':>6} {'precision':>10} {'recall':>7} {'F1':>6}"
    )
    for name in sorted(tallies):
        if not asked.signal or name == asked.signal:
            print(tallies[name].row(name))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

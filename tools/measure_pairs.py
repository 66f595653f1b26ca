"""Measure whether the better of two drafts scores higher.

Usage: python tools/measure_pairs.py FILE [--plugin NAME]...

Each line of FILE has ``context`` (turns: role, text), and the drafts ``better`` and ``worse`` of an
agent. Each draft is judged as the last turn of a closed conversation. A draft without a score has
no opportunity and counts as neither; equal scores are a tie.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from amity.judge import Judge, open_judge
from amity.measuring.labels import labelled_turn
from amity.plugins.host import PluginSelection


def compare(judge: Judge, pair: dict) -> str:  # type: ignore[type-arg]
    """Which draft scores higher: "better", "worse", "tie" or "no score"."""
    rows = [
        {"context": pair["context"], "role": "agent", "text": pair[which], "signals": []}
        for which in ("better", "worse")
    ]
    better, worse = (
        judge.evaluate(labelled_turn(row, judge.catalogue).conversation).score for row in rows
    )
    if better is None or worse is None:
        return "no score"
    return "tie" if better == worse else "better" if better > worse else "worse"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure whether the better draft scores higher.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--plugin", action="append", default=[])
    parser.add_argument("--no-plugin", action="append", default=[])
    asked = parser.parse_args()
    judge = open_judge(plugins=PluginSelection(tuple(asked.plugin), tuple(asked.no_plugin)))
    lines = asked.file.read_text(encoding="utf-8").splitlines()
    found = Counter(compare(judge, json.loads(line)) for line in lines)
    print(", ".join(f"{count} {name}" for name, count in found.most_common()))


if __name__ == "__main__":
    main()

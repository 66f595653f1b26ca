"""Measure whether the better of two drafts scores higher.

Usage: python tools/measure_pairs.py FILE [--plugin NAME]...

Of tools/turns/pairs.jsonl.gz the fifth is measured that nothing was trained on. Each line of FILE has ``context`` (turns: role, text), and the drafts ``better`` and ``worse`` of an
agent. Each draft is judged as the last turn of a closed conversation. A draft without a score has
no opportunity and counts as neither; equal scores are a tie.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from whole_conversations import documents, is_unseen

from amity.judge import Judge, open_judge
from amity.measuring.labels import labelled_turn
from amity.plugins.host import PluginSelection


def pairs(path: Path) -> Iterator[dict[str, Any]]:
    """Pairs with the texts of their drafts; those that were trained on are left out."""
    for pair in documents(path):
        if isinstance(pair["better"], str):
            yield pair
        elif is_unseen(pair):
            yield pair | {draft: pair[draft]["text"] for draft in ("better", "worse")}


def compare(judge: Judge, pair: dict[str, Any]) -> str:
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
    found = Counter(compare(judge, pair) for pair in pairs(asked.file))
    print(", ".join(f"{count} {name}" for name, count in found.most_common()))


if __name__ == "__main__":
    main()

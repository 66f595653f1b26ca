"""Write down all that detection finds in many turns, or hold it to what was written down before.

Usage: python tools/freeze_detection.py FILE [--data FILE ...] [--mutated 4000] [--against]

For changes that should make detection cheaper and nothing else: FILE is written before the change,
and read with ``--against`` after it; the exit code is 1 if anything differs. Every conversation
gives what each detector finds, which matches of cues were cancelled and by what, and the signals.
``--data`` names labelled turns (docs/calibration.md) or threads (objects with ``turns``), which
come on top of the turns of the shipped cases, as they are and mutated as in fuzz_detection.py.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fuzz_detection import mutated, talk

from amity.conversation import Conversation, Role
from amity.judge import Judge, open_judge
from amity.plugins.contract import views


def from_data(path: Path) -> Iterator[Conversation]:
    packed = path.suffix == ".gz"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open() as lines:
        for row in map(json.loads, lines):
            turns = row["turns"] if "turns" in row else [*row["context"], row]
            yield talk([turn["text"] for turn in turns], [Role(turn["role"]) for turn in turns])


def from_cases(judge: Judge) -> Iterator[Conversation]:
    for file in judge.bundle.case_files:
        yield from (case.conversation for case in file.cases)


def from_chance(judge: Judge, count: int) -> Iterator[Conversation]:
    draw = random.Random(0)  # noqa: S311 - nothing secret
    said = [turn.text for conversation in from_cases(judge) for turn in conversation.turns]
    for _ in range(count // 4):
        roles = [draw.choice(list(Role)) for _ in range(4)]
        yield talk([mutated(draw.choice(said), said, draw) for _ in roles], roles)


def found(judge: Judge, conversation: Conversation) -> dict[str, Any]:
    turns = views(conversation)
    detection = judge.detect(conversation)
    return {
        "turns": [turn.text for turn in turns],
        "detectors": {
            detector.name: [repr(finding) for finding in detector.detect(turns)]
            for _, detector in judge.host.detectors(judge.bundle.matcher)
        },
        "cues": [
            (match.phrasing.text, repr(match.finding), match.cancelled_by)
            for turn in turns
            for match in judge.bundle.matcher.explain(turn)
        ],
        "signals": [repr(signal) for signal in detection.signals],
        "unknown": [repr(item) for item in detection.unknown.items()],
        "problems": [repr(problem) for problem in detection.problems],
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Write down what detection finds, or compare.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--data", type=Path, nargs="*", default=())
    parser.add_argument("--mutated", type=int, default=4_000)
    parser.add_argument("--against", action="store_true")
    asked = parser.parse_args()
    judge = open_judge()
    conversations = [
        *from_cases(judge),
        *(each for path in asked.data for each in from_data(path)),
        *from_chance(judge, asked.mutated),
    ]
    lines = [json.dumps(found(judge, each), sort_keys=True) for each in conversations]
    if not asked.against:
        asked.file.write_bytes(gzip.compress("\n".join(lines).encode(), 1, mtime=0))
        print(f"{len(lines)} conversations written")
        return 0
    before = gzip.decompress(asked.file.read_bytes()).decode().split("\n")
    differing = [pair for pair in zip(before, lines, strict=True) if pair[0] != pair[1]]
    for old, new in differing[:10]:
        print(f"- {old}\n+ {new}", file=sys.stderr)
    print(f"{len(lines)} conversations, {len(differing)} of them different")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main())

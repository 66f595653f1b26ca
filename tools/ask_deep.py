"""Ask amity_deep what unlabelled sentences show; the sentence model learns from what it says.

Usage: python tools/ask_deep.py --authored FILE --threads FILE --out FILE [TEXTS...]

TEXTS are public texts without labels (JSON lines, may be gzip, with ``text`` or ``turns``); beside
them turns are made of labelled ones (tools/more_turns.py). FILE gets all of them with a logit for
each signal in each sentence, of which tools/train_sentences.py learns with ``--taught``. No text of
theirs ships. Threads whose id is in ``--leave-out`` are not asked about.

Needs amity-deep and tools/requirements-train.txt; five milliseconds a turn on one core.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from itertools import accumulate
from pathlib import Path

import numpy as np
from more_turns import made_of
from sentence_examples import PLUGIN, ROLES, Row, answered, labelled, read, signal_names

from amity_deep.model import Model
from amity_deep.weights import HERE, load
from amity_sentences.split import sentences
from amity_sentences.weights import load_vectors

MOST_OF_ONE_FILE = 4_000
MOST_OF_COLLEAGUES = 1_000
TIMES = 2
SUBJECTS = {role: subject for subject, role in ROLES.items()}


def unlabelled(path: Path, role: str, left_out: frozenset[str]) -> Iterator[Row]:
    """Turns of one role with those before; a text without a role is taken for each."""
    for row in read(path):
        if row.get("split") == "test" or row.get("id") in left_out:
            continue
        said = row.get("turns", (row,))
        for at, turn in enumerate(said):
            if turn.get("role", role) == role and sentences(turn["text"]):
                yield {"text": turn["text"], "role": role, "context": list(said[:at][-1:])}


def drawn(found: Sequence[Row], most: int, draw: np.random.Generator) -> Iterator[Row]:
    """At most *most* of *found*, no text twice."""
    rows = list({row["text"]: row for row in found}.values())
    yield from (rows[at] for at in draw.permutation(len(rows))[:most])


def asked_about(asked: argparse.Namespace) -> Iterator[Row]:
    """Public texts and turns made of labelled ones."""
    draw = np.random.default_rng(0)
    left_out = frozenset(row["id"] for path in asked.leave_out for row in read(path))
    for role in SUBJECTS:
        most = MOST_OF_COLLEAGUES if role == "colleague" else MOST_OF_ONE_FILE
        only = asked.of_customers if role == "customer" else ()
        for path in (*asked.texts, *only):
            yield from drawn(list(unlabelled(path, role, left_out)), most, draw)
    rows = labelled(asked.authored, asked.threads)
    yield from made_of(rows, load_vectors(PLUGIN / "vectors.npz"), asked.times)


def columns() -> dict[str, slice]:
    """Where the signals of each subject stand among the model's."""
    sizes = [len(names) for names in signal_names().values()]
    ends = list(accumulate(sizes))
    return {
        subject: slice(end - size, end)
        for subject, size, end in zip(signal_names(), sizes, ends, strict=True)
    }


def said(model: Model, row: Row, own: slice) -> list[list[float]]:
    """A row of logits for each sentence, of the signals *own* of the speaker's subject."""
    spans = sentences(row["text"])
    logits = model.logits(row["role"], row["text"], spans, answered(row))
    found: list[list[float]] = logits[:, own].astype(float).round(2).tolist()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Ask amity_deep about sentences without labels.")
    parser.add_argument("texts", type=Path, nargs="*", help="public texts (JSON lines)")
    parser.add_argument("--of-customers", type=Path, nargs="*", default=[], help="of them only")
    parser.add_argument("--authored", type=Path, required=True, help="authored turns (JSON lines)")
    parser.add_argument("--threads", type=Path, required=True, help="public threads, some labelled")
    parser.add_argument("--leave-out", type=Path, nargs="*", default=[], help="rows with an id")
    parser.add_argument("--weights", type=Path, default=HERE, help="folder of the teacher")
    parser.add_argument("--times", type=int, default=TIMES, help="turns made of each labelled one")
    parser.add_argument("--out", type=Path, required=True, help="where it is written")
    asked = parser.parse_args()
    model, places = load(asked.weights), columns()
    with asked.out.open("w", encoding="utf-8") as target:
        for number, row in enumerate(asked_about(asked), 1):
            line = {
                "signals": [],
                "arguable": [],
                **row,
                "logits": said(model, row, places[SUBJECTS[row["role"]]]),
            }
            target.write(json.dumps(line) + "\n")
            if number % 10_000 == 0:
                print(f"{number} turns", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

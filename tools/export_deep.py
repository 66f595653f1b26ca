"""Make of a taught encoder what amity_deep judges by: eight-bit weights, calibration, thresholds.

Usage: python tools/export_deep.py --encoder FOLDER --kept FILE --judged-by FILE --authored FILE...

``--kept`` has the weights that ship, as tools/teach_sentences.py kept them. ``--judged-by`` has
those of an encoder that was taught in the same way but without one part (``--left-out``), which no
model that is taught by all turns can be judged by: its turns say how logits become probabilities,
from where on a signal is reported (by the rules of tools/train_sentences.py), and what the card
tells. Writes ``encoder.onnx``, ``tokenizer.json`` and ``model.json`` into the plugin, and the
figures between the marks of its README.

Needs tools/requirements-train.txt and, beside it, torch, tokenizers, onnx and onnxruntime.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from deep_graph import graph
from deep_lines import DEEP, Line, Lines, average_precision, best_of_turns
from held_back import FOLDS, digest, fold, is_held_back
from onnxruntime import InferenceSession
from sentence_examples import Floats, Row
from train_sentences import decide, figures
from whole_conversations import rows

from amity_deep.model import run
from amity_deep.weights import ENCODER, MANIFEST, TOKENIZER

README = DEEP.parent / "README.md"
FIRST_MARK, LAST_MARK = (
    f"<!-- {word} by tools/export_deep.py -->" for word in ("written", "end of what is written")
)


def said(model: bytes, lines: Sequence[Line], count: int) -> Floats:
    """The logits of each of *count* turns."""
    session = InferenceSession(model, providers=["CPUExecutionProvider"])
    return best_of_turns(lines, [run(session, line.window) for line in lines], count)


def model_of(state: Path, *, small: bool = True) -> bytes:
    found = graph(torch.load(state, weights_only=True), small=small)
    onnx.checker.check_model(found)
    return bytes(found.SerializeToString())


def judged(
    names: Sequence[str], logits: Floats, wanted: Floats, rows: Sequence[Row]
) -> tuple[dict[str, list[float]], list[str]]:
    """Calibration and thresholds of each signal, and the lines of the card."""
    parts = np.array([digest(row)[4] % FOLDS for row in rows])
    kept: dict[str, list[float]] = {"slope": [], "offset": [], "threshold": []}
    told, all_f1 = [], []
    for column, name in enumerate(names):
        known = ~np.isnan(wanted[:, column])
        own, right = logits[known, column], wanted[known, column]
        for key, value in zip(kept, decide(name, own, right), strict=True):
            kept[key].append(round(float(value), 5))
        result = figures(name, own, right, parts[known])
        told.append(result.line(name))
        all_f1.append(result.f1)
    told.append(f"\nMacro F1 over {len(names)} signals: {np.mean(all_f1):.3f}.")
    return kept, told


def write(out: Path, files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    out.mkdir(exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
    vouched = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    text = json.dumps({**manifest, "sha256": vouched}, indent=1)
    (out / MANIFEST).write_text(f"{text}\n", encoding="utf-8")


def write_card(out: Path, lines: Sequence[str]) -> None:
    """Put digests and figures into the README, between its two marks."""
    before, _, rest = README.read_text(encoding="utf-8").partition(FIRST_MARK)
    after = rest.partition(LAST_MARK)[2]
    files = [out / name for name in (ENCODER, TOKENIZER, MANIFEST)]
    table = [
        f"| `{path.name}` | {path.stat().st_size} | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |"
        for path in files
    ]
    head = ["| signal | positives | found | precision | recall | F1 |", "|---|---|---|---|---|---|"]
    written = "\n".join(["| file | bytes | SHA-256 |", "|---|---|---|", *table, "", *head, *lines])
    text = f"{before}{FIRST_MARK}\n\n{written}\n\n{LAST_MARK}{after}"
    README.write_text(text, encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Make what amity_deep judges by.")
    parser.add_argument("--encoder", type=Path, required=True, help="folder with the tokenizer")
    parser.add_argument("--kept", type=Path, required=True, help="the weights that ship")
    parser.add_argument("--judged-by", type=Path, required=True, help="those without one part")
    parser.add_argument("--left-out", type=int, default=FOLDS - 1, help="that part")
    parser.add_argument("--authored", type=Path, nargs="+", required=True, help="labelled turns")
    parser.add_argument("--out", type=Path, default=DEEP / "weights", help="where it is written")
    parser.add_argument("--no-card", action="store_true", help="leave the README as it is")
    asked = parser.parse_args()
    lines = Lines(asked.encoder)
    turns = [row for path in asked.authored for row in rows(path) if not is_held_back(row)]
    turns = [row for row in turns if fold(row) == asked.left_out]
    told = lines.of(turns)
    wanted = np.stack([lines.turn_labels(row) for row in turns])
    full, small = (said(model_of(asked.judged_by, small=is_), told, len(turns)) for is_ in (0, 1))
    for name, logits in (("single precision", full), ("eight bits", small)):
        print(f"{name}: average precision {average_precision(logits, wanted):.4f}", flush=True)
    kept, card = judged(lines.names, small, wanted, turns)
    print("\n".join(card))
    files = {
        ENCODER: model_of(asked.kept),
        TOKENIZER: (asked.encoder / "tokenizer.json").read_bytes(),
    }
    write(asked.out, files, {"signals": lines.signals, **kept})
    if not asked.no_card:
        write_card(asked.out, card)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

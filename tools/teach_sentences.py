"""Fine-tune an encoder on labelled turns; it may then say what unlabelled sentences show.

Usage: python tools/teach_sentences.py --encoder FOLDER --authored FILE... --kept FILE [TEXTS...]

FOLDER has sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). It is taught by the labelled turns
that are not held back, without one part of cross-validation where ``--left-out`` names it, which
then tells what was learnt. ``--kept`` is where its weights are kept; if the file is there, they are
read and not taught again. tools/export_deep.py makes of them what amity_deep judges by.

TEXTS are public texts without labels (JSON lines, may be gzip, with ``text`` or ``turns``). With
``--out``, FILE gets sentences of theirs with a logit for each signal, of which
tools/train_sentences.py learns with ``--taught``. No text of theirs ships.

Needs tools/requirements-train.txt and, beside it, torch, transformers and tokenizers.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from deep_lines import Line, Lines, average_precision, best_of_turns
from deep_teacher import Recipe, Teacher, say, teach
from held_back import fold, is_held_back
from sentence_examples import ROLES, ROOT, Row, read, read_short, rewritten

from amity_sentences.split import sentences

MOST_OF_ONE_FILE = 800
REWRITTEN = 0.25  # of the turns that can be, in each epoch
SHORT = ROOT / "tools" / "turns" / "weak_signals.txt"
USUAL = Recipe()
EMPTY: Row = {"signals": [], "arguable": []}


class Drawn:
    """The lines of each epoch: every turn, some of them as if typed on a phone or after a greeting."""

    def __init__(self, lines: Lines, rows: Sequence[Row], seed: int) -> None:
        self._plain = [lines.of([row]) for row in rows]
        self._other = [lines.of(list(rewritten(row))) for row in rows]
        self._seed = seed

    def __call__(self, epoch: int) -> list[Line]:
        """The lines of one epoch."""
        draw = np.random.default_rng((self._seed, epoch))
        other = draw.random(len(self._plain)) < REWRITTEN
        return [
            line
            for at, plain in enumerate(self._plain)
            for line in (self._other[at] if other[at] and self._other[at] else plain)
        ]


def taught(asked: argparse.Namespace, lines: Lines) -> Teacher:
    """The teacher, from where it is kept or taught anew."""
    rows = [row for path in asked.authored for row in read(path) if not is_held_back(row)]
    known = [row for row in rows if fold(row) != asked.left_out]
    tested = [row for row in rows if fold(row) == asked.left_out]
    recipe = Recipe(epochs=asked.epochs, frozen=asked.frozen, seed=asked.seed)
    torch.manual_seed(recipe.seed)
    wanted = np.stack([lines.turn_labels(row) for row in known])
    prior = np.clip(np.nanmean(wanted, axis=0) / 1.5, 1e-3, 0.5).astype(np.float32)
    teacher = Teacher(asked.encoder, prior, recipe.frozen)
    if asked.kept and asked.kept.exists():
        teacher.load_state_dict(torch.load(asked.kept))
        return teacher
    print(f"{len(known)} turns to learn from, {len(tested)} left out", flush=True)
    drawn = Drawn(lines, [*known, *read_short(SHORT)], recipe.seed)
    told = lines.of(tested)
    right = np.stack([lines.turn_labels(row) for row in tested]) if tested else None

    def check(found: Teacher) -> float:
        return average_precision(best_of_turns(told, say(found, told), len(tested)), right)

    teach(teacher, drawn, recipe, check if tested else None)
    if asked.kept:
        torch.save(teacher.state_dict(), asked.kept)
    return teacher


def unlabelled(path: Path, role: str) -> Iterator[Row]:
    """Turns of one role with the turn before; a text without a role is taken for each."""
    for row in read(path):
        if row.get("split") == "test":
            continue
        said = row.get("turns", (row,))
        for at, turn in enumerate(said):
            if turn.get("role", role) == role and sentences(turn["text"]):
                before = [{"role": said[at - 1].get("role", ""), "text": said[at - 1]["text"]}]
                context = before if at else []
                yield {"text": turn["text"], "role": role, "context": context} | EMPTY


def write(out: Path, teacher: Teacher, lines: Lines, texts: dict[str, list[Path]]) -> None:
    """Turns with the logits of their sentences, a line of JSON each."""
    draw = np.random.default_rng(0)
    with out.open("w", encoding="utf-8") as target:
        for subject, names in lines.signals.items():
            role = ROLES[subject]
            asked: list[Row] = []
            for path in texts.get(role, ()):
                found = list({row["text"]: row for row in unlabelled(path, role)}.values())
                asked += [found[at] for at in draw.permutation(len(found))[:MOST_OF_ONE_FILE]]
            first = lines.names.index(names[0])
            told = lines.of(asked)
            logits = [np.full((len(sentences(row["text"])), len(names)), -9.0) for row in asked]
            for line, said in zip(told, say(teacher, told), strict=True):
                for number, values in zip(line.window.sentences, said, strict=True):
                    own = logits[line.turn][number]
                    np.maximum(own, values[first : first + len(names)], out=own)
            for row, values in zip(asked, logits, strict=True):
                target.write(json.dumps({**row, "logits": values.round(2).tolist()}) + "\n")
            print(f"{subject}: {len(asked)} turns", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Teach an encoder, and ask it about more texts.")
    parser.add_argument("texts", type=Path, nargs="*", help="public texts (JSON lines)")
    parser.add_argument("--of-customers", type=Path, nargs="*", default=[], help="of them only")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder")
    parser.add_argument(
        "--authored", type=Path, nargs="+", required=True, help="labelled turns (JSON lines)"
    )
    parser.add_argument("--out", type=Path, help="where what it says of the texts is written")
    parser.add_argument("--kept", type=Path, help="where the teacher is kept, or was")
    parser.add_argument("--left-out", type=int, help="the part that it is not taught (0 to 4)")
    parser.add_argument("--epochs", type=int, default=USUAL.epochs)
    parser.add_argument("--frozen", type=int, default=USUAL.frozen, help="layers not taught")
    parser.add_argument("--seed", type=int, default=USUAL.seed)
    asked = parser.parse_args()
    torch.set_num_threads(2)
    lines = Lines(asked.encoder, sentences)
    teacher = taught(asked, lines)
    if asked.out:
        texts = {"customer": [*asked.texts, *asked.of_customers], "agent": asked.texts}
        write(asked.out, teacher, lines, texts)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Fine-tune an encoder on labelled turns: what amity_deep judges by.

Usage: python tools/teach_sentences.py --encoder FOLDER --authored FILE... --kept FILE

FOLDER has sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). It is taught by the labelled turns
that are not held back, without one part of cross-validation where ``--left-out`` names it, which
then tells what was learnt. ``--kept`` is where its weights are kept; tools/export_deep.py makes of
them what amity_deep judges by, and tools/ask_deep.py asks that about texts without labels.

With ``--start`` it goes on from weights that were kept before: each pass has the turns of
``--newest`` and as many others, drawn anew, and what is kept is the mean of the weights before and
after (Wortsman et al. 2022, arXiv:2109.01903), so that what it knew is not forgotten.

Needs tools/requirements-train.txt and, beside it, torch, transformers and tokenizers.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from deep_lines import Line, Lines, average_precision, best_of_turns
from deep_teacher import Recipe, Teacher, say, teach
from held_back import fold, is_held_back
from sentence_examples import ROOT, Row, read_short, rewritten
from whole_conversations import rows

from amity_sentences.split import sentences

REWRITTEN = 0.25  # of the turns that can be, in each epoch
SHORT = ROOT / "tools" / "turns" / "weak_signals.txt"
USUAL = Recipe()


class Drawn:
    """The lines of each epoch: every turn, some of them as if typed on a phone or after a greeting.

    Of the first *rehearsed* turns only as many are drawn as there are others.
    """

    def __init__(self, lines: Lines, turns: Sequence[Row], rehearsed: int, seed: int) -> None:
        self._plain = [lines.of([row]) for row in turns]
        self._other = [lines.of(list(rewritten(row))) for row in turns]
        self._rehearsed, self._seed = rehearsed, seed

    def __call__(self, epoch: int) -> list[Line]:
        """The lines of one epoch."""
        draw = np.random.default_rng((self._seed, epoch))
        other = draw.random(len(self._plain)) < REWRITTEN
        old = draw.permutation(self._rehearsed)[: len(self._plain) - self._rehearsed]
        return [
            line
            for at in (*old, *range(self._rehearsed, len(self._plain)))
            for line in (self._other[at] if other[at] and self._other[at] else self._plain[at])
        ]


def taught(asked: argparse.Namespace, lines: Lines) -> Teacher:
    """The teacher, taught anew."""
    old, new = (
        [row for path in paths for row in rows(path) if not is_held_back(row)]
        for paths in (asked.authored, asked.newest)
    )
    known = [row for row in (*old, *new) if fold(row) != asked.left_out]
    tested = [row for row in (*old, *new) if fold(row) == asked.left_out]
    recipe = Recipe(asked.epochs, asked.frozen, rate=asked.rate, seed=asked.seed)
    torch.manual_seed(recipe.seed)
    wanted = np.stack([lines.turn_labels(row) for row in known])
    prior = np.clip(np.nanmean(wanted, axis=0) / 1.5, 1e-3, 0.5).astype(np.float32)
    teacher = Teacher(asked.encoder, prior, recipe.frozen)
    print(f"{len(known)} turns to learn from, {len(tested)} left out", flush=True)
    turns = [*read_short(SHORT), *known]
    rehearsed = len(turns) - len([row for row in new if fold(row) != asked.left_out])
    if asked.start:
        teacher.load_state_dict(torch.load(asked.start, weights_only=True))
    drawn = Drawn(lines, turns, rehearsed if asked.start else 0, recipe.seed)
    told = lines.of(tested)
    right = np.stack([lines.turn_labels(row) for row in tested]) if tested else None

    def check(found: Teacher) -> float:
        return average_precision(best_of_turns(told, say(found, told), len(tested)), right)

    teach(teacher, drawn, recipe, check if tested else None)
    if asked.start:
        mix(teacher, torch.load(asked.start, weights_only=True))
        if tested:
            print(f"mean of before and after: average precision {check(teacher):.3f}", flush=True)
    return teacher


def mix(teacher: Teacher, before: dict[str, torch.Tensor]) -> None:
    """Take the mean of the weights *before* and those that *teacher* has now."""
    after = teacher.state_dict()
    teacher.load_state_dict(
        {
            name: (before[name] + part) / 2 if part.is_floating_point() else part
            for name, part in after.items()
        }
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Teach an encoder by labelled turns.")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder")
    parser.add_argument(
        "--authored", type=Path, nargs="+", required=True, help="labelled turns (JSON lines)"
    )
    parser.add_argument("--newest", type=Path, nargs="*", default=[], help="more of them")
    parser.add_argument("--start", type=Path, help="weights that were kept before")
    parser.add_argument("--kept", type=Path, required=True, help="where its weights are kept")
    parser.add_argument("--left-out", type=int, help="the part that it is not taught (0 to 4)")
    parser.add_argument("--epochs", type=int, default=USUAL.epochs)
    parser.add_argument("--frozen", type=int, default=USUAL.frozen, help="layers not taught")
    parser.add_argument("--rate", type=float, default=USUAL.rate, help="how far a step goes")
    parser.add_argument("--seed", type=int, default=USUAL.seed)
    asked = parser.parse_args()
    torch.set_num_threads(2)
    teacher = taught(asked, Lines(asked.encoder, sentences))
    torch.save(teacher.state_dict(), asked.kept)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

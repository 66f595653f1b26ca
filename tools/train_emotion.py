"""Train the emotion model of plugins/amity_emotion.

Usage: python tools/train_emotion.py --data FOLDER [--teacher FILE] [--out FOLDER] [--test]

FOLDER has goemotions.jsonl.gz, authored.jsonl.gz and the texts without labels (tools/emotion_texts.py).
FILE is what tools/learn_emotions.py wrote: what a larger model says of the training part and of the
texts without labels. Without it only the labels are learnt from. Writes ``weights.npz`` into the
folder (default: the plugin), and its digest and figures into the model card. With --test the figures
are also those of GoEmotions' test part and of held-back turns; nothing is chosen by these.

What is drawn has a seed: the same data and teacher give the same weights on the same machine. Needs
Amity itself and tools/requirements-train.txt. Takes two and a half minutes of processor time.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from emotion_fit import Vocabulary, best_threshold, chance, f1, fit, parts, vocabulary
from emotion_signals import NEGATIVE_COLUMN, Authored, authored, by_turn
from emotion_texts import Floats, Labelled, go_emotions, key, label_names, unlabelled
from held_back import FOLDS
from hidden_units import Units, fit_units
from numpy.typing import NDArray

from amity.measuring.peers import ranking
from amity_emotion.weights import HERE, NEGATIVE

PULL, STEPS = 0.6, 25
# Chosen on dev: how much of the target is the teacher's, and how much a text without labels counts.
TEACHER, UNLABELLED_COUNT = 0.7, 0.5
# A label with fewer texts is learnt from the labels alone: the teacher has hardly learnt it itself.
LEAST_TAUGHT = 500
PULL_AUTHORED, STEPS_AUTHORED = 0.7, 30
UNITS = 64
# Thresholds are tuned on dev and on training texts that a fit did not see: dev alone has 13 of grief.
LEARNT_FOLDS = 3
FIXED = (0.1, 0.2, 0.3)
NOT_NAMED = ("neutral",)
DRAWS = 1_000
FIRST_MARK, LAST_MARK = (
    f"<!-- {word} by tools/train_emotion.py -->" for word in ("written", "end of what is written")
)


@dataclass(frozen=True, slots=True)
class Student:
    """The mean of a plane over the features and of hidden units, a column for each label.

    The last line of the plane is the bias; the units see common features alone.
    """

    words: Vocabulary
    labels: list[str]
    plane: Floats
    units: Units

    def logits(self, texts: list[str]) -> Floats:
        """A row for each text, a column for each label."""
        return self.of(self.words.rows([parts(text) for text in texts]))

    def of(self, rows: sp.csr_matrix) -> Floats:
        """The same for rows of features."""
        more = self.units.logits(rows[:, self.words.is_common], nothing(rows))
        return np.asarray((rows @ self.plane[:-1] + self.plane[-1] + more) / 2, np.float32)


def nothing(rows: sp.csr_matrix) -> Floats:
    """What is known of *rows* beside their words."""
    return np.zeros((rows.shape[0], 0), np.float32)


def taught(
    train: Labelled, texts: list[str], teacher: Path | None
) -> tuple[list[str], Floats, Floats]:
    """What is learnt from: texts, how likely each label is, and how much each text counts."""
    if teacher is None:
        return train.texts, train.labels, np.ones((len(train.texts), 1), np.float32)
    with np.load(teacher) as stored:
        at = {said: place for place, said in enumerate(stored["keys"].tolist())}
        said = stored["chances"].astype(np.float32) / np.iinfo(np.uint16).max
    own = said[[at[key(text)] for text in train.texts]]
    other = said[[at[key(text)] for text in texts]]
    is_taught = train.labels.sum(axis=0) >= LEAST_TAUGHT
    share = TEACHER * is_taught
    mixed = np.concatenate([(1 - share) * train.labels + share * own, other]).astype(np.float32)
    counts = np.ones(mixed.shape, np.float32)
    counts[len(own) :] = UNLABELLED_COUNT * is_taught
    return [*train.texts, *texts], mixed, counts


def learn(data: Path, teacher: Path | None, turns: Authored) -> tuple[Student, Floats]:
    """The model, and logits of the training part by models that did not see the text."""
    train, labels = go_emotions(data, "train"), label_names(data)
    texts, wanted, counts = taught(train, unlabelled(data), teacher)
    found = [parts(text) for text in texts]
    words = vocabulary([*found, *(parts(text) for text in turns.texts)])
    rows, counts = words.rows(found), np.broadcast_to(counts, wanted.shape)
    folds = np.full(len(texts), LEARNT_FOLDS)
    folds[: len(train.texts)] = [key(text) % LEARNT_FOLDS for text in train.texts]
    unseen = np.zeros(train.labels.shape, np.float32)
    for part in range(LEARNT_FOLDS):
        others = folds != part
        student = fitted(words, labels, rows[others], wanted[others], counts[others])
        own = np.flatnonzero(~others)
        unseen[own] = student.of(rows[own])
    return fitted(words, labels, rows, wanted, counts), unseen


def fitted(
    words: Vocabulary, labels: list[str], rows: sp.csr_matrix, wanted: Floats, counts: Floats
) -> Student:
    plane = fit(rows, wanted, counts, PULL, STEPS)
    common = rows[:, words.is_common]
    units = fit_units(common, nothing(rows), wanted, counts, plane[-1], UNITS)
    return Student(words, labels, plane, units)


def negative(student: Student, turns: Authored) -> tuple[Floats, tuple[float, float], Floats]:
    """The column of ``negative``, how its logits become probabilities, and those of unseen turns.

    It stands on the words themselves and on the emotions by the plane, which are sums of words too:
    so it is one. With the hidden units beside, or with their emotions, the area under the curve on
    unseen turns was lower by 0.004 to 0.04.
    """
    rows = student.words.rows([parts(text) for text in turns.texts])
    emotions = np.asarray(rows @ student.plane[:-1], np.float32) / 4
    seen = np.flatnonzero(np.asarray((rows > 0).sum(axis=0)).ravel() >= 2)
    both = sp.hstack([rows[:, seen], emotions]).tocsr()
    labels = turns.labels[:, NEGATIVE_COLUMN:]
    known = (~np.isnan(labels)).astype(np.float32)
    folds = turns.folds[turns.owner]
    unseen = np.zeros((len(turns.texts), 1), np.float32)
    for part in range(FOLDS):
        others = folds != part
        line = fit(both[others], labels[others], known[others], PULL_AUTHORED, STEPS_AUTHORED)
        unseen[~others] = both[~others] @ line[:-1] + line[-1]
    line = fit(both, labels, known, PULL_AUTHORED, STEPS_AUTHORED)[:, 0]
    column = np.zeros(len(student.plane), np.float32)
    column[:-1] = student.plane[:-1] @ line[len(seen) : -1] / 4
    column[seen] += line[: len(seen)]
    column[-1] = line[-1]
    by = by_turn(turns, unseen)[:, 0]
    truth = turns.turn_labels[:, NEGATIVE_COLUMN]
    settled = ~np.isnan(truth)
    scale = fit(
        sp.csr_matrix(by[settled, None]), truth[settled, None], np.ones(1, np.float32), 0.0, 50
    )
    return column, (float(scale[0, 0]), float(scale[1, 0])), by


def eight_bits(rows: Floats) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """*rows* as whole numbers of eight bits, and what the numbers of each row are times."""
    sizes = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-7).astype(np.float16)
    values = np.round(rows / np.maximum(sizes.astype(np.float32), 1e-7)[:, None])
    return np.clip(values, -127, 127).astype(np.int8), sizes


def pack(
    student: Student, column: Floats, scale: tuple[float, float], least: dict[str, float]
) -> dict[str, object]:
    """What is stored: weights of eight bits, a scale for each feature."""
    words, units = student.words, student.units
    start = (student.plane[-1] + units.base) / 2
    plane = np.column_stack([student.plane[:-1] / 2, column[:-1]]).astype(np.float32)
    values, sizes = eight_bits(plane * words.weights[:, None])
    unit_values, unit_sizes = eight_bits(units.counted * words.weights[words.is_common, None])
    settled = {"labels": [*student.labels, NEGATIVE], "emotions": least, "negative": scale}
    return {
        "settled": json.dumps(settled),
        # Gaps have small numbers, which pack well.
        "gaps": np.diff(words.keys, prepend=np.uint32(0)),
        "values": values,
        "scale": sizes,
        "size": (words.weights**2).astype(np.float16),
        "bias": np.append(start, column[-1]).astype(np.float32),
        "is_common": np.packbits(words.is_common),
        "unit_values": unit_values,
        "unit_scale": unit_sizes,
        "unit_bias": units.bias,
        "unit_gives": np.pad(units.out / 2, ((0, 0), (0, 1))).astype(np.float32),
    }


def thresholds(logits: Floats, truth: Floats) -> Floats:
    """The probability from which each label is named: the best for F1."""
    found = [best_threshold(chance(logits)[:, at], truth[:, at]) for at in range(truth.shape[1])]
    return np.array(found, np.float32)


@dataclass(frozen=True, slots=True)
class Least:
    """From which probability each label is named: tuned on dev, on training texts, and on both.

    Training texts are judged by fits that did not see them. What ships goes by ``both``.
    """

    dev: Floats
    train: Floats
    both: Floats

    @classmethod
    def of(cls, data: Path, student: Student, unseen: Floats) -> Least:
        """Tune them."""
        train, dev = go_emotions(data, "train"), go_emotions(data, "dev")
        own = student.logits(dev.texts)
        truth = np.concatenate([train.labels, dev.labels])
        return cls(
            thresholds(own, dev.labels),
            thresholds(unseen, train.labels),
            thresholds(np.concatenate([unseen, own]), truth),
        )


def spread(chances: Floats, truth: Floats, least: Floats) -> tuple[float, float]:
    """Between what macro F1 lies in nineteen of twenty draws of the texts."""
    draw = np.random.default_rng(0)
    named = chances >= least
    parts_ = np.stack([named & (truth > 0), named, truth > 0]).astype(np.float32)
    flat = parts_.transpose(1, 0, 2).reshape(len(truth), -1)
    found = []
    for _ in range(DRAWS):
        times = np.bincount(draw.integers(len(flat), size=len(flat)), minlength=len(flat))
        right, told, there = (times.astype(np.float32) @ flat).reshape(3, -1)
        found.append(float(np.mean(2 * right / np.maximum(told + there, 1))))
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def area(values: NDArray[np.float32], truth: Floats) -> float:
    known = ~np.isnan(truth)
    return ranking(values[known].astype(np.float64), truth[known] == 1)


def write_card(folder: Path, lines: list[str]) -> None:
    """Put the digest and the figures into the model card, between its two marks."""
    card = HERE / "card.md"
    before, _, rest = card.read_text(encoding="utf-8").partition(FIRST_MARK)
    after = rest.partition(LAST_MARK)[2]
    path = folder / "weights.npz"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    head = [
        "| file | bytes | SHA-256 |",
        "|---|---|---|",
        f"| `weights.npz` | {path.stat().st_size} | `{digest}` |",
    ]
    written = "\n".join([*head, "", *lines])
    card.write_text(f"{before}{FIRST_MARK}\n\n{written}\n\n{LAST_MARK}{after}", encoding="utf-8")


def figures(student: Student, data: Path, least: Least, splits: list[str]) -> list[str]:
    lines = [
        f"| GoEmotions, macro F1 over 28 labels | thresholds tuned on train and dev | 95% of draws | tuned on train alone | tuned on dev alone | {' | '.join(f'{share} for all' for share in FIXED)} |",
        "|---|---|---|---|---|" + "---|" * len(FIXED),
    ]
    table = ["| label | F1, tuned |" if len(splits) == 1 else "| label | dev | test |"]
    table.append("|---|" + "---|" * len(splits))
    single = []
    for split in splits:
        known = go_emotions(data, split)
        sure = chance(student.logits(known.texts))
        own = f1(sure, known.labels, least.both)
        single.append(own)
        low, high = spread(sure, known.labels, least.both)
        others: tuple[Floats | float, ...] = (least.train, least.dev, *FIXED)
        rest = " | ".join(f"{f1(sure, known.labels, other).mean():.3f}" for other in others)
        lines.append(f"| {split} | {own.mean():.3f} | {low:.3f} to {high:.3f} | {rest} |")
    for at, label in enumerate(student.labels):
        table.append(f"| {label} | " + " | ".join(f"{own[at]:.2f}" for own in single) + " |")
    return [*lines, "", *table]


def main() -> int:
    parser = argparse.ArgumentParser(description="Train the emotion model.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--teacher", type=Path, help="what a larger model says")
    parser.add_argument("--out", type=Path, default=HERE, help="where weights.npz is written")
    parser.add_argument("--test", action="store_true", help="measure on test and held-back parts")
    asked = parser.parse_args()
    turns = authored(asked.data / "authored.jsonl.gz", held_back=False)
    student, unseen = learn(asked.data, asked.teacher, turns)
    column, scale, by_turns = negative(student, turns)
    least = Least.of(asked.data, student, unseen)
    named = {
        # The last digits of a threshold depend on where arrays lie in memory.
        label: round(float(np.log(sure / (1 - sure))), 4)
        for label, sure in zip(student.labels, least.both.tolist(), strict=True)
        if label not in NOT_NAMED
    }
    np.savez_compressed(asked.out / "weights.npz", **pack(student, column, scale, named))
    lines = figures(student, asked.data, least, ["dev", "test"] if asked.test else ["dev"])
    found = area(by_turns, turns.turn_labels[:, NEGATIVE_COLUMN])
    lines += [
        "",
        f"`negative`, area under the ROC curve on authored turns, cross-validated: {found:.3f}.",
    ]
    write_card(asked.out, lines)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

"""Train the sentence model of plugins/amity_sentences on authored turns.

Usage: python tools/train_sentences.py --authored FILE [--out FOLDER]

FILE has the authored turns (JSON lines, may be gzip). A fifth of them, chosen by their text, is
held back and never looked at. Writes ``weights.npz`` into FOLDER (default: the plugin), and into
the model card its digest and what cross-validation found for each signal. ``vectors.npz``, the meanings of words, is read from
the plugin; tools/learn_vectors.py makes it. Nothing here is random: the same turns and vectors give
the same weights on the same machine.

Needs Amity itself and tools/requirements-train.txt. Takes one to three minutes on one core.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from held_back import FOLDS, is_held_back
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve_triangular
from scipy.optimize import minimize
from sentence_examples import (
    MEANING,
    MEANING_BEFORE,
    PLUGIN,
    Examples,
    Floats,
    examples,
    kernel,
    read,
    signal_names,
)

from amity_sentences.model import groups_of, settled
from amity_sentences.weights import load_vectors

L2 = 0.2
STEPS = 60
JITTER = 1e-3
# From which probability on a signal is reported depends on what a mistake does.
# 1. Lapses (PRECISE_SIGNALS) cost an agent: they are reported only where cross-validation sees a
#    precision of 0.85 in at least eight turns, and never below 0.65; some are not reported at all.
# 2. What the agent or a colleague did well counts if it is more likely than not.
# 3. What the customer shows opens an opportunity to care, so recall comes first: the threshold that
#    is best for F1, but not below 0.4, since an opportunity that is none costs the agent too.
PRECISE, LEAST_FOUND, LEAST_LAPSE = 0.85, 8, 0.65
LEAST_CREDIT, LEAST_OPENING = 0.5, 0.4
NEVER = 2.0
FIRST_MARK, LAST_MARK = (
    f"<!-- {word} by tools/train_sentences.py -->" for word in ("written", "end of what is written")
)
PRECISE_SIGNALS = frozenset(
    {
        "agent.blame_shift",
        "agent.deflection",
        "agent.dismissal",
        "agent.jargon",
        "agent.negative_language",
        "agent.non_answer",
        "agent.non_apology",
        "agent.redirect",
        "agent.rushing",
        "agent.scripted",
        "team.blame",
        "team.customer_disparagement",
    }
)


# In one sentence the first cannot be true where the others are: cross-validation finds each credit
# better (gratitude by 0.09 of average precision, apology by 0.05) and none worse.
_AGAINST_CREDIT = ("blame_shift", "deflection", "dismissal", "non_apology", "scripted")
_CREDITS = (
    "acknowledgement",
    "validation",
    "apology",
    "ownership",
    "transparency",
    "personalisation",
    "reassurance",
    "loyalty_recognition",
    "gratitude",
    "shared_joy",
    "learning",
)
CANNOT_BE_BESIDE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_CREDITS, _AGAINST_CREDIT),
    "non_apology": ("apology",),
    "follow_up": (*_AGAINST_CREDIT, "clarifying_question"),
    "open_question": ("clarifying_question",),
}


def gives_way(signals: list[str]) -> Floats:
    """A 1 in the row of a signal and the column of one that cannot be true beside it."""
    table = np.zeros((len(signals), len(signals)), np.float32)
    for name, others in CANNOT_BE_BESIDE.items():
        if f"agent.{name}" in signals:
            rows = [signals.index(f"agent.{other}") for other in others]
            table[rows, signals.index(f"agent.{name}")] = 1
    return table


def fit(planes: Floats, labels: Floats, start: Floats | None = None, steps: int = STEPS) -> Floats:
    """Logistic regression of all signals at once; the last line of what it gives is the bias."""
    size, count = planes.shape[1], labels.shape[1]
    wanted = np.nan_to_num(labels)
    weight = (~np.isnan(labels)).astype(np.float32)
    if start is None:
        share = np.clip((wanted * weight).sum(0) / np.maximum(weight.sum(0), 1), 1e-4, 0.5)
        start = np.vstack([np.zeros((size, count)), np.log(share / (1 - share))])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        plane = flat.astype(np.float32).reshape(size + 1, count)
        logits = planes @ plane[:size] + plane[size]
        wrong = (1 / (1 + np.exp(-np.clip(logits, -30, 30))) - wanted) * weight
        value = (weight * (np.logaddexp(0, logits) - wanted * logits)).sum()
        value += L2 / 2 * (plane[:size] ** 2).sum()
        slope = np.vstack([planes.T @ wrong + L2 * plane[:size], wrong.sum(0)])
        return float(value), slope.ravel().astype(np.float64)

    options = {"maxiter": steps, "maxcor": 8}
    found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B", options=options)
    return np.asarray(found.x.reshape(size + 1, count), np.float32)


def fit_turns(found: Examples, planes: Floats, turns: NDArray[np.bool_]) -> Floats:
    """Fit on *turns*; a label without words then goes to the sentence that fits it best, and once more."""
    lines_ = turns[found.owner]
    plane = fit(planes[lines_], found.labels[lines_])
    logits = planes @ plane[:-1] + plane[-1]
    labels = found.labels.copy()
    for turn, column in np.argwhere(found.unplaced & turns[:, None] & (found.turn_labels == 1)):
        own = np.flatnonzero(found.owner == turn)
        if np.isnan(labels[own, column]).all():
            labels[own[np.argmax(logits[own, column])], column] = 1
    return fit(planes[lines_], labels[lines_], plane, STEPS // 2)


def best_of_turns(found: Examples, values: Floats) -> Floats:
    best = np.full(found.turn_labels.shape, -np.inf, np.float32)
    np.maximum.at(best, found.owner, values)
    return best


def cross_validate(found: Examples, planes: Floats) -> Floats:
    """The logits of every sentence by a model that did not see its turn."""
    logits = np.zeros(found.labels.shape, np.float32)
    for fold in range(FOLDS):
        plane = fit_turns(found, planes, found.folds != fold)
        lines_ = found.folds[found.owner] == fold
        logits[lines_] = planes[lines_] @ plane[:-1] + plane[-1]
    return logits


def calibrate(logits: Floats, wanted: Floats) -> tuple[float, float]:
    """Slope and offset that make of the logits of turns the share of them that is right."""

    def loss(line: NDArray[np.float64]) -> float:
        value = line[0] * logits + line[1]
        # A weak pull to a slope of 1 keeps rare signals from extremes.
        return float((np.logaddexp(0, value) - wanted * value).sum() + (line[0] - 1) ** 2)

    slope, offset = minimize(loss, [1.0, 0.0], method="BFGS").x
    return max(0.05, float(slope)), float(offset)


def threshold(name: str, chances: Floats, wanted: Floats) -> float:
    """From which probability on a signal is reported."""
    order = np.argsort(-chances, kind="stable")
    sure, right = chances[order], np.cumsum(wanted[order])
    found = np.arange(1, len(sure) + 1)
    if name in PRECISE_SIGNALS:
        good = np.flatnonzero((right / found >= PRECISE) & (found >= LEAST_FOUND))
        return max(LEAST_LAPSE, float(sure[good[-1]])) if good.size else NEVER
    # Half observed, half expected: what was observed alone jumps with every turn.
    observed = 2 * right / (found + wanted.sum())
    expected = 2 * np.cumsum(sure) / (found + sure.sum())
    least = LEAST_OPENING if name.startswith("customer.") else LEAST_CREDIT
    return max(least, float(sure[np.argmax(observed + expected)]))


@dataclass(slots=True)
class Figures:
    """What cross-validation found for one signal, thresholds from the other folds."""

    positives: int
    found: int
    right: int

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / max(1, self.found + self.positives)

    def line(self, name: str) -> str:
        """One line of the card's table."""
        precision, recall = self.right / max(1, self.found), self.right / max(1, self.positives)
        return f"| `{name}` | {self.positives} | {self.found} | {precision:.2f} | {recall:.2f} | {self.f1:.2f} |"


def decide(name: str, logits: Floats, wanted: Floats) -> tuple[float, float, float]:
    """Slope, offset and threshold of one signal from its turns."""
    known = ~np.isnan(wanted)
    slope, offset = calibrate(logits[known], wanted[known])
    chances = 1 / (1 + np.exp(-slope * logits[known] - offset))
    return slope, offset, threshold(name, chances, wanted[known])


def figures(name: str, logits: Floats, wanted: Floats, folds: NDArray[np.int64]) -> Figures:
    hit = np.zeros(len(logits), bool)
    for fold in range(FOLDS):
        others = folds != fold
        slope, offset, least = decide(name, logits[others], wanted[others])
        hit[~others] = 1 / (1 + np.exp(-slope * logits[~others] - offset)) >= least
    known = ~np.isnan(wanted)
    return Figures(
        int(np.nansum(wanted)), int((hit & known).sum()), int((hit & (wanted == 1)).sum())
    )


def quantised(values: Floats, axis: int) -> tuple[NDArray[np.int8], Floats]:
    """Eight-bit numbers and the scales (one for each line along *axis*) that bring them back."""
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True) / 127, 1e-9).astype(np.float32)
    return np.round(values / scale).astype(np.int8), scale


def train(found: Examples) -> tuple[dict[str, NDArray[np.generic]], dict[str, Figures]]:
    """What is stored of one subject, and what cross-validation says of it."""
    alike = kernel(found)
    planes = cholesky(alike + JITTER * np.eye(len(alike), dtype=np.float32), lower=True)
    table = gives_way(found.signals)
    by_turn = best_of_turns(found, settled(cross_validate(found, planes), groups_of(table)))
    decided, report = [], {}
    for column, name in enumerate(found.signals):
        logits, wanted = by_turn[:, column], found.turn_labels[:, column]
        decided.append(decide(name, logits, wanted))
        report[name] = figures(name, logits, wanted, found.folds)
    plane = fit_turns(found, planes, np.ones(len(found.rows), bool))
    shares = solve_triangular(planes.T, plane[:-1], lower=False).astype(np.float32)
    known = found.weight[:, None] ** 2 * np.asarray(found.counts.T @ shares)
    order = np.argsort(found.keys)
    values, scale = quantised(known[order], axis=0)
    kept = np.abs(values).max(axis=1) > 1
    slope, offset, least = np.array(decided, np.float32).T
    return {
        "keys": found.keys[order][kept],
        "is_pair": found.is_pair[order][kept],
        "values": values[kept],
        "scale": scale[0],
        "meaning": MEANING * found.meaning.T @ shares,
        "meaning_before": MEANING_BEFORE * found.meaning_before.T @ shares,
        "bias": plane[-1],
        "gives_way": table,
        "slope": slope,
        "offset": offset,
        "threshold": least,
    }, report


def write_card(folder: Path, lines: list[str]) -> None:
    """Put digests and figures into the model card, between its two marks."""
    card = PLUGIN / "card.md"
    before, _, rest = card.read_text(encoding="utf-8").partition(FIRST_MARK)
    after = rest.partition(LAST_MARK)[2]
    files = [folder / "weights.npz", PLUGIN / "vectors.npz"]
    table = [
        f"| `{path.name}` | {path.stat().st_size} | `{hashlib.sha256(path.read_bytes()).hexdigest()}` |"
        for path in files
    ]
    written = "\n".join(
        [
            "| file | bytes | SHA-256 |",
            "|---|---|---|",
            *table,
            "",
            "| signal | positives | found | precision | recall | F1 |",
            "|---|---|---|---|---|---|",
            *lines,
        ]
    )
    card.write_text(f"{before}{FIRST_MARK}\n\n{written}\n\n{LAST_MARK}{after}", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Train the sentence model on authored turns.")
    parser.add_argument("--authored", type=Path, required=True, help="authored turns (JSON lines)")
    parser.add_argument("--out", type=Path, default=PLUGIN, help="where weights.npz is written")
    asked = parser.parse_args()
    rows = [row for row in read(asked.authored) if not is_held_back(row)]
    vectors = load_vectors(PLUGIN / "vectors.npz")
    signals = signal_names()
    stored: dict[str, object] = {"signals": json.dumps(signals)}
    lines: list[str] = []
    reports: list[Figures] = []
    for subject, names in signals.items():
        parts, report = train(examples(rows, subject, names, vectors))
        stored |= {f"{subject}_{name}": value for name, value in parts.items()}
        lines += [report[name].line(name) for name in names]
        reports += report.values()
    np.savez_compressed(asked.out / "weights.npz", **stored)
    lines.append(f"\nMacro F1 over {len(reports)} signals: {np.mean([r.f1 for r in reports]):.3f}.")
    write_card(asked.out, lines)
    print("\n".join(lines))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

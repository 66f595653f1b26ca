"""Train the sentence model of plugins/amity_sentences on labelled turns.

Usage: python tools/train_sentences.py --authored FILE --threads FILE [--taught FILE] [--out FOLDER]

The authored turns (JSON lines, may be gzip), those of tools/turns/authored_more.jsonl.gz, and the
conversations and pairs of drafts of tools/whole_conversations.py are taken but for a fifth, which is
held back. What was written between (tools/turns/trained_on.jsonl.gz) and the threads that have
labels in tools/turns/thread_labels.jsonl.gz are taken whole; ``--taught`` has what tools/ask_deep.py
found in texts without labels. Writes ``weights.npz`` into FOLDER (default: the plugin), and into the
model card its digest and what cross-validation found for each signal. ``vectors.npz``, the meanings
of words, is read from the plugin; tools/learn_vectors.py makes it.
Everything drawn is seeded: the same turns and vectors give the same weights on the same machine.

Needs Amity itself and tools/requirements-train.txt. Takes six minutes on two cores.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from held_back import FOLDS
from hidden_units import Units, fit_units
from numpy.typing import NDArray
from scipy.optimize import minimize
from sentence_examples import (
    MEANING,
    MEANING_BEFORE,
    PLUGIN,
    ROOT,
    Examples,
    Floats,
    examples,
    labelled,
    read_short,
    read_taught,
    rewritten,
    signal_names,
)

from amity_sentences.model import groups_of, settled
from amity_sentences.weights import load_vectors

SHORT = ROOT / "tools" / "turns" / "weak_signals.txt"
UNITS, BATCH = 64, 256
L2 = 0.2
STEPS = 60
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


@dataclass(slots=True)
class Plane:
    """One column for each signal: over counted features, over meanings, and the bias."""

    counted: Floats
    dense: Floats
    bias: Floats

    def logits(self, found: Examples, lines: NDArray[np.bool_]) -> Floats:
        """Of each of the sentences *lines*."""
        said = found.counts[lines] @ self.counted + found.dense[lines] @ self.dense + self.bias
        return np.asarray(said, np.float32)


@dataclass(slots=True)
class Both:
    """The mean of a plane and of hidden units, which err in different places.

    On a part that neither saw, mean average precision was 0.669 for the plane, 0.662 for the units
    and 0.692 for their mean (agents), and 0.529, 0.522 and 0.549 (customers).
    """

    plane: Plane
    units: Units

    def logits(self, found: Examples, lines: NDArray[np.bool_]) -> Floats:
        """Of each of the sentences *lines*."""
        more = self.units.logits(found.counts[lines], found.dense[lines])
        return (self.plane.logits(found, lines) + more) / 2


def fit(
    found: Examples, lines: NDArray[np.bool_], labels: Floats, start: Plane | None, steps: int
) -> Plane:
    """Logistic regression of all signals at once, by the sentences *lines* with *labels*."""
    counts, dense, labels = found.counts[lines], found.dense[lines], labels[lines]
    back = counts.T.tocsr()
    width, size, count = counts.shape[1], counts.shape[1] + dense.shape[1], labels.shape[1]
    wanted = np.nan_to_num(labels)
    weight = (~np.isnan(labels)).astype(np.float32)
    weight *= found.share[lines, None]
    if start is None:
        share = np.clip((wanted * weight).sum(0) / np.maximum(weight.sum(0), 1), 1e-4, 0.5)
        first = np.vstack([np.zeros((size, count)), np.log(share / (1 - share))])
    else:
        first = np.vstack([start.counted, start.dense, start.bias])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        plane = flat.astype(np.float32).reshape(size + 1, count)
        logits = counts @ plane[:width] + dense @ plane[width:size] + plane[size]
        wrong = (1 / (1 + np.exp(-np.clip(logits, -30, 30))) - wanted) * weight
        value = (weight * (np.logaddexp(0, logits) - wanted * logits)).sum()
        value += L2 / 2 * (plane[:size] ** 2).sum()
        slope = np.vstack([back @ wrong, dense.T @ wrong, wrong.sum(0)[None, :]])
        slope[:size] += L2 * plane[:size]
        return float(value), slope.ravel().astype(np.float64)

    options = {"maxiter": steps, "maxcor": 8}
    best = minimize(loss, first.ravel(), jac=True, method="L-BFGS-B", options=options)
    plane = np.asarray(best.x.reshape(size + 1, count), np.float32)
    return Plane(plane[:width], plane[width:size], plane[size])


def fit_turns(found: Examples, turns: NDArray[np.bool_]) -> Both:
    """Fit on *turns*; a label without words then goes to the sentence that fits it best, and once more."""
    lines_ = turns[found.owner]
    # A plane gains nothing by what a teacher says, and would need four times as long.
    known_ = lines_ & ~found.taught[found.owner]
    plane = fit(found, known_, found.labels, None, STEPS)
    logits = plane.logits(found, np.ones(len(found.owner), bool))
    labels = found.labels.copy()
    for turn, column in np.argwhere(found.unplaced & turns[:, None] & (found.turn_labels == 1)):
        own = np.flatnonzero(found.owner == turn)
        if np.isnan(labels[own, column]).all():
            labels[own[np.argmax(logits[own, column])], column] = 1
    plane = fit(found, known_, labels, plane, STEPS // 2)
    known = labels[lines_]
    weight = (~np.isnan(known)).astype(np.float32) * found.share[lines_, None]
    units = fit_units(
        found.counts[lines_],
        found.dense[lines_],
        np.nan_to_num(known),
        weight,
        plane.bias,
        UNITS,
        batch=BATCH,
    )
    return Both(plane, units)


def best_of_turns(found: Examples, values: Floats) -> Floats:
    best = np.full(found.turn_labels.shape, -np.inf, np.float32)
    np.maximum.at(best, found.owner, values)
    return best


def cross_validate(found: Examples) -> Floats:
    """The logits of every authored sentence by a model that did not see its turn."""
    logits = np.zeros(found.labels.shape, np.float32)
    for fold in range(FOLDS):
        both = fit_turns(found, found.folds != fold)
        lines_ = (found.folds[found.owner] == fold) & found.scored[found.owner]
        logits[lines_] = both.logits(found, lines_)
        print(f"{found.signals[0]} and on: part {fold + 1} of {FOLDS}", file=sys.stderr, flush=True)
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
    table = gives_way(found.signals)
    by_turn = best_of_turns(found, settled(cross_validate(found), groups_of(table)))
    decided, report = [], {}
    for column, name in enumerate(found.signals):
        logits, wanted = by_turn[found.scored, column], found.turn_labels[found.scored, column]
        decided.append(decide(name, logits, wanted))
        report[name] = figures(name, logits, wanted, found.folds[found.scored])
    both = fit_turns(found, np.ones(len(found.rows), bool))
    plane, units = both.plane, both.units
    known = found.weight[:, None] * np.hstack([plane.counted / 2, units.counted])
    dense = np.hstack([plane.dense / 2, units.dense])
    width = len(dense) // 2
    order = np.argsort(found.keys)
    values, scale = quantised(known[order], axis=0)
    kept = np.abs(values).max(axis=1) > 1
    slope, offset, least = np.array(decided, np.float32).T
    return {
        "keys": found.keys[order][kept],
        "values": values[kept],
        "scale": scale[0],
        "meaning": MEANING**0.5 * dense[:width],
        "meaning_before": MEANING_BEFORE**0.5 * dense[width:],
        "bias": np.concatenate([(plane.bias + units.base) / 2, units.bias]),
        "hidden": units.out / 2,
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
    parser.add_argument(
        "--threads", type=Path, required=True, help="public threads (JSON lines), some labelled"
    )
    parser.add_argument("--out", type=Path, default=PLUGIN, help="where weights.npz is written")
    parser.add_argument("--taught", type=Path, help="what tools/ask_deep.py wrote")
    asked = parser.parse_args()
    rows = labelled(asked.authored, asked.threads)
    more = list(read_taught(asked.taught, rows)) if asked.taught else []
    more += read_short(SHORT)
    more += [copy for row in rows for copy in rewritten(row)]
    vectors = load_vectors(PLUGIN / "vectors.npz")
    signals = signal_names()
    stored: dict[str, object] = {"signals": json.dumps(signals)}
    lines: list[str] = []
    reports: list[Figures] = []
    found = [examples(rows, subject, names, vectors, more) for subject, names in signals.items()]
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        trained = list(pool.map(train, found))
    for (subject, names), (parts, report) in zip(signals.items(), trained, strict=True):
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

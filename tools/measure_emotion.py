"""Measure the emotion model: how it ranks bad feeling, what it costs, and whether it could find signals.

Usage: python tools/measure_emotion.py --authored FILE [--threads FILE] [--signals] [--page docs/emotion.md]

FILE has labelled turns (JSON lines, may be gzip): the authored ones, of which the held-back fifth is
measured, and turns of real threads. With --signals it is also cross-validated, on the authored turns
that are trained on, for which signals the model would add F1 to what cues and the sentence model
find; this trains both again and takes several minutes. Prints tables, or writes them between the
marks of a page.

Needs tools/requirements-train.txt, vaderSentiment and textblob.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from emotion_fit import fit, parts, vocabulary
from emotion_signals import NEGATIVE, SIGNALS, Authored, authored, by_turn
from emotion_texts import Floats, read
from held_back import FOLDS, digest, is_held_back, is_new_to_cues
from numpy.typing import NDArray
from scipy.sparse import hstack
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))

from amity.conversation import Role
from amity.judge import Judge, open_judge
from amity.measuring.labels import LabelledTurn, read_labels
from amity.measuring.peers import ranking
from amity.plugins.host import PluginSelection
from amity_emotion.reading import Reader
from amity_emotion.weights import load

LEAST = 0.5
LEAST_ADDED = 10
DRAWS = 1_000
PULL, STEPS = 0.7, 30
TRIED = np.concatenate([np.linspace(0.5, 0.99, 40), np.linspace(0.991, 0.9995, 20)])
FIRST_MARK, LAST_MARK = (
    f"<!-- {word} by tools/measure_emotion.py -->" for word in ("written", "end of what is written")
)
Flags = NDArray[np.bool_]


def judge(*plugins: str) -> Judge:
    # The shipped policies name the actions of amity_crm.
    return open_judge(plugins=PluginSelection(enabled=(*plugins, "amity_crm")))


def strengths(judge: Judge, turn: LabelledTurn) -> dict[str, float]:
    """The signals found in a turn with their highest scores."""
    found: dict[str, float] = {}
    for signal in judge.detect(turn.conversation, turn.index).signals:
        found[signal.name] = max(found.get(signal.name, 0), signal.score)
    return found


def rankings(path: Path, *, only_held_back: bool) -> list[str]:
    """How well a turn of bad feeling is ranked above one that has none."""
    others = judge("amity_cues", "amity_sentences")
    rows = read_labels(path, others.catalogue)
    if only_held_back:
        kept = [is_held_back(row) for row in read(path)]
        rows = [row for row, is_kept in zip(rows, kept, strict=True) if is_kept]
    turns = [row for row in rows if row.role is Role.CUSTOMER]
    is_negative = np.array([any(name in turn.present for name in NEGATIVE) for turn in turns])
    is_agreed = np.array([all(turn.counts(name) for name in NEGATIVE) for turn in turns])
    kept = is_agreed | is_negative
    turns = [turn for turn, is_kept in zip(turns, kept, strict=True) if is_kept]
    truth = is_negative[kept]
    reader, vader = Reader(load()), SentimentIntensityAnalyzer()
    found = [strengths(others, turn) for turn in turns]
    signals = np.array([max((said.get(name, 0) for name in NEGATIVE), default=0) for said in found])
    emotion = np.array([reader.read(turn.text).negative for turn in turns])
    told = {
        "emotion model alone (`negative`)": emotion,
        "signals of cues and sentence model": signals,
        "the surer of the two, and both": 1 - (1 - signals) * (1 - emotion),
        "VADER": np.array([-vader.polarity_scores(turn.text)["compound"] for turn in turns]),
        "TextBlob": np.array([-TextBlob(turn.text).sentiment.polarity for turn in turns]),
    }
    lines = [
        f"{len(truth)} turns, {int(truth.sum())} of them negative.",
        "",
        "| what ranks | AUC | 95% of draws |",
        "|---|---|---|",
    ]
    for name, values in told.items():
        low, high = spread(values, truth)
        lines.append(f"| {name} | {ranking(values, truth):.3f} | {low:.3f} to {high:.3f} |")
    return lines


def spread(values: NDArray[np.float64], truth: Flags) -> tuple[float, float]:
    draw = np.random.default_rng(0)
    found = []
    for _ in range(DRAWS):
        at = draw.integers(len(truth), size=len(truth))
        found.append(ranking(values[at], truth[at]))
    low, high = np.nanquantile(found, [0.025, 0.975])
    return float(low), float(high)


def costs(texts: Sequence[str]) -> list[str]:
    """Processor time a text, each read alone, after one round that warms caches."""
    model, vader = load().model, SentimentIntensityAnalyzer()
    readers: dict[str, Callable[[str], object]] = {
        "emotion model": lambda text: model.logits([text]),
        "VADER": vader.polarity_scores,
        "TextBlob": lambda text: TextBlob(text).sentiment,
    }
    lines = [
        f"{len(texts)} sentences, one at a time:",
        "",
        "| what reads | µs a sentence |",
        "|---|---|",
    ]
    for name, reads in readers.items():
        times = []
        for _ in range(3):
            begun = time.process_time()
            for text in texts:
                reads(text)
            times.append(time.process_time() - begun)
        lines.append(f"| {name} | {min(times) / len(texts) * 1e6:.0f} |")
    begun = time.process_time()
    for first in range(0, len(texts), 24):
        model.logits(texts[first : first + 24])
    taken = (time.process_time() - begun) / len(texts) * 1e6
    return [*lines, f"| emotion model, 24 sentences at once | {taken:.0f} |"]


def heads(turns: Authored) -> Floats:
    """For each turn and signal a logit from words and emotions, by a model that did not see it."""
    model = load().model
    found = [parts(text) for text in turns.texts]
    rows = vocabulary(found).rows(found)
    both = hstack([rows, model.logits(turns.texts)[:, :-1] / 4]).tocsr()
    labels = turns.labels[:, : len(SIGNALS)]
    known = (~np.isnan(labels)).astype(np.float32)
    folds = turns.folds[turns.owner]
    unseen = np.zeros(labels.shape, np.float32)
    for part in range(FOLDS):
        others = folds != part
        plane = fit(both[others], labels[others], known[others], PULL, STEPS)
        unseen[~others] = both[~others] @ plane[:-1] + plane[-1]
    return by_turn(turns, unseen)


def sentence_model(path: Path, turns: Authored) -> Flags:
    """Which of ``SIGNALS`` the sentence model finds in each turn when it has not seen it."""
    import train_sentences as other  # noqa: PLC0415 - only this table needs it

    rows = [row for row in read(path) if not is_held_back(row)]
    names = other.signal_names()["customer"]
    vectors = other.load_vectors(other.PLUGIN / "vectors.npz")
    found = other.examples(rows, "customer", names, vectors)
    logits = other.best_of_turns(found, other.cross_validate(found))
    at = {digest(row): place for place, row in enumerate(found.rows)}
    order = [at[digest(row)] for row in turns.rows]
    hits = np.zeros((len(order), len(SIGNALS)), bool)
    for column, name in enumerate(SIGNALS):
        own = names.index(name)
        for part in range(FOLDS):
            others = found.folds != part
            slope, offset, least = other.decide(
                name, logits[others, own], found.turn_labels[others, own]
            )
            sure = 1 / (1 + np.exp(-slope * logits[:, own] - offset))
            mine = turns.folds == part
            hits[mine, column] = (sure >= least)[order][mine]
    return hits


def cues(turns: Authored, path: Path) -> Flags:
    own = judge("amity_cues")
    kept = [not is_held_back(row) for row in read(path)]
    labelled = [
        turn
        for turn, is_kept in zip(read_labels(path, own.catalogue), kept, strict=True)
        if is_kept
    ]
    found = {
        digest(row): strengths(own, turn)
        for row, turn in zip(
            (row for row in read(path) if not is_held_back(row)), labelled, strict=True
        )
        if row["role"] == "customer"
    }
    return np.array(
        [[found[digest(row)].get(name, 0) >= LEAST for name in SIGNALS] for row in turns.rows]
    )


def f1(named: Flags, truth: Floats) -> float:
    right = (named & (truth == 1)).sum()
    return float(2 * right / max(1, named.sum() + truth.sum()))


def added(values: Floats, before: Flags, truth: Floats, folds: NDArray[np.int64]) -> Flags:
    """What the model names, from the value on that is best for F1 of all together in other folds."""
    named = np.zeros(len(values), bool)
    for part in range(FOLDS):
        others = folds != part
        best, least = f1(before[others], truth[others]), np.inf
        for tried in np.quantile(values[others], TRIED):
            score = f1(before[others] | (values[others] >= tried), truth[others])
            if score > best:
                best, least = score, float(tried)
        named[~others] = values[~others] >= least
    return named


def gate(path: Path) -> list[str]:
    """For which signals the emotion model would find what cues and the sentence model do not."""
    turns = authored(path, held_back=False)
    values, before = heads(turns), cues(turns, path) | sentence_model(path, turns)
    is_new = np.array([is_new_to_cues(row) for row in turns.rows])
    lines = [
        "| signal | positives | F1 of cues and sentence model | with the emotion model | found beside | right of these | F1 before and after, turns new to cues | may report |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for column, name in enumerate(SIGNALS):
        known = ~np.isnan(turns.turn_labels[:, column])
        truth, others = turns.turn_labels[known, column], before[known, column]
        named = added(values[known, column], others, truth, turns.folds[known])
        both, new = named | others, is_new[known]
        more = named & ~others
        was, now = f1(others, truth), f1(both, truth)
        was_new, now_new = f1(others[new], truth[new]), f1(both[new], truth[new])
        is_better = now > was and now_new >= was_new and more.sum() >= LEAST_ADDED
        lines.append(
            f"| `{name}` | {int(truth.sum())} | {was:.3f} | {now:.3f} | {int(more.sum())} "
            f"| {int((more & (truth == 1)).sum())} | {was_new:.3f}, {now_new:.3f} | {'yes' if is_better else 'no'} |"
        )
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description="Measure the emotion model.")
    parser.add_argument("--authored", type=Path, required=True, help="authored turns (JSON lines)")
    parser.add_argument("--threads", type=Path, help="turns of real threads (JSON lines)")
    parser.add_argument("--signals", action="store_true", help="which signals it could find")
    parser.add_argument("--page", type=Path, help="where the tables are written")
    asked = parser.parse_args()
    held_back = authored(asked.authored, held_back=True)
    told = [
        "### Ranking: held-back authored turns",
        "",
        *rankings(asked.authored, only_held_back=True),
    ]
    if asked.threads:
        told += ["", "### Ranking: turns of real threads", ""]
        told += rankings(asked.threads, only_held_back=False)
    told += ["", "### Cost", "", *costs(held_back.texts)]
    if asked.signals:
        told += ["", "### Signals", "", *gate(asked.authored)]
    text = "\n".join(told)
    print(text)
    if asked.page:
        before, _, rest = asked.page.read_text(encoding="utf-8").partition(FIRST_MARK)
        after = rest.partition(LAST_MARK)[2]
        asked.page.write_text(
            f"{before}{FIRST_MARK}\n\n{text}\n\n{LAST_MARK}{after}", encoding="utf-8"
        )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

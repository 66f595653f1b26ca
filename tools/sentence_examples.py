"""The sentences of authored turns as numbers: features, meanings and labels, for training."""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp
from held_back import digest, fold, is_held_back
from numpy.typing import NDArray
from whole_conversations import CONVERSATIONS, PAIRS
from whole_conversations import documents as read
from whole_conversations import rows as turns_of

sys.path.insert(0, str(Path(__file__).parents[1] / "engine"))
sys.path.insert(0, str(Path(__file__).parents[1] / "plugins"))
sys.path.insert(0, str(Path(__file__).parents[1] / "distributions" / "amity-deep"))

from amity.conversation import Conversation, Participant, Role, Turn
from amity.measuring.counterfactuals import CHANGES
from amity_sentences import features
from amity_sentences.split import sentences
from amity_sentences.tables import Table

__all__ = [
    "ALWAYS",
    "MEANING",
    "MEANING_BEFORE",
    "PLUGIN",
    "ROOT",
    "Examples",
    "Floats",
    "Row",
    "answered",
    "examples",
    "labelled",
    "read",
    "read_short",
    "read_taught",
    "read_threads",
    "rewritten",
    "signal_names",
]

ROOT = Path(__file__).parents[1]
TURNS = ROOT / "tools" / "turns"
MORE = TURNS / "authored_more.jsonl.gz"
LATE = TURNS / "trained_on.jsonl.gz"
THREADS = TURNS / "thread_labels.jsonl.gz"
PLUGIN = ROOT / "plugins" / "amity_sentences"
Floats = NDArray[np.float32]
Row = dict[str, Any]

ROLES = {"customer": "customer", "agent": "agent", "team": "colleague"}
# Chosen by cross-validation inside the training part.
MARK, BEFORE, REST = 0.15, 0.4, 0.5
MEANING, MEANING_BEFORE = 0.5, 0.08
# Features of labelled turns, and of all: more of the latter would double what is shipped.
LEAST_SEEN, LEAST_SEEN_TAUGHT = 2, 20
ALWAYS = -1
TAUGHT_SHARE, MADE_SHARE, REWRITTEN_SHARE = 0.3, 0.6, 0.5


@dataclass(slots=True)
class Examples:
    """The sentences of one subject's turns, and what is known of them.

    ``labels`` has 1, 0, or nan where a sentence may be either; ``turn_labels`` the same for turns.
    ``unplaced`` marks labels of turns that name no words. ``owner`` is each sentence's turn.
    ``folds`` says with which part of cross-validation a turn is left out (``ALWAYS``: never), and
    ``scored`` which turns count there. ``share`` is how much a sentence counts in training.
    ``counts`` are weighted; ``dense`` has the meanings.
    """

    rows: list[Row]
    signals: list[str]
    spans: list[list[tuple[int, int]]]
    owner: NDArray[np.int64]
    labels: Floats
    turn_labels: Floats
    unplaced: NDArray[np.bool_]
    folds: NDArray[np.int64]
    scored: NDArray[np.bool_]
    taught: NDArray[np.bool_]
    share: Floats
    keys: NDArray[np.uint32]
    weight: Floats
    counts: sp.csr_matrix
    dense: Floats


def signal_names() -> dict[str, list[str]]:
    """The signals of each subject, in the catalogue's order."""
    catalogue = tomllib.loads((ROOT / "engine/amity/catalogue.toml").read_text(encoding="utf-8"))
    return {who: [f"{who}.{name}" for name in names] for who, names in catalogue.items()}


def read_short(path: Path) -> Iterator[Row]:
    """Turns of which one signal is known: ``signal: text`` if it is there, ``-signal: text`` if not."""
    everything = signal_names()
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("#") or not line.strip():
            continue
        name, text = line.split(": ", 1)
        signal = name.removeprefix("-")
        subject = signal.partition(".")[0]
        yield {
            "text": text,
            "role": ROLES[subject],
            "context": [],
            "signals": [] if name != signal else [{"signal": signal, "quote": None}],
            "arguable": [other for other in everything[subject] if other != signal],
            "fold": ALWAYS,
        }


def read_threads(threads: Path, labels: Path) -> Iterator[Row]:
    """Turns of public threads with labels that were kept apart from their texts."""
    found = {thread["id"]: thread["turns"] for thread in read(threads)}
    for label in read(labels):
        turns, at = found[label["id"]], label["turn"]
        text = turns[at]["text"]
        shown = [
            {"signal": each["signal"], "quote": text[slice(*each["span"])]}
            for each in label["signals"]
        ]
        yield turns[at] | {
            "context": turns[:at],
            "signals": shown,
            "arguable": label["arguable"],
        }


def labelled(authored: Path, threads: Path) -> list[Row]:
    """All labelled turns that are trained on: the authored ones that are not held back, and the rest."""
    rows = [row for path in (authored, MORE) for row in read(path) if not is_held_back(row)]
    whole = [row for path in (CONVERSATIONS, PAIRS) for row in turns_of(path)]
    whole = [row for row in whole if not is_held_back(row)]
    return [*rows, *whole, *read(LATE), *read_threads(threads, THREADS)]


def read_taught(path: Path, rows: Sequence[Row]) -> Iterator[Row]:
    """What tools/ask_deep.py wrote, but for texts that *rows* have with labels.

    What was made of a labelled turn is left out of cross-validation together with it.
    """
    known = {row["text"] for row in rows}
    for row in read(path):
        if len(row["logits"]) != len(sentences(row["text"])):
            continue  # It was asked about when sentences ended elsewhere.
        if "fold" in row:
            yield row | {"share": MADE_SHARE}
        elif row["text"] not in known:
            yield row | {"fold": ALWAYS, "share": TAUGHT_SHARE}


def rewritten(row: Row) -> Iterator[Row]:
    """The turn as typed on a phone or after a greeting, so that neither changes what is found."""
    kind = ("typed on a phone", "a formal greeting", "typed on a phone", "typed on a phone")[
        digest(row)[3] % 4
    ]
    change = next((each for each in CHANGES if each.name == f"the {row['role']}: {kind}"), None)
    if change is None:
        return

    def said(text: str) -> str:
        people = (Participant("a", Role(row["role"])),)
        return change.rewrite(Conversation("c", people, (Turn("a", text),))).turns[0].text

    text = said(row["text"])
    quotes = [label["quote"] for label in row["signals"]]
    if kind == "typed on a phone":
        quotes = [quote and said(quote) for quote in quotes]
    labels = [
        {"signal": label["signal"], "quote": quote if quote and quote in text else None}
        for label, quote in zip(row["signals"], quotes, strict=True)
    ]
    if text != row["text"]:
        yield {**row, "text": text, "signals": labels, "fold": fold(row), "share": REWRITTEN_SHARE}


def answered(row: Row) -> str:
    """The nearest earlier turn of the other side; what the plugin does with a conversation."""
    for turn in reversed(row["context"]):
        if turn["role"] != row["role"] or row["role"] == "colleague":
            return str(turn["text"])
    return ""


class Columns:
    """Feature numbers as columns, each with the weight of its kind."""

    def __init__(self) -> None:
        self.at: dict[int, int] = {}
        self.weight: list[float] = []

    def add(self, line: Counter[int], found: Sequence[int], weight: float, size: float) -> None:
        """Count *found* in *line*, divided by *size*."""
        for feature in found:
            if feature not in self.at:
                self.at[feature] = len(self.weight)
                self.weight.append(weight)
            line[self.at[feature]] += 1 / size  # type: ignore[assignment]


def lines(row: Row, columns: Columns) -> list[Counter[int]]:
    """The features of each sentence of a turn."""
    texts = [row["text"][start:end] for start, end in sentences(row["text"])]
    words = [features.tokens(text) for text in texts]
    before = features.last_tokens(answered(row))
    total = sum(map(len, words))
    found = []
    for place, (text, tokens) in enumerate(zip(texts, words, strict=True)):
        line: Counter[int] = Counter()
        own = [features.word(token) for token in tokens]
        size = (1 + sum(map(features.size, tokens))) ** 0.5
        columns.add(line, own, 1.0, size)
        columns.add(line, features.pairs(own), 1.0, size)
        columns.add(
            line, [p for token in tokens for p in features.pieces(token)], features.PIECE, size
        )
        marks = features.marks(text, tokens, answers=bool(before))
        columns.add(line, marks, MARK, 1.0)
        others = [features.word(t) for at, other in enumerate(words) if at != place for t in other]
        size = (features.REST_MORE + total - len(tokens)) ** 0.5
        columns.add(line, [features.rest(other) for other in others], REST, size)
        plain, size = [features.word(token) for token in before], max(1, len(before)) ** 0.5
        columns.add(line, [features.before(f) for f in plain], BEFORE, size)
        if len(tokens) <= features.SHORT:
            columns.add(line, [features.before(f, is_short=True) for f in plain], BEFORE, size)
        found.append(line)
    return found


def meaning(vectors: Table, found: Sequence[int]) -> Floats:
    """The direction of the features *found* among the vectors."""
    total = vectors.total(found)
    if total is None:
        return np.zeros(vectors.width, np.float32)
    return total / max(1e-9, float(np.linalg.norm(total)))


def said(text: str) -> list[int]:
    """The words and pairs of a sentence."""
    own = [features.word(token) for token in features.tokens(text)]
    return own + features.pairs(own)


def said_before(row: Row) -> list[int]:
    """The words of the turn that is answered."""
    return [features.word(token) for token in features.last_tokens(answered(row))]


def examples(
    rows: Sequence[Row],
    subject: str,
    signals: list[str],
    vectors: Table,
    more: Sequence[Row] = (),
) -> Examples:
    """All sentences of *rows*, which are scored, and of *more*, which are not, of one subject."""
    rows, more = (
        [row for row in each if row["role"] == ROLES[subject] and sentences(row["text"])]
        for each in (rows, more)
    )
    scored = np.arange(len(rows) + len(more)) < len(rows)
    rows = [*rows, *more]
    columns = Columns()
    found = [lines(row, columns) for row in rows]
    owner = np.repeat(np.arange(len(rows)), [len(turn) for turn in found])
    folds = np.array([row.get("fold", fold(row)) for row in rows])
    share = np.array([row.get("share", 1) for row in rows], np.float32)[owner]
    flat = [line for turn in found for line in turn]
    counts = sp.csr_matrix(
        (
            np.array([value for line in flat for value in line.values()], np.float32),
            [column for line in flat for column in line],
            np.cumsum([0, *map(len, flat)]),
        ),
        shape=(len(flat), len(columns.weight)),
    )
    weight = np.array(columns.weight, np.float32)
    authored = scored[owner]
    seen = np.asarray((counts[authored] > 0).sum(axis=0)).ravel() >= LEAST_SEEN
    seen |= np.asarray((counts > 0).sum(axis=0)).ravel() >= LEAST_SEEN_TAUGHT
    seen |= weight == MARK
    spans = [sentences(row["text"]) for row in rows]
    texts = [
        row["text"][start:end]
        for row, spans_ in zip(rows, spans, strict=True)
        for start, end in spans_
    ]
    befores = np.array([meaning(vectors, said_before(row)) for row in rows])[owner]
    meant = np.array([meaning(vectors, said(text)) for text in texts])
    placed = [place(row, spans_, signals) for row, spans_ in zip(rows, spans, strict=True)]
    return Examples(
        rows=rows,
        signals=signals,
        spans=spans,
        owner=owner,
        labels=np.concatenate([labels for labels, _, _ in placed]),
        turn_labels=np.array([turn for _, turn, _ in placed]),
        unplaced=np.array([unplaced for _, _, unplaced in placed]),
        folds=folds,
        scored=scored,
        taught=np.array(["logits" in row for row in rows]),
        share=share,
        keys=np.fromiter(columns.at, np.uint32)[seen],
        weight=weight[seen],
        counts=(counts[:, seen] @ sp.diags(weight[seen])).tocsr(),
        dense=np.hstack([MEANING**0.5 * meant, MEANING_BEFORE**0.5 * befores]).astype(np.float32),
    )


def place(
    row: Row, spans: Sequence[tuple[int, int]], signals: Sequence[str]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Labels of each sentence, labels of the turn, and which of those name no words."""
    if "logits" in row:
        said = 1 / (1 + np.exp(-np.array(row["logits"], np.float32)))
        return said, said.max(axis=0), np.zeros(len(signals), bool)
    at = {name: column for column, name in enumerate(signals)}
    labels = np.zeros((len(spans), len(signals)), np.float32)
    turn = np.zeros(len(signals), np.float32)
    unplaced = np.zeros(len(signals), bool)
    for label in row["signals"]:
        column = at.get(label["signal"])
        if column is None:
            continue
        turn[column] = 1
        if label["quote"] is None:
            unplaced[column] = True
            continue
        first = row["text"].find(label["quote"])
        last = first + len(label["quote"])
        shared = [min(last, end) - max(first, start) for start, end in spans]
        for line, ((start, end), size) in enumerate(zip(spans, shared, strict=True)):
            if size > 0 and (size == max(shared) or size >= min(8, (end - start) / 2)):
                labels[line, column] = 1
    for column in np.flatnonzero(unplaced):
        labels[labels[:, column] == 0, column] = np.nan if len(spans) > 1 else 1
    for name in row["arguable"]:
        if name in at:
            labels[:, at[name]] = np.nan
            turn[at[name]] = np.nan
    return labels, turn, unplaced

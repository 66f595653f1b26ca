"""Learn what words and pairs mean from an encoder of sentences: plugins/amity_sentences/vectors.npz.

Usage: python tools/learn_vectors.py --encoder FOLDER --words FILE [--out FILE] TEXTS...

FOLDER has sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). TEXTS are unlabelled public texts
(JSON lines, may be gzip, with ``text`` or ``turns``); they are only read here, and no label is. The
encoder gives each sentence a vector, and each word and each frequent pair of words gets one whose
sum over a sentence comes as near to it as a linear model can. FILE has authored turns; those that
are trained on say which words are worth a vector.

Needs tools/requirements-train.txt and, beside it, torch and transformers. This is rarely run again:
tools/train_sentences.py needs only its result.
"""

from __future__ import annotations

import argparse
import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp
from held_back import is_held_back
from sentence_examples import PLUGIN, Floats, read

from amity_sentences import features
from amity_sentences.split import sentences

WIDTH = 96
MOST_WORDS, MOST_PAIRS = 12_000, 12_000
MOST_SENTENCES = 29_000  # of one file, so that no corpus drowns the others
LEAST_WORDS, LEAST_PAIRS = 3, 4
SHORTEST, LONGEST = 8, 200
RARE = 1e-3
RIDGE_WORDS, RIDGE_PAIRS = 2.0, 3.0
ROUNDS = 30
Embed = Callable[[Sequence[str]], Floats]


def encoder(folder: Path) -> Embed:
    """Texts to unit vectors: the mean over the tokens of each."""
    # Everything else here can be imported without these two.
    import torch  # noqa: PLC0415
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

    tokenizer, model = (
        AutoTokenizer.from_pretrained(folder),
        AutoModel.from_pretrained(folder).eval(),
    )

    def embed(texts: Sequence[str]) -> Floats:
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found = np.zeros((len(texts), model.config.hidden_size), np.float32)
        for first in range(0, len(order), 64):
            at = order[first : first + 64]
            batch = tokenizer(
                [texts[line] for line in at],
                padding=True,
                truncation=True,
                max_length=64,
                return_tensors="pt",
            )
            with torch.inference_mode():
                states = model(**batch).last_hidden_state
            shown = batch["attention_mask"][..., None]
            mean = (states * shown).sum(1) / shown.sum(1)
            found[at] = torch.nn.functional.normalize(mean, dim=-1).numpy()
        return found

    return embed


def texts_of(path: Path) -> Iterable[str]:
    for row in read(path):
        if row.get("split") != "test":
            yield from (turn["text"] for turn in row.get("turns", (row,)))


def sample(path: Path) -> list[str]:
    """Distinct sentences of *path*; of too many, those that their digests choose."""
    found = {text[start:end] for text in texts_of(path) for start, end in sentences(text)}
    fitting = [text for text in found if SHORTEST <= len(text) <= LONGEST]
    fitting.sort(key=lambda text: hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())
    return fitting[:MOST_SENTENCES]


def spelt(text: str) -> list[str]:
    return [features.normal(token) for token in features.tokens(text)]


def grams(words: Sequence[str]) -> tuple[list[int], list[int]]:
    own = [features.word(word) for word in words]
    return own, features.pairs(own)


def vocabulary(texts: Sequence[Path], authored: Path) -> Counter[str]:
    """Words with how often they were met; authored ones count three times, but once a turn."""
    met: Counter[str] = Counter()
    for path in texts:
        for text in texts_of(path):
            met.update(spelt(text))
    for row in read(authored):
        if not is_held_back(row):
            met.update(dict.fromkeys(spelt(row["text"]), 3))
    kept = [
        (word, times)
        for word, times in met.most_common()
        if times >= LEAST_WORDS and word[0].isalpha()
    ]
    return Counter(dict(kept[:MOST_WORDS]))


def learn(lines: Sequence[str], met: Counter[str], embed: Embed) -> tuple[list[int], Floats]:
    """Features with their vectors: ridge regression that starts from what each word means alone."""
    target = embed(lines)
    target = target - target.mean(axis=0)
    _, axes = np.linalg.eigh(target.T @ target)
    axes = axes[:, ::-1][:, :WIDTH].astype(np.float32)
    target = target @ axes
    alone = embed(list(met))
    alone = (alone - alone.mean(axis=0)) @ axes
    alone /= np.linalg.norm(alone, axis=1, keepdims=True)
    share = np.array([*met.values()], np.float32) / met.total()
    alone *= np.sqrt(RARE / (RARE + share))[:, None]

    said = [grams(spelt(line)) for line in lines]
    seen = Counter(pair for _, pairs in said for pair in set(pairs))
    at = {features.word(word): place for place, word in enumerate(met)}
    frequent = [pair for pair, times in seen.most_common(MOST_PAIRS) if times >= LEAST_PAIRS]
    for pair in frequent:
        at.setdefault(pair, len(at))
    columns = [[at[key] for key in own + pairs if key in at] for own, pairs in said]
    sizes = [max(1, len(own)) ** -0.5 for own, _ in said]
    values = np.repeat(np.array(sizes, np.float32), [len(line) for line in columns])
    ends = np.cumsum([0, *map(len, columns)])
    shape = (len(lines), len(at))
    matrix = sp.csr_matrix((values, [c for line in columns for c in line], ends), shape=shape)

    start = np.zeros((len(at), WIDTH), np.float32)
    start[: len(alone)] = alone
    first = matrix @ start
    start *= np.vdot(first, target) / np.vdot(first, first)
    ridge = np.full((len(at), 1), RIDGE_PAIRS, np.float32)
    ridge[: len(alone)] = RIDGE_WORDS
    return list(at), start + conjugate(matrix, target - matrix @ start, ridge)


def conjugate(matrix: sp.csr_matrix, target: Floats, ridge: Floats) -> Floats:
    """The ridge solution for each column of *target* by conjugate gradients."""
    left = matrix.T @ target
    found, way = np.zeros_like(left), left.copy()
    size = (left * left).sum(axis=0)
    for _ in range(ROUNDS):
        moved = matrix.T @ (matrix @ way) + ridge * way
        step = size / (way * moved).sum(axis=0)
        found += step * way
        left -= step * moved
        size, last = (left * left).sum(axis=0), size
        way = left + way * (size / last)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Learn what words and pairs of words mean.")
    parser.add_argument("texts", type=Path, nargs="+", help="public texts (JSON lines)")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder")
    parser.add_argument("--words", type=Path, required=True, help="authored turns (JSON lines)")
    parser.add_argument("--out", type=Path, default=PLUGIN / "vectors.npz", help="what is written")
    asked = parser.parse_args()
    write(asked.texts, asked.words, encoder(asked.encoder), asked.out)
    return 0


def write(texts: Sequence[Path], authored: Path, embed: Embed, target: Path) -> None:
    lines = list(dict.fromkeys(line for path in texts for line in sample(path)))
    keys, vectors = learn(lines, vocabulary(texts, authored), embed)
    order = np.argsort(np.array(keys, np.uint32))
    scale = np.maximum(np.abs(vectors).max(axis=1) / 127, 1e-9).astype(np.float16)
    values = np.round(vectors / np.maximum(scale, 1e-7)[:, None].astype(np.float32))
    np.savez_compressed(
        target,
        keys=np.array(keys, np.uint32)[order],
        values=np.clip(values, -127, 127).astype(np.int8)[order],
        scale=scale[order],
    )
    print(f"{len(keys)} vectors from {len(lines)} sentences: {target.stat().st_size} bytes")


if __name__ == "__main__":
    raise SystemExit(main())

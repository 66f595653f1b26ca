"""Teach MiniLM the labels of GoEmotions, and write what it then says of texts without labels.

Usage: python tools/learn_emotions.py --data FOLDER --encoder FOLDER --out FILE

The data's FOLDER has goemotions.jsonl.gz and the files without labels (tools/emotion_texts.py); the
encoder's has sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). FILE gets, for the training part
of GoEmotions and for each text without labels, the probability of each label. tools/train_emotion.py
learns from it.

Needs tools/requirements-train.txt and, beside it, torch and transformers. Takes a quarter of an hour
on two cores with bfloat16.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from emotion_texts import Floats, Labelled, go_emotions, key, read, unlabelled

SEED = 7
MOST_TOKENS = 48
BATCH, BUCKET = 32, 50
RATE, HEAD_RATE = 2e-4, 2e-3
WARM_UP = 0.06
Said = Callable[[Sequence[str]], Floats]


def teacher(folder: Path, train: Labelled, *, epochs: int, threads: int) -> Said:
    """An encoder that was taught the labels of *train*."""
    # Everything else here can be imported without these two.
    import torch  # noqa: PLC0415
    from transformers import AutoModel, AutoTokenizer  # noqa: PLC0415

    torch.manual_seed(SEED)
    torch.set_num_threads(threads)
    tokenizer, body = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)
    head = torch.nn.Linear(body.config.hidden_size, train.labels.shape[1])
    torch.nn.init.constant_(head.bias, -3.5)
    # What single words mean is known already; leaving it saves a third of the time.
    body.embeddings.requires_grad_(requires_grad=False)
    kept = [part for part in body.parameters() if part.requires_grad]

    def logits(texts: Sequence[str]) -> Any:
        batch = tokenizer(
            list(texts), padding=True, truncation=True, max_length=MOST_TOKENS, return_tensors="pt"
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = body(**batch).last_hidden_state
        shown = batch["attention_mask"][..., None]
        return head((states.float() * shown).sum(1) / shown.sum(1))

    batches = [batch for epoch in range(epochs) for batch in shuffled(train.texts, SEED + epoch)]
    rates = [{"params": kept, "lr": RATE}, {"params": head.parameters(), "lr": HEAD_RATE}]
    steps = torch.optim.AdamW(rates, weight_decay=0.01, fused=True)
    plan = torch.optim.lr_scheduler.LambdaLR(
        steps,
        lambda step: min(1, step / (WARM_UP * len(batches))) * (1 - step / len(batches)),
    )
    body.train()
    begun = time.monotonic()
    for number, batch in enumerate(batches):
        wanted = torch.from_numpy(train.labels[batch])
        loss = torch.nn.functional.binary_cross_entropy_with_logits(
            logits([train.texts[line] for line in batch]), wanted, reduction="sum"
        ) / len(batch)
        steps.zero_grad()
        loss.backward()
        steps.step()
        plan.step()
        if number % 50 == 0:
            print(
                f"{number}/{len(batches)} {loss.item():.3f} {time.monotonic() - begun:.0f}s",
                file=sys.stderr,
                flush=True,
            )
    body.eval()

    def said(texts: Sequence[str]) -> Floats:
        order = sorted(range(len(texts)), key=lambda at: len(texts[at]))
        found = np.zeros((len(texts), train.labels.shape[1]), np.float32)
        with torch.inference_mode():
            for first in range(0, len(order), 64):
                at = order[first : first + 64]
                found[at] = torch.sigmoid(logits([texts[line] for line in at])).numpy()
        return found

    return said


def shuffled(texts: Sequence[str], seed: int) -> list[list[int]]:
    """Batches in random order, each of texts of about one length, so that little is padding."""
    chance = random.Random(seed)  # noqa: S311 - no secret is made of it
    order = list(range(len(texts)))
    chance.shuffle(order)
    batches = []
    for first in range(0, len(order), BATCH * BUCKET):
        near = sorted(order[first : first + BATCH * BUCKET], key=lambda at: len(texts[at]))
        batches += [near[at : at + BATCH] for at in range(0, len(near), BATCH)]
    chance.shuffle(batches)
    return batches


def main() -> int:
    parser = argparse.ArgumentParser(description="Teach an encoder emotions, and ask it.")
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder")
    parser.add_argument("--out", type=Path, required=True, help="what is written")
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    asked = parser.parse_args()
    train = go_emotions(asked.data, "train")
    said = teacher(asked.encoder, train, epochs=asked.epochs, threads=asked.threads)
    authored = [row["text"] for row in read(asked.data / "authored.jsonl.gz")]
    dev, test = (go_emotions(asked.data, split).texts for split in ("dev", "test"))
    texts = list(dict.fromkeys([*dev, *test, *authored, *unlabelled(asked.data), *train.texts]))
    sure = said(texts)
    np.savez_compressed(
        asked.out,
        keys=np.array([key(text) for text in texts], np.uint64),
        chances=np.round(sure * 65535).astype(np.uint16),
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

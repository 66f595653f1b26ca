"""Fine-tune an encoder on authored turns and let it say what unlabelled sentences show.

Usage: python tools/teach_sentences.py --encoder FOLDER --authored FILE --out FILE TEXTS...

FOLDER has sentence-transformers/all-MiniLM-L6-v2 (Apache-2.0). It is trained on the authored turns
that are neither held back nor in the last part of cross-validation, which is left to tell what it
learnt. TEXTS are public texts without labels (JSON lines, may be gzip, with ``text`` or ``turns``).
FILE gets, for each subject, sentences with a logit for each signal; tools/train_sentences.py learns
from them with ``--taught``. No text of theirs ships.

Needs tools/requirements-train.txt and, beside it, torch and transformers. Half an hour on two cores.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from held_back import FOLDS, fold, is_held_back
from sentence_examples import ROLES, Floats, Row, answered, place, read, signal_names
from transformers import AutoModel, AutoTokenizer

from amity_sentences.split import sentences

EPOCHS, BATCH, MOST_TOKENS, MOST_BEFORE = 2, 32, 96, 120
FROZEN = 2  # layers that stay as they are; it saves a fifth of the time
RATE, RATE_HEAD, WARM, DECAY, TURN_WEIGHT, STEEPEST = 2e-4, 3e-3, 0.2, 0.01, 0.5, 10.0
LEFT_OUT = FOLDS - 1
MOST_OF_ONE_FILE = 800
Tensor = torch.Tensor


@dataclass(slots=True)
class Line:
    """A turn as the encoder reads it: tokens, for each sentence where its tokens are, labels."""

    tokens: list[int]
    kinds: list[int]
    spans: list[tuple[int, int]]
    labels: Floats
    turn_labels: Floats


class Reader:
    """Makes lines of turns: who speaks and the turn itself, then the end of what it answers."""

    def __init__(self, folder: Path) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.signals = signal_names()
        self.names = [name for names in self.signals.values() for name in names]

    def line(self, row: Row) -> Line | None:
        """None where the turn has no words that are read."""
        spans = sentences(row["text"])
        read_ = self.tokenizer(
            f"{row['role']}: {row['text']}",
            answered(row)[-MOST_BEFORE:] or None,
            return_offsets_mapping=True,
            truncation="only_first",
            max_length=MOST_TOKENS,
        )
        shift = len(row["role"]) + 2
        kinds = read_["token_type_ids"]
        at = [
            (start - shift, end - shift) if kind == 0 and end > start >= shift else (-1, -1)
            for (start, end), kind in zip(read_["offset_mapping"], kinds, strict=True)
        ]
        found = []
        for start, end in spans:
            own = [place_ for place_, (a, b) in enumerate(at) if a >= start and b <= end]
            found.append((own[0], own[-1] + 1) if own else (0, 1))
        if not found:
            return None
        labels = np.full((len(spans), len(self.names)), np.nan, np.float32)
        turn = np.full(len(self.names), np.nan, np.float32)
        first = 0
        for subject, names in self.signals.items():
            if ROLES[subject] == row["role"]:
                columns = slice(first, first + len(names))
                labels[:, columns], turn[columns], _ = place(row, spans, names)
            first += len(names)
        return Line(read_["input_ids"], kinds, found, labels, turn)


class Teacher(torch.nn.Module):
    """The encoder with a head over the mean of each sentence's tokens."""

    def __init__(self, folder: Path, prior: Floats) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder)
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:FROZEN]):
            part.requires_grad_(False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, len(prior))
        torch.nn.init.normal_(self.head.weight, std=0.02)
        self.head.bias.data = torch.from_numpy(np.log(prior / (1 - prior)))
        self.drop = torch.nn.Dropout(0.1)

    def forward(self, batch: Sequence[Line]) -> tuple[Tensor, Tensor]:
        """A row of logits for each sentence, and the turn of each."""
        width = max(len(line.tokens) for line in batch)
        ids, kinds, shown = (torch.zeros(len(batch), width, dtype=torch.long) for _ in range(3))
        for at, line in enumerate(batch):
            ids[at, : len(line.tokens)] = torch.tensor(line.tokens)
            kinds[at, : len(line.tokens)] = torch.tensor(line.kinds)
            shown[at, : len(line.tokens)] = 1
        with torch.autocast("cpu", dtype=torch.bfloat16):
            states = self.encoder(
                input_ids=ids, token_type_ids=kinds, attention_mask=shown
            ).last_hidden_state
        states = states.float()
        means = [states[at, a:b].mean(0) for at, line in enumerate(batch) for a, b in line.spans]
        owner = torch.tensor([at for at, line in enumerate(batch) for _ in line.spans])
        return self.head(self.drop(torch.stack(means))), owner


def batches(lines: Sequence[Line], draw: np.random.Generator | None) -> Iterator[list[int]]:
    """Places of lines of like length; drawn anew each time, or in order."""
    sizes = np.array([len(line.tokens) for line in lines], float)
    order = np.argsort(sizes + (draw.uniform(0, 6, len(lines)) if draw else 0), kind="stable")
    parts = [order[at : at + BATCH].tolist() for at in range(0, len(order), BATCH)]
    if draw:
        draw.shuffle(parts)
    yield from parts


def lost(logits: Tensor, labels: Floats) -> Tensor:
    wanted = torch.from_numpy(labels)
    known = ~torch.isnan(wanted)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits[known], wanted[known], reduction="sum"
    )


def best(logits: Tensor, owner: Tensor, count: int) -> Tensor:
    start = torch.full((count, logits.shape[1]), -30.0)
    return start.scatter_reduce(0, owner[:, None].expand_as(logits), logits, "amax")


def pace(done: float) -> float:
    """How much of the full rate a step has: soon all of it, slowly less, in the second half quickly."""
    return max(0.0, min((done + 1e-3) / WARM, 1 - done / 2, 1.5 * (1 - done)))


def teach(teacher: Teacher, lines: Sequence[Line], tested: Sequence[Line]) -> None:
    draw = np.random.default_rng(0)
    weights = [part for part in teacher.encoder.parameters() if part.requires_grad]
    groups = [
        {"params": weights, "lr": RATE},
        {"params": list(teacher.head.parameters()), "lr": RATE_HEAD},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=DECAY)
    steps = EPOCHS * -(-len(lines) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: pace(step / steps))
    for epoch in range(EPOCHS):
        teacher.train()
        total, began = 0.0, time.monotonic()
        for places in batches(lines, draw):
            batch = [lines[at] for at in places]
            logits, owner = teacher(batch)
            loss = lost(logits, np.concatenate([line.labels for line in batch]))
            turns = best(logits, owner, len(batch))
            loss += TURN_WEIGHT * lost(turns, np.stack([line.turn_labels for line in batch]))
            optimiser.zero_grad()
            (loss / len(batch)).backward()
            torch.nn.utils.clip_grad_norm_(teacher.parameters(), STEEPEST)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        precision = average_precision(teacher, tested)
        print(
            f"epoch {epoch + 1}: loss {total / len(lines):.3f}, average precision of the part left"
            f" out {precision:.3f}, {time.monotonic() - began:.0f} s",
            flush=True,
        )


def say(teacher: Teacher, lines: Sequence[Line]) -> list[Floats]:
    """The logits of each line's sentences."""
    teacher.eval()
    found: list[Any] = [None] * len(lines)
    with torch.inference_mode():
        for places in batches(lines, None):
            logits, owner = teacher([lines[at] for at in places])
            for place_, at in enumerate(places):
                found[at] = logits[owner == place_].numpy()
    return found


def average_precision(teacher: Teacher, lines: Sequence[Line]) -> float:
    """The mean over signals, turn by turn."""
    said = np.stack([logits.max(axis=0) for logits in say(teacher, lines)])
    wanted = np.stack([line.turn_labels for line in lines])
    found = []
    for column in range(wanted.shape[1]):
        known = ~np.isnan(wanted[:, column])
        right = wanted[known, column][np.argsort(-said[known, column])] == 1
        if right.any():
            found.append((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())
    return float(np.mean(found))


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


EMPTY: Row = {"signals": [], "arguable": []}


def main() -> int:
    parser = argparse.ArgumentParser(description="Teach an encoder, and ask it about more texts.")
    parser.add_argument("texts", type=Path, nargs="*", help="public texts (JSON lines)")
    parser.add_argument("--of-customers", type=Path, nargs="*", default=[], help="of them only")
    parser.add_argument("--encoder", type=Path, required=True, help="folder of the encoder")
    parser.add_argument("--authored", type=Path, required=True, help="authored turns (JSON lines)")
    parser.add_argument("--out", type=Path, required=True, help="what is written")
    parser.add_argument("--kept", type=Path, help="where the teacher is kept, or was")
    asked = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(2)
    reader = Reader(asked.encoder)
    rows = [row for row in read(asked.authored) if not is_held_back(row)]
    known = [(row, line) for row in rows if (line := reader.line(row))]
    lines = [line for row, line in known if fold(row) != LEFT_OUT]
    tested = [line for row, line in known if fold(row) == LEFT_OUT]
    shares = np.nanmean(np.concatenate([line.labels for line in lines]), axis=0)
    teacher = Teacher(asked.encoder, np.clip(shares, 1e-3, 0.5).astype(np.float32))
    if asked.kept and asked.kept.exists():
        teacher.load_state_dict(torch.load(asked.kept))
    else:
        teach(teacher, lines, tested)
        if asked.kept:
            torch.save(teacher.state_dict(), asked.kept)
    texts = {"customer": [*asked.texts, *asked.of_customers], "agent": asked.texts}
    write(asked.out, teacher, reader, texts)
    return 0


def write(out: Path, teacher: Teacher, reader: Reader, texts: dict[str, list[Path]]) -> None:
    """Turns with the logits of their sentences, a line of JSON each."""
    draw = np.random.default_rng(0)
    with out.open("w", encoding="utf-8") as target:
        for subject, names in reader.signals.items():
            role = ROLES[subject]
            asked: list[Row] = []
            for path in texts.get(role, ()):
                found = list({row["text"]: row for row in unlabelled(path, role)}.values())
                asked += [found[at] for at in draw.permutation(len(found))[:MOST_OF_ONE_FILE]]
            first = reader.names.index(names[0])
            pairs = [(row, line) for row in asked if (line := reader.line(row))]
            said = say(teacher, [line for _, line in pairs])
            for (row, _), logits in zip(pairs, said, strict=True):
                kept = logits[:, first : first + len(names)].round(2).tolist()
                target.write(json.dumps({**row, "logits": kept}) + "\n")
            print(f"{subject}: {len(pairs)} turns", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())

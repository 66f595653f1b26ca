"""The encoder that reads whole turns, and how it is taught."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from deep_lines import BATCH, Line, batches
from sentence_examples import Floats
from transformers import AutoModel

__all__ = ["Recipe", "Teacher", "say", "teach"]

Tensor = torch.Tensor
BF16 = True
EVERY = 5  # steps between two that go into the mean


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the encoder is taught; ``frozen`` layers stay as they are, which saves their time.

    Of the last ``averaged`` share of all steps the mean of the weights is kept.
    """

    epochs: int = 5
    frozen: int = 0
    rate: float = 2e-4
    rate_head: float = 3e-3
    warm: float = 0.1
    decay: float = 0.01
    turn_weight: float = 0.5
    steepest: float = 10.0
    averaged: float = 0.15
    seed: int = 0


class Teacher(torch.nn.Module):
    """The encoder with a head over the mean of each sentence's tokens."""

    def __init__(self, folder: Path, prior: Floats, frozen: int = 0) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(folder)
        for part in (self.encoder.embeddings, *self.encoder.encoder.layer[:frozen]):
            part.requires_grad_(False)
        self.head = torch.nn.Linear(self.encoder.config.hidden_size, len(prior))
        torch.nn.init.normal_(self.head.weight, std=0.02)
        self.head.bias.data = torch.from_numpy(np.log(prior / (1 - prior)))
        self.drop = torch.nn.Dropout(0.1)

    def forward(self, batch: Sequence[Line]) -> tuple[Tensor, Tensor]:
        """A row of logits for each sentence, and the line of each."""
        width = max(len(line.window.ids) for line in batch)
        ids, kinds, shown = (torch.zeros(len(batch), width, dtype=torch.long) for _ in range(3))
        for at, line in enumerate(batch):
            ids[at, : len(line.window.ids)] = torch.tensor(line.window.ids)
            kinds[at, : len(line.window.ids)] = torch.tensor(line.window.kinds)
            shown[at, : len(line.window.ids)] = 1
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=BF16):
            states = self.encoder(
                input_ids=ids, token_type_ids=kinds, attention_mask=shown
            ).last_hidden_state
        states = states.float()
        places = [(at, place) for at, line in enumerate(batch) for place in line.window.places]
        pool = torch.zeros(len(batch), max(len(line.window.places) for line in batch), width)
        for at, line in enumerate(batch):
            for row, (first, last) in enumerate(line.window.places):
                pool[at, row, first:last] = 1 / (last - first)
        means = torch.bmm(pool, states)[pool.any(dim=2)]
        owner = torch.tensor([at for at, _ in places])
        return self.head(self.drop(means)), owner


def lost(logits: Tensor, labels: Floats) -> Tensor:
    wanted = torch.from_numpy(labels)
    known = ~torch.isnan(wanted)
    return torch.nn.functional.binary_cross_entropy_with_logits(
        logits[known], wanted[known], reduction="sum"
    )


def best(logits: Tensor, owner: Tensor, count: int) -> Tensor:
    start = torch.full((count, logits.shape[1]), -30.0)
    return start.scatter_reduce(0, owner[:, None].expand_as(logits), logits, "amax")


def pace(done: float, warm: float) -> float:
    """How much of the full rate a step has: soon all of it, then slowly down to a twentieth."""
    return min((done + 1e-3) / warm, 0.05 + 0.95 * (1 - done))


def teach(
    teacher: Teacher,
    drawn: Callable[[int], Sequence[Line]],
    recipe: Recipe,
    check: Callable[[Teacher], float] | None,
) -> None:
    """Teach by what *drawn* gives for each epoch; *check* tells after each what was learnt."""
    torch.manual_seed(recipe.seed)
    draw = np.random.default_rng(recipe.seed)
    weights = [part for part in teacher.encoder.parameters() if part.requires_grad]
    groups = [
        {"params": weights, "lr": recipe.rate},
        {"params": list(teacher.head.parameters()), "lr": recipe.rate_head},
    ]
    optimiser = torch.optim.AdamW(groups, weight_decay=recipe.decay, fused=True)
    steps = recipe.epochs * -(-len(drawn(0)) // BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: pace(step / steps, recipe.warm)
    )
    mean = torch.optim.swa_utils.AveragedModel(teacher)
    done = 0
    for epoch in range(recipe.epochs):
        teacher.train()
        lines = drawn(epoch)
        total, began = 0.0, time.monotonic()
        for places in batches(lines, draw):
            total += step(teacher, [lines[at] for at in places], optimiser, recipe)
            schedule.step()
            done += 1
            if done > steps * (1 - recipe.averaged) and done % EVERY == 0:
                mean.update_parameters(teacher)
            if done % 50 == 0:
                print(f"  {done} of {steps}, {time.monotonic() - began:.0f} s", flush=True)
        if epoch == recipe.epochs - 1 and recipe.averaged:
            teacher.load_state_dict(mean.module.state_dict())
        told = f", average precision {check(teacher):.3f}" if check else ""
        spent = time.monotonic() - began
        print(f"epoch {epoch + 1}: loss {total / len(lines):.3f}{told}, {spent:.0f} s", flush=True)


def step(
    teacher: Teacher, batch: Sequence[Line], optimiser: torch.optim.Optimizer, recipe: Recipe
) -> float:
    logits, owner = teacher(batch)
    loss = lost(logits, np.concatenate([line.labels for line in batch]))
    turns = best(logits, owner, len(batch))
    loss = loss + recipe.turn_weight * lost(turns, np.stack([line.turn_labels for line in batch]))
    optimiser.zero_grad()
    (loss / len(batch)).backward()
    torch.nn.utils.clip_grad_norm_(teacher.parameters(), recipe.steepest)
    optimiser.step()
    return float(loss.detach())


def say(teacher: Teacher, lines: Sequence[Line]) -> list[Floats]:
    """The logits of each line's sentences."""
    teacher.eval()
    found: list[Any] = [None] * len(lines)
    with torch.inference_mode():
        for places in batches(lines, None):
            logits, owner = teacher([lines[at] for at in places])
            for place, at in enumerate(places):
                found[at] = logits[owner == place].numpy()
    return found

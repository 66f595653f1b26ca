"""The model card speaks of the weights that are shipped."""

from __future__ import annotations

import hashlib

import pytest

from amity_sentences.weights import HERE, load

CARD = (HERE / "card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["weights.npz", "vectors.npz"])
def test_the_card_has_the_digest_of_what_is_shipped(name):
    assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() in CARD


def test_the_card_has_figures_for_every_signal():
    missing = [
        signal
        for subject in load().values()
        for signal in subject.signals
        if f"| `{signal}` |" not in CARD
    ]
    assert missing == []


def test_what_is_shipped_is_small():
    assert sum((HERE / name).stat().st_size for name in ("weights.npz", "vectors.npz")) < 14_000_000

"""The chain: each record is a leaf, each batch a Merkle tree over leaves, chained to the one before.

The first byte of what is hashed says what it is, so that a leaf can never pass for a node, nor a
root for a head: 0 a leaf, 1 a node, 2 a head, 3 the beginning of a log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Head", "beginning", "leaf_of", "next_head", "root_of"]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a log ends.

    ``number`` is how many batches it has, ``seq`` the sequence of its last record, and ``digest``
    stands for all of them.
    """

    number: int
    seq: int
    digest: bytes


def beginning(log_id: str) -> Head:
    """The head of a log before its first record."""
    return Head(0, 0, hashlib.sha256(b"\x03" + log_id.encode()).digest())


def leaf_of(header: bytes) -> bytes:
    """The leaf of the record with *header*."""
    return hashlib.sha256(b"\x00" + header).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of the Merkle tree over *leaves*, of which there must be one at least.

    A leaf or node without a partner goes up as it is, as in RFC 6962.
    """
    level = list(leaves)
    while len(level) > 1:
        above = [
            hashlib.sha256(b"\x01" + level[at] + level[at + 1]).digest()
            for at in range(0, len(level) - 1, 2)
        ]
        level = [*above, level[-1]] if len(level) % 2 else above
    return level[0]


def next_head(head: Head, root: bytes, last_seq: int) -> Head:
    """The head after a batch with *root* that goes from the record after *head* to *last_seq*."""
    span = (head.seq + 1).to_bytes(8) + last_seq.to_bytes(8)
    return Head(
        head.number + 1, last_seq, hashlib.sha256(b"\x02" + head.digest + root + span).digest()
    )

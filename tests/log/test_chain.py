"""The chain's arithmetic."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.log.chain import beginning, leaf_of, next_head, root_of

LEAVES = [leaf_of(bytes([number])) for number in range(9)]


def rfc_root(leaves):
    """The tree of RFC 6962, by its own recursive definition."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    left, right = rfc_root(leaves[:split]), rfc_root(leaves[split:])
    return hashlib.sha256(b"\x01" + left + right).digest()


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_the_root_is_that_of_rfc_6962(leaves):
    assert root_of(leaves) == rfc_root(leaves)


def test_a_leaf_is_no_node():
    left, right = LEAVES[:2]
    assert leaf_of(left + right) != root_of([left, right])


@pytest.mark.parametrize(
    "changed", [LEAVES[:8], [*LEAVES[1:2], LEAVES[0], *LEAVES[2:]], LEAVES * 2]
)
def test_fewer_more_or_other_leaves_give_another_root(changed):
    assert root_of(changed) != root_of(LEAVES)


def test_a_head_stands_for_everything_before_it():
    one = next_head(beginning("a"), root_of(LEAVES), 9)
    other = next_head(beginning("b"), root_of(LEAVES), 9)
    assert (one.number, one.seq) == (1, 9)
    assert one.digest != other.digest
    assert next_head(one, LEAVES[0], 10) != next_head(other, LEAVES[0], 10)
    assert next_head(one, LEAVES[0], 10) != next_head(one, LEAVES[0], 11)

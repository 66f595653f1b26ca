"""Originals are sealed under a customer's key, and lost with it."""

from __future__ import annotations

import base64
import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.errors import AmityError
from amity.privacy.failures import BadKeys, CannotOpen, NothingToErase
from amity.privacy.keys import MasterKey, MemoryKeyStore, load_master_keys
from amity.privacy.sealing import Sealed, Sealer, hash_key

OLD, NEW = MasterKey(b"o" * 32), MasterKey(b"n" * 32)


@pytest.fixture
def store() -> MemoryKeyStore:
    return MemoryKeyStore()


@pytest.fixture
def sealer(store: MemoryKeyStore) -> Sealer:
    return Sealer([OLD], store, itertools.count(1).__next__)


def code_of(error: AmityError) -> str:
    (problem,) = error.problems
    return problem.code


@given(st.binary(max_size=3000))
def test_what_was_sealed_opens_again(original):
    sealer = Sealer([OLD], MemoryKeyStore(), lambda: 0)
    sealed = sealer.seal("h:1", "record-1", original)
    assert sealer.open(sealed, "record-1") == original
    assert len(original) < 8 or original not in sealed.data


def test_a_customer_has_one_key_and_others_have_others(sealer, store):
    refs = [sealer.seal(owner, "r", b"x").key_ref for owner in ("h:1", "h:1", "h:2")]
    assert refs == ["h:1.1", "h:1.1", "h:2.1"]
    assert [key.ref for key in store.list()] == ["h:1.1", "h:2.1"]


def test_the_same_original_is_never_sealed_to_the_same_bytes(sealer):
    assert sealer.seal("h:1", "r", b"x").data != sealer.seal("h:1", "r", b"x").data


def test_a_sealed_form_belongs_to_its_record_and_to_its_key(sealer):
    sealed, other = (sealer.seal(owner, "record-1", b"x") for owner in ("h:1", "h:2"))
    for wrong, record in (
        (sealed, "record-2"),
        (replace(sealed, key_ref=other.key_ref), "record-1"),
    ):
        with pytest.raises(CannotOpen) as raised:
            sealer.open(wrong, record)
        assert code_of(raised.value) == "E122"


@given(st.data())
def test_no_changed_byte_goes_unnoticed(data):
    sealer = Sealer([OLD], MemoryKeyStore(), lambda: 0)
    sealed = sealer.seal("h:1", "r", b"what was said" * 9)
    at = data.draw(st.integers(0, len(sealed.data) - 1))
    changed = bytearray(sealed.data)
    changed[at] ^= data.draw(st.integers(1, 255))
    cut = sealed.data[:at]
    for wrong in (bytes(changed), cut):
        with pytest.raises(CannotOpen) as raised:
            sealer.open(Sealed(wrong, sealed.key_ref), "r")
        assert code_of(raised.value) == "E122"


def test_erasing_a_customer_loses_theirs_and_nothing_else(sealer, store):
    theirs, others = sealer.seal("h:1", "a", b"theirs"), sealer.seal("h:11", "b", b"others")
    assert sealer.erase("h:1") == ("h:1.1",)
    with pytest.raises(CannotOpen) as raised:
        sealer.open(theirs, "a")
    assert code_of(raised.value) == "E120"
    assert sealer.open(others, "b") == b"others"
    key = store.find("h:1.1")
    assert key
    assert (key.wrapped, key.is_destroyed, key.destroyed_us) == (None, True, 3)


def test_another_process_that_knew_the_key_cannot_open_it_after_the_erasure(sealer, store):
    other = Sealer([OLD], store, lambda: 0)
    sealed = other.seal("h:1", "a", b"x")
    sealer.erase("h:1")
    with pytest.raises(CannotOpen):
        other.open(sealed, "a")
    assert other.seal("h:1", "b", b"y").key_ref == "h:1.2"


def test_an_erased_customer_who_comes_back_has_a_new_key(sealer):
    sealer.seal("h:1", "a", b"x")
    sealer.erase("h:1")
    again = sealer.seal("h:1", "b", b"y")
    assert again.key_ref == "h:1.2"
    assert sealer.open(again, "b") == b"y"
    assert sealer.erase("h:1") == ("h:1.2",)


def test_there_is_nothing_to_erase_of_a_stranger_or_twice(sealer):
    sealer.seal("h:1", "a", b"x")
    sealer.erase("h:1")
    for owner in ("h:1", "h:2"):
        with pytest.raises(NothingToErase) as raised:
            sealer.erase(owner)
        assert code_of(raised.value) == "E124"


def test_a_master_key_is_rotated_without_losing_anything(sealer, store):
    before = sealer.seal("h:1", "a", b"x")
    erased = sealer.seal("h:2", "b", b"y")
    sealer.erase("h:2")
    both = Sealer([NEW, OLD], store, lambda: 9)
    assert both.open(before, "a") == b"x"
    after = both.seal("h:3", "c", b"z")
    assert both.rotate() == 1
    assert both.rotate() == 0
    only_new = Sealer([NEW], store, lambda: 9)
    assert (only_new.open(before, "a"), only_new.open(after, "c")) == (b"x", b"z")
    with pytest.raises(CannotOpen):
        only_new.open(erased, "b")


def test_without_its_master_key_a_key_is_named_and_not_made_anew(sealer, store):
    sealed = sealer.seal("h:1", "a", b"x")
    stranger = Sealer([NEW], store, lambda: 0)
    for attempt in (lambda: stranger.open(sealed, "a"), lambda: stranger.seal("h:1", "b", b"y")):
        with pytest.raises(CannotOpen) as raised:
            attempt()
        assert code_of(raised.value) == "E121"
        assert OLD.id in str(raised.value)


def test_a_key_that_is_not_there_is_told(sealer):
    with pytest.raises(CannotOpen) as raised:
        sealer.open(Sealed(b"\x01" + bytes(40), "h:9.1"), "a")
    assert code_of(raised.value) == "E123"


def test_a_damaged_data_key_is_told(store):
    sealer = Sealer([OLD], store, lambda: 0)
    sealed = sealer.seal("h:1", "a", b"x")
    key = store.find("h:1.1")
    assert key
    assert key.wrapped
    store.rewrap(replace(key, wrapped=key.wrapped[:-1] + b"?"))
    with pytest.raises(CannotOpen) as raised:
        Sealer([OLD], store, lambda: 0).open(sealed, "a")
    assert code_of(raised.value) == "E122"


def test_the_hash_key_outlives_rotation_and_is_wrapped_once_there_is_a_master(store):
    plain = hash_key([], store, 1)
    kept = store.find("hash-key")
    assert kept
    assert kept.wrapped == plain
    assert hash_key([OLD], store, 2) == plain
    wrapped = store.find("hash-key")
    assert wrapped
    assert wrapped.wrapped != plain
    Sealer([NEW, OLD], store, lambda: 0).rotate()
    assert hash_key([NEW], store, 3) == plain
    with pytest.raises(CannotOpen):
        hash_key([], store, 4)


def test_keys_print_nothing_of_themselves():
    assert "oooo" not in repr(OLD) + str(OLD)


SECRET = base64.b64encode(b"k" * 32).decode()


def test_master_keys_come_from_the_environment_and_from_files(tmp_path):
    path = tmp_path / "master.key"
    path.write_text(SECRET + "\n")
    path.chmod(0o600)
    other = base64.b64encode(b"j" * 32).decode()
    keys = load_master_keys(["env:OTHER", f"file:{path}", "env:OTHER"], {"OTHER": other})
    assert [key.raw for key in keys] == [b"j" * 32, b"k" * 32]


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        (SECRET, "E110"),
        ("env:", "E110"),
        ("env:MISSING", "E111"),
        ("file:/nowhere/master.key", "E111"),
        ("env:SHORT", "E113"),
        ("env:NO_BASE64", "E113"),
    ],
)
def test_a_master_key_that_cannot_be_used_is_told_and_never_shown(reference, code):
    environment = {"SHORT": "c2hvcnQ=", "NO_BASE64": "not base64 é"}
    with pytest.raises(BadKeys) as raised:
        load_master_keys([reference], environment)
    assert code_of(raised.value) == code
    assert not any(secret in str(raised.value) for secret in (SECRET, *environment.values()))


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "master.key"
    path.write_text(SECRET)
    path.chmod(0o640)
    with pytest.raises(BadKeys, match="E112 others can read") as raised:
        load_master_keys([f"file:{path}"])
    assert f"chmod 600 {path}" in str(raised.value)


def test_all_that_is_wrong_is_told_at_once():
    with pytest.raises(BadKeys) as raised:
        load_master_keys(["env:ONE", "env:TWO"], {})
    assert len(raised.value.problems) == 2

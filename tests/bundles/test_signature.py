"""Who signed a bundle is known for sure, or it is told why not."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from amity.bundles.archive import pack, read_archive
from amity.bundles.contents import BundleFile, Contents
from amity.bundles.keys import load_private, load_trusted, new_key
from amity.bundles.signature import sign, verify
from amity.errors import BadBundle

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)
PACKED = pack(Contents((BundleFile("a.yaml", "a: 1\n"),), "x"), "some", "3", "amity 1.0")


@pytest.fixture
def keys(tmp_path):
    """A trusted key and one of a stranger, both good for a year."""
    (tmp_path / "trusted").mkdir()
    for name in ("kim", "stranger"):
        new_key(name, tmp_path, NOON, NOON + YEAR)
    (tmp_path / "kim.pub").rename(tmp_path / "trusted" / "kim.pub")
    return tmp_path


def signed(keys, name="kim", expires=None):
    return sign(PACKED, load_private(keys / f"{name}.key"), NOON, expires)


def codes(archive, keys, now=NOON):
    with pytest.raises(BadBundle) as raised:
        verify(archive, load_trusted(keys / "trusted"), now, "some.tar.gz")
    assert all(problem.file and problem.fix for problem in raised.value.problems)
    return [problem.code for problem in raised.value.problems]


def test_a_good_signature_names_its_key(keys):
    again = read_archive(signed(keys).to_bytes(), "x")
    signature, key = verify(again, load_trusted(keys / "trusted"), NOON, "x")
    assert (key.name, signature.signed) == ("kim", NOON)
    assert again.contents.digest == PACKED.contents.digest


def test_a_bundle_without_a_signature_is_refused(keys):
    assert codes(PACKED, keys) == ["S201"]


def test_a_strangers_key_is_refused(keys):
    assert codes(signed(keys, "stranger"), keys) == ["S202"]


def test_a_stranger_who_takes_anothers_id_is_refused(keys):
    content = json.loads(signed(keys, "stranger").signature_json)
    content["key_id"] = next(iter(load_trusted(keys / "trusted")))
    assert codes(PACKED.signed(json.dumps(content).encode()), keys) == ["S203"]


@pytest.mark.parametrize(
    "other",
    [
        pack(Contents((BundleFile("a.yaml", "a: 2\n"),), "x"), "some", "3", "amity 1.0"),
        pack(PACKED.contents, "some", "4", "amity 1.0"),
    ],
    ids=["contents", "version"],
)
def test_a_signature_is_good_for_one_bundle_only(keys, other):
    assert codes(other.signed(signed(keys).signature_json), keys) == ["S203"]


@pytest.mark.parametrize("field", ["signed", "expires"])
def test_the_terms_of_a_signature_cannot_be_changed(keys, field):
    content = json.loads(signed(keys, expires=NOON + YEAR).signature_json)
    content[field] = (NOON + 2 * YEAR).isoformat()
    assert codes(PACKED.signed(json.dumps(content).encode()), keys) == ["S203"]


def test_keys_and_signatures_expire(keys):
    short = signed(keys, expires=NOON + timedelta(days=1))
    assert codes(short, keys, NOON + timedelta(days=1)) == ["S205"]
    assert codes(signed(keys), keys, NOON + YEAR) == ["S204"]
    assert codes(short, keys, NOON + YEAR) == ["S204", "S205"]


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff", b"[]", b"{}", b"null", b"[" * 100_000, b'{"format": "amity-signature/2"}'],
)
def test_a_signature_that_cannot_be_read_is_told(keys, raw):
    assert codes(PACKED.signed(raw), keys) == ["S206"]


@pytest.mark.parametrize("value", [3, None, "no base64", "2026-03-01T12:00:00"])
@pytest.mark.parametrize("field", ["key_id", "signed", "expires", "value"])
def test_no_field_of_a_signature_raises_anything_else(keys, field, value):
    content = json.loads(signed(keys).signature_json)
    if content[field] == value:
        return
    content[field] = value
    assert codes(PACKED.signed(json.dumps(content).encode()), keys)[0] in ("S202", "S203", "S206")


def test_a_private_key_is_for_its_owner_alone(keys):
    assert stat.S_IMODE((keys / "kim.key").stat().st_mode) == 0o600
    (keys / "kim.key").chmod(0o640)
    with pytest.raises(BadBundle, match=r"S211.*chmod 600"):
        load_private(keys / "kim.key")


def test_a_key_file_is_never_written_over(keys):
    before = (keys / "stranger.key").read_bytes()
    with pytest.raises(BadBundle, match="S209"):
        new_key("stranger", keys, NOON, None)
    assert (keys / "stranger.key").read_bytes() == before


def rsa() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("raw", [b"", b"hello", b"\xff" * 20_000, None], ids=str)
def test_what_is_no_private_key_is_told(tmp_path, raw):
    path = tmp_path / "x.key"
    path.touch(0o600)
    path.write_bytes(rsa() if raw is None else raw)
    with pytest.raises(BadBundle, match="S207"):
        load_private(path)
    with pytest.raises(BadBundle, match="S207"):
        load_private(tmp_path / "none.key")


def test_a_folder_that_cannot_be_written_takes_no_key(tmp_path):
    with pytest.raises(BadBundle, match="S207"):
        new_key("kim", tmp_path / "none", NOON, None)


def test_trusted_keys_that_cannot_be_used_are_all_told(keys):
    folder = keys / "trusted"
    good = (folder / "kim.pub").read_text(encoding="utf-8")
    bad = ["", "[]", "{", "null", good.replace('"id": "', '"id": "0'), '{"format": "x"}']
    for index, text in enumerate(bad):
        (folder / f"bad{index}.pub").write_text(text, encoding="utf-8")
    (folder / "binary.pub").write_bytes(b"\xff\xfe")
    with pytest.raises(BadBundle) as raised:
        load_trusted(folder)
    assert [problem.code for problem in raised.value.problems] == ["S208"] * 7


def test_a_folder_without_keys_is_told(tmp_path):
    with pytest.raises(BadBundle, match="S210"):
        load_trusted(tmp_path)
    with pytest.raises(BadBundle, match="S208"):
        load_trusted(tmp_path / "none.pub")


def test_a_single_file_may_be_trusted(keys):
    assert len(load_trusted(Path(keys / "trusted" / "kim.pub"))) == 1


@pytest.mark.skipif(os.name != "posix", reason="modes are a thing of POSIX")
def test_a_key_is_made_with_its_mode(tmp_path):
    before = os.umask(0)
    try:
        new_key("kim", tmp_path, NOON, None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "kim.key").stat().st_mode) == 0o600

"""Whatever is wrong with a bundle file is told precisely, before it can do any harm."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.bundles import tar
from amity.bundles.archive import open_archive, pack, read_archive
from amity.bundles.contents import BundleFile, Contents
from amity.errors import BadBundle

FILES = (BundleFile("a.yaml", "a: 1\n"), BundleFile("b/c.yaml", "c: 2\n"))
GOOD = pack(Contents(FILES, "x"), "some", "3", "amity 1.0")
MANIFEST = json.loads(GOOD.manifest_json)


def codes(data):
    with pytest.raises(BadBundle) as raised:
        read_archive(data, "some.tar.gz")
    problems = raised.value.problems
    assert all(problem.file == "some.tar.gz" and problem.fix for problem in problems)
    return [problem.code for problem in problems]


def member(name, data=b"x: 1\n", **changes):
    made = tarfile.TarInfo(name)
    made.size = len(data) if changes.get("type", tarfile.REGTYPE) == tarfile.REGTYPE else 0
    for key, value in changes.items():
        setattr(made, key, value)
    return made, data


def archive(*members, manifest=GOOD.manifest_json, form=tarfile.USTAR_FORMAT):
    """The good bundle with *members* besides."""
    into = io.BytesIO()
    own = [member("manifest.json", manifest)] if manifest is not None else []
    own += [member(f"policies/{file.name}", file.text.encode()) for file in FILES]
    with tarfile.open(fileobj=into, mode="w:gz", format=form) as made:
        for info, data in (*own, *members):
            made.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return into.getvalue()


def manifest(**changes):
    return json.dumps({**MANIFEST, **changes}).encode()


def test_a_good_one_is_read():
    found = read_archive(archive(), "x")
    assert (found.manifest.name, found.manifest.version) == ("some", "3")
    assert found.contents.files == FILES


HOSTILE = {
    "traversal": (member("policies/../../etc/x.yaml"), "B210"),
    "traversal-on-windows": (member("policies\\..\\x.yaml"), "B210"),
    "absolute": (member("/etc/x.yaml"), "B209"),
    "absolute-on-windows": (member("C:x.yaml"), "B209"),
    "share": (member("\\\\host\\x.yaml"), "B209"),
    "symlink": (member("policies/l.yaml", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "B211"),
    "hard-link": (member("policies/l.yaml", type=tarfile.LNKTYPE, linkname="a.yaml"), "B211"),
    "device": (member("policies/d.yaml", type=tarfile.CHRTYPE), "B212"),
    "block-device": (member("policies/d.yaml", type=tarfile.BLKTYPE), "B212"),
    "pipe": (member("policies/p.yaml", type=tarfile.FIFOTYPE), "B212"),
    "folder": (member("policies/f", type=tarfile.DIRTYPE), "B212"),
    "duplicate": (member("policies/a.yaml"), "B213"),
    "second-manifest": (member("manifest.json"), "B213"),
    "case": (member("policies/A.yaml"), "B214"),
    "hidden": (member("policies/.a.yaml"), "B215"),
    "not-yaml": (member("policies/a.sh"), "B215"),
    "elsewhere": (member("other/a.yaml"), "B215"),
    "reserved": (member("policies/con.yaml"), "B215"),
    "colon": (member("policies/a:b.yaml"), "B215"),
    "control": (member("policies/a\x1b.yaml"), "B215"),
    "unlisted": (member("policies/d.yaml"), "B219"),
    "not-utf8": (member("policies/d.yaml", b"\xff\xfe"), "Y101"),
}


@pytest.mark.parametrize(("added", "code"), HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_member_has_its_code(added, code):
    assert code in codes(archive(added))


def test_all_hostile_members_are_told_at_once():
    found = codes(archive(*(added for added, _ in HOSTILE.values())))
    assert len(found) >= len(HOSTILE) - 3


def test_other_dialects_of_tar_are_not_taken():
    long = member(f"policies/{'x' * 150}.yaml")
    assert "B212" in codes(archive(long, form=tarfile.PAX_FORMAT))
    assert "B212" in codes(archive(long, form=tarfile.GNU_FORMAT))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (None, "B216"),
        (b"{", "B217"),
        (b"[]", "B217"),
        (b"\xff", "B217"),
        (b"[" * 100_000, "B217"),
        (manifest(format="amity-bundle/2"), "B217"),
        (manifest(files=3), "B217"),
        (manifest(files=[3]), "B217"),
        (manifest(name=""), "B217"),
        (manifest(name="a\x1b[2J"), "B217"),
        (manifest(extra=1), "B217"),
        (
            manifest(files=[*MANIFEST["files"], {"name": "z.yaml", "size": 1, "sha256": "0"}]),
            "B218",
        ),
        (manifest(files=MANIFEST["files"][:1]), "B219"),
        (manifest(files=[{**MANIFEST["files"][0], "size": 3}, MANIFEST["files"][1]]), "B220"),
        (manifest(digest="sha256:0"), "B221"),
    ],
)
def test_a_bad_manifest_has_its_code(raw, code):
    assert codes(archive(manifest=raw)) == [code]


def test_a_changed_file_is_told():
    changed = GOOD.to_bytes()
    plain = gzip.decompress(changed).replace(b"a: 1\n", b"a: 9\n")
    assert codes(gzip.compress(plain)) == ["B220"]


@pytest.mark.parametrize("length", [0, 1, 5, 100, -20, -9, -1])
def test_a_cut_file_is_told(length):
    assert codes(GOOD.to_bytes()[:length]) == ["B203"]


def test_a_tar_that_ends_too_early_is_told():
    plain = gzip.decompress(GOOD.to_bytes())
    assert codes(gzip.compress(plain[:1200])) == ["B203"]


def test_a_wrong_checksum_is_told():
    data = bytearray(GOOD.to_bytes())
    data[-6] ^= 1
    assert codes(bytes(data)) == ["B204"]


def test_a_damaged_header_is_told():
    plain = bytearray(gzip.decompress(GOOD.to_bytes()))
    plain[3] ^= 1
    assert codes(gzip.compress(bytes(plain))) == ["B204"]


@pytest.mark.parametrize(
    "data",
    [b"PK\x03\x04 a zip", b"hello", gzip.compress(b"not a tar" * 100)],
    ids=["zip", "text", "gzip-of-text"],
)
def test_what_is_no_bundle_is_told(data):
    assert codes(data) == ["B202"]


@pytest.mark.parametrize("more", [b"x", GOOD.to_bytes()], ids=["a-byte", "a-second-stream"])
def test_what_follows_the_end_is_told(more):
    assert codes(GOOD.to_bytes() + more) == ["B222"]


def test_what_follows_the_last_member_is_told():
    plain = gzip.decompress(GOOD.to_bytes())
    assert codes(gzip.compress(plain + b"x" * 512)) == ["B222"]


def bomb(size, header=None):
    """A gzip of zeros that holds a member of this size, made without holding it."""
    into = io.BytesIO()
    with gzip.GzipFile(fileobj=into, mode="wb", compresslevel=1) as packed:
        made = tarfile.TarInfo("policies/bomb.yaml")
        made.size = size
        packed.write(header or made.tobuf(tarfile.USTAR_FORMAT))
        for _ in range(size // 1_000_000):
            packed.write(bytes(1_000_000))
    return into.getvalue()


def test_a_member_that_is_too_large_is_not_unpacked():
    data = bomb(300_000_000)
    assert len(data) < 3_000_000
    tracemalloc.start()
    assert codes(data) == ["B207"]
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_a_member_that_claims_terabytes_is_not_unpacked():
    made = tarfile.TarInfo("policies/bomb.yaml")
    made.size = 2**45
    assert codes(bomb(0, made.tobuf(tarfile.GNU_FORMAT))) == ["B207"]


def test_many_members_that_are_too_large_together_are_not_unpacked():
    made = [member(f"policies/{index}.yaml", bytes(3_900_000)) for index in range(18)]
    assert codes(archive(*made)) == ["B206"]


def test_endless_padding_is_not_unpacked():
    plain = gzip.decompress(GOOD.to_bytes())
    assert codes(gzip.compress(plain + bytes(70_000_000), 1)) == ["B206"]


def test_too_many_members_are_told():
    made = [member(f"policies/{index}.yaml") for index in range(tar.MOST_FILES)]
    assert codes(archive(*made)) == ["B208"]


def test_a_file_that_is_too_large_is_not_read(tmp_path):
    path = tmp_path / "huge.tar.gz"
    with path.open("wb") as file:
        file.truncate(tar.MOST_PACKED_BYTES + 1)
    with pytest.raises(BadBundle, match="B205"):
        open_archive(path)


@pytest.mark.parametrize("name", ["none.tar.gz", "", "pipe"])
def test_what_is_no_file_is_told(tmp_path, name):
    import os

    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadBundle, match="B201"):
        open_archive(tmp_path / name)


@pytest.mark.parametrize(
    "names", [["a.yaml", "A.yaml"], ["con.yaml"], ["x" * 300 + ".yaml"]], ids=str
)
def test_names_that_some_platform_cannot_store_are_refused_when_packing(names):
    with pytest.raises(BadBundle, match=r"B21[45]"):
        pack(Contents(tuple(BundleFile(name, "x") for name in names), "x"), "n", "1", "y")


def test_long_names_within_the_limit_come_back():
    name = "/".join(["folder" * 10] * 3) + "/é.yaml"
    made = pack(Contents((BundleFile(name, "x: 1\n"),), "x"), "n", "1", "y")
    assert read_archive(made.to_bytes(), "x").contents.files[0].name == name


@given(st.binary(max_size=2000), st.booleans())
def test_no_bytes_raise_anything_else(data, is_packed):
    with pytest.raises(BadBundle):
        read_archive(gzip.compress(data, 1) if is_packed else data, "x")


@given(st.integers(0, len(GOOD.to_bytes()) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unseen(at, by):
    data = bytearray(GOOD.to_bytes())
    data[at] ^= by
    try:
        found = read_archive(bytes(data), "x")
    except BadBundle:
        return
    # Some bytes of the gzip header mean nothing.
    assert (found.contents, found.manifest) == (
        read_archive(GOOD.to_bytes(), "x").contents,
        GOOD.manifest,
    )


def test_reading_leaves_nothing_on_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    codes(archive(*(added for added, _ in HOSTILE.values())))
    assert not list(Path().iterdir())

"""The same content has the same digest, wherever and however it is kept."""

from __future__ import annotations

import io
import os
import random
import tarfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.bundles.archive import open_archive, pack, read_archive
from amity.bundles.contents import BundleFile, digest_of
from amity.bundles.folder import read_folder
from amity.bundles.tar import MOST_FILES
from amity.errors import BadBundle
from amity.plugins.host import load_plugins
from amity.policy.bundle import load_bundle
from amity.source import Problems

TINY = Path(__file__).parents[1] / "tiny"
NAMES = st.text("abcdé", min_size=1, max_size=4).map(lambda name: f"{name}.yaml")
FILES = st.dictionaries(NAMES, st.text("ab:\n é", max_size=20), min_size=1, max_size=5)


def digest(folder):
    problems = Problems()
    found = read_folder(folder, problems).digest
    assert not problems
    return found


def write(folder: Path, files, newline="\n", start=b""):
    for name, text in files:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(start + text.replace("\n", newline).encode())


SOME = [("a/policy.yaml", "a: 1\nb: 2\n"), ("b.yaml", "c: é\n"), ("cases/x.json", "{}\n")]


def test_line_ends_byte_order_marks_and_the_order_of_writing_do_not_count(tmp_path):
    write(tmp_path / "1", SOME)
    write(tmp_path / "2", reversed(SOME), "\r\n", b"\xef\xbb\xbf")
    write(tmp_path / "3", SOME, "\r")
    assert len({digest(tmp_path / name) for name in "123"}) == 1


def test_times_modes_hidden_files_and_other_files_do_not_count(tmp_path):
    write(tmp_path / "1", SOME)
    write(tmp_path / "2", SOME)
    (tmp_path / "2" / "README.md").write_text("hello", encoding="utf-8")
    write(tmp_path / "2", [(".git/x.yaml", "x"), (".hidden.yaml", "x")])
    os.utime(tmp_path / "2" / "b.yaml", (0, 0))
    (tmp_path / "2" / "b.yaml").chmod(0o600)
    assert digest(tmp_path / "1") == digest(tmp_path / "2")


def test_how_a_file_system_composes_letters_does_not_count(tmp_path):
    for form in ("NFC", "NFD"):
        write(tmp_path / form, [(unicodedata.normalize(form, "café.yaml"), "a: 1\n")])
    assert digest(tmp_path / "NFC") == digest(tmp_path / "NFD")


@pytest.mark.parametrize(
    "other",
    [
        [("a/policy.yaml", "a: 1\nb: 3\n"), *SOME[1:]],
        [("A/policy.yaml", "a: 1\nb: 2\n"), *SOME[1:]],
        SOME[1:],
        [*SOME[:2], ("cases/x.json", "[]\n")],
        [("a/policy.yaml", "a: 1\nb: 2"), *SOME[1:]],
    ],
    ids=["text", "case-of-a-name", "missing", "json", "last-line-end"],
)
def test_whatever_means_something_else_has_another_digest(tmp_path, other):
    write(tmp_path / "1", SOME)
    write(tmp_path / "2", other)
    assert digest(tmp_path / "1") != digest(tmp_path / "2")


@given(FILES, st.randoms(use_true_random=False))
def test_the_digest_is_of_the_set_of_files(files, shuffled: random.Random):
    made = [BundleFile(*pair) for pair in files.items()]
    mixed = shuffled.sample(made, len(made))
    assert digest_of(made) == digest_of(mixed)
    moved = [BundleFile(made[0].name + made[0].text[:1], made[0].text[1:]), *made[1:]]
    if made[0].text:
        assert digest_of(moved) != digest_of(made)


def test_a_folder_and_its_bundle_file_have_the_same_digest_and_decisions(tmp_path):
    archive = pack(read_folder(TINY, Problems()), "tiny", "1", "amity test")
    path = tmp_path / "tiny.tar.gz"
    path.write_bytes(archive.to_bytes())
    host = load_plugins()
    loaded = [
        load_bundle([source], host.catalogue, actions=host.actions) for source in (TINY, path)
    ]
    assert loaded[0].digest == loaded[1].digest == open_archive(path).manifest.digest
    assert loaded[0].policies == loaded[1].policies


def test_the_order_of_sources_does_not_count(tmp_path):
    write(tmp_path / "more", [("scopes.yaml", (TINY / "cues.yaml").read_text(encoding="utf-8"))])
    host = load_plugins()
    text = (TINY / "policy.yaml").read_text(encoding="utf-8")
    write(tmp_path / "policy", [("policy.yaml", text)])
    both = [tmp_path / "more", tmp_path / "policy"]
    loaded = [
        load_bundle(sources, host.catalogue, actions=host.actions) for sources in (both, both[::-1])
    ]
    assert loaded[0].digest == loaded[1].digest


def test_the_same_archive_has_the_same_bytes():
    made = [
        pack(read_folder(TINY, Problems()), "tiny", "1", "amity 1").to_bytes() for _ in range(2)
    ]
    assert made[0] == made[1]


def test_what_another_tar_made_of_the_same_members_has_the_same_digest():
    archive = pack(read_folder(TINY, Problems()), "tiny", "1", "amity 1")
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w:gz", format=tarfile.USTAR_FORMAT) as other:
        for file in reversed(archive.contents.files):
            data = file.text.replace("\n", "\n").encode()
            member = tarfile.TarInfo(f"policies/{file.name}")
            member.size, member.mtime, member.uname, member.mode = len(data), 1e9, "kim", 0o777
            other.addfile(member, io.BytesIO(data))
        member = tarfile.TarInfo("manifest.json")
        member.size = len(archive.manifest_json)
        other.addfile(member, io.BytesIO(archive.manifest_json))
    assert read_archive(into.getvalue(), "x").contents.digest == archive.contents.digest


def test_cases_may_refer_to_conversations_in_a_bundle_file(tmp_path):
    write(
        tmp_path,
        [
            (
                "cases/calm.yaml",
                "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: tiny}\ncases:\n"
                "  - name: calm\n    conversation: {file: calm.json}\n"
                "    expect: {no-dismissal: no_opportunity}\n",
            ),
            (
                "cases/calm.json",
                '{"id": "x", "participants": [{"id": "c", "role": "ROLE_CUSTOMER"}],'
                ' "turns": [{"participantId": "c", "text": "Hello"}]}',
            ),
            *((path.name, path.read_text(encoding="utf-8")) for path in TINY.glob("*.yaml")),
        ],
    )
    path = tmp_path / "b.tar.gz"
    path.write_bytes(pack(read_folder(tmp_path, Problems()), "x", "", "y").to_bytes())
    host = load_plugins()
    assert load_bundle([path], host.catalogue, actions=host.actions).cases == 1
    (tmp_path / "cases" / "calm.json").unlink()
    with pytest.raises(BadBundle, match="K131"):
        load_bundle([tmp_path], host.catalogue, actions=host.actions)


def test_a_pipe_in_a_folder_is_told_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.yaml")
    problems = Problems()
    read_folder(tmp_path, problems)
    assert [problem.code for problem in problems] == ["Y101"]


def test_names_that_some_system_takes_for_one_are_told(tmp_path):
    write(tmp_path, [("a.yaml", "x"), ("A.yaml", "y")])
    problems = Problems()
    read_folder(tmp_path, problems)
    assert [problem.code for problem in problems] == ["B214"]


def test_a_folder_that_no_bundle_could_hold_is_told_and_not_read(tmp_path):
    for number in range(17):
        with (tmp_path / f"{number}.yaml").open("wb") as file:
            file.truncate(3_900_000)
    problems = Problems()
    assert read_folder(tmp_path, problems).files == ()
    assert [problem.code for problem in problems] == ["B206"]


def test_a_folder_of_too_many_files_is_told(tmp_path):
    for number in range(MOST_FILES + 1):
        (tmp_path / f"{number}.yaml").touch()
    problems = Problems()
    read_folder(tmp_path, problems)
    assert [problem.code for problem in problems] == ["B208"]


def test_a_file_larger_than_any_may_be_is_told_and_not_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as file:
        file.truncate(50_000_000)
    problems = Problems()
    read_folder(tmp_path, problems)
    assert [problem.code for problem in problems] == ["Y101"]
    assert "larger" in problems[0].message


def test_a_link_within_a_folder_is_followed_and_one_that_leads_out_is_told(tmp_path):
    write(tmp_path, [("secret.yaml", "password: 1\n")])
    write(tmp_path / "policies", [("..data/a.yaml", "a: 1\n")])
    (tmp_path / "policies" / "a.yaml").symlink_to("..data/a.yaml")
    (tmp_path / "policies" / "out.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "policies" / "loop.yaml").symlink_to("loop.yaml")
    problems = Problems()
    found = read_folder(tmp_path / "policies", problems)
    assert [file.name for file in found.files] == ["a.yaml"]
    assert [(problem.code, problem.file) for problem in problems] == [
        ("B211", "loop.yaml"),
        ("B211", "out.yaml"),
    ]

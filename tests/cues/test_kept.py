"""Compiled cues that are kept find what new ones find, and a bad cache is only slower."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from amity.conversation import Conversation, Participant, Role, Turn
from amity.cues.frozen import freeze, thaw
from amity.cues.kept import MOST_FILES, CompiledCues, KeptCues, key_of
from amity.errors import BadBundle
from amity.plugins.contract import TurnView
from amity.plugins.host import load_plugins
from amity.policy.bundle import load_bundle, shipped_policies
from amity.signals import Catalogue, builtin_catalogue

TINY = Path(__file__).parents[1] / "tiny"
CATALOGUE = builtin_catalogue()
ACTIONS = load_plugins().actions


def load(kept, folder=TINY):
    return load_bundle([folder], CATALOGUE, kept=kept, actions=ACTIONS)


def turn(text):
    people = (Participant("a", Role.CUSTOMER),)
    conversation = Conversation("c", people, (Turn("a", text),))
    return TurnView(conversation, 0, Role.CUSTOMER, text, {"a": Role.CUSTOMER})


def examples(folder):
    """Every text that stands in the folder's files, good for looking for cues."""
    return [
        line.strip(" -")
        for path in sorted(folder.rglob("*.yaml"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def files_in(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def test_kept_cues_find_what_new_ones_find(tmp_path):
    new = load(KeptCues(tmp_path))
    assert len(files_in(tmp_path)) == 1
    again = load(KeptCues(tmp_path))
    assert again.matcher is not new.matcher
    assert (again.digest, again.cues) == (new.digest, new.cues)
    for text in examples(TINY):
        found = [
            [(match.finding, match.phrasing.text, match.cancelled_by) for match in made]
            for made in (again.matcher.explain(turn(text)), new.matcher.explain(turn(text)))
        ]
        assert found[0] == found[1]


def test_the_shipped_cues_come_back_whole():
    made = load_bundle(
        [shipped_policies()], CATALOGUE, kept=KeptCues.default(), actions=ACTIONS
    ).matcher
    again = thaw(freeze(made))
    assert again.signals == made.signals
    for text in examples(shipped_policies() / "cues")[::40]:
        assert again.find(turn(text)) == made.find(turn(text))


def test_another_policy_uses_the_cues_that_are_kept(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    for path in TINY.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    load(KeptCues(tmp_path / "cache"), folder)
    policy = folder / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8") + "# looked at\n", encoding="utf-8")
    load(KeptCues(tmp_path / "cache"), folder)
    assert len(files_in(tmp_path / "cache")) == 1


def test_bad_examples_are_never_kept(tmp_path):
    folder = tmp_path / "policies"
    folder.mkdir()
    for path in TINY.glob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace("matches: [", "matches: [Nothing of it., ")
        (folder / path.name).write_text(text, encoding="utf-8")
    for _ in range(2):
        with pytest.raises(BadBundle, match="Q130"):
            load(KeptCues(tmp_path / "cache"), folder)
    assert not files_in(tmp_path / "cache")


def test_a_bundle_loaded_without_its_examples_is_not_kept(tmp_path):
    load_bundle([TINY], CATALOGUE, kept=KeptCues(tmp_path), check_examples=False, actions=ACTIONS)
    assert not files_in(tmp_path)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:500]),
        lambda path: path.write_bytes(path.read_bytes()[:-1] + b"x"),
        lambda path: path.write_bytes(b"no number\n\xff"),
        lambda path: path.chmod(0o666),
        lambda path: (path.unlink(), path.mkdir()),
        lambda path: (path.rename(path.with_suffix(".x")), path.symlink_to(path.with_suffix(".x"))),
    ],
    ids=["empty", "cut", "changed", "nonsense", "open-to-all", "a-folder", "a-link"],
)
def test_a_bad_file_is_as_good_as_none(tmp_path, spoil):
    expected = load(KeptCues(tmp_path)).digest
    [path] = files_in(tmp_path)
    spoil(path)
    assert load(KeptCues(tmp_path)).digest == expected


def test_a_cache_that_cannot_be_written_is_as_good_as_none(tmp_path):
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    for folder in (tmp_path / "file", Path("/proc/none"), None):
        assert load(KeptCues(folder)).cues


def test_only_the_newest_are_kept(tmp_path):
    made = load(KeptCues(tmp_path))
    for index in range(MOST_FILES + 3):
        KeptCues(tmp_path).put(f"key{index}", CompiledCues(made.matcher, 1))
        for path in files_in(tmp_path):
            os.utime(path, (path.stat().st_mtime - 10,) * 2)
    names = {path.name for path in files_in(tmp_path)}
    assert len(names) == MOST_FILES
    assert f"key{MOST_FILES + 2}.compiled" in names


def test_the_key_depends_on_names_texts_and_signals():
    keys = [
        key_of([("a", "b")], CATALOGUE),
        key_of([("a", "c")], CATALOGUE),
        key_of([("ab", "")], CATALOGUE),
        key_of([("a", "b")], Catalogue(list(CATALOGUE)[1:])),
    ]
    assert len(set(keys)) == 4


@pytest.mark.parametrize(
    "value", [print, os.system, Path("x"), {"a": 1}], ids=["print", "system", "path", "dict"]
)
def test_foreign_bytes_are_refused_before_they_run(value):
    with pytest.raises(ValueError, match="not a compiled matcher"):
        thaw(pickle.dumps(value))

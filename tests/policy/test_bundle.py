"""Bundles: all files of a folder together or none, with every problem at once."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from amity.errors import BadBundle
from amity.policy.bundle import load_bundle, shipped_policies
from amity.signals import builtin_catalogue

TINY = Path(__file__).parents[1] / "tiny"
ACTIONS = ("coach", "notify-supervisor")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny bundle, to be spoilt."""
    return Path(shutil.copytree(TINY, tmp_path / "bundle"))


def load(*folders: Path):
    return load_bundle(folders, builtin_catalogue(), actions=ACTIONS)


def told(*folders: Path) -> dict[str, str]:
    """The problems of a bundle that does not load: code to file."""
    with pytest.raises(BadBundle) as caught:
        load(*folders)
    assert all(problem.fix for problem in caught.value.problems)
    return {problem.code: problem.file for problem in caught.value.problems}


def test_the_shipped_policies_are_found_and_load():
    bundle = load_bundle(
        [shipped_policies()],
        builtin_catalogue(),
        actions=(*ACTIONS, "follow-up-task"),
        check_examples=False,
    )
    names = [policy.name for policy in bundle.policies]
    assert names == ["challenge-to-opportunity", "ownership", "team-culture", "trust-building"]
    assert bundle.matcher.signals == set(builtin_catalogue().names())


def test_a_missing_folder_is_told(tmp_path: Path):
    assert "B101" in told(tmp_path / "nowhere")


def test_a_file_that_is_neither_a_folder_nor_a_bundle_is_told(folder: Path):
    assert "B202" in told(folder / "policy.yaml")


def test_an_empty_folder_is_told(tmp_path: Path):
    assert "B102" in told(tmp_path)


def test_a_folder_without_a_policy_is_told(folder: Path):
    (folder / "policy.yaml").unlink()
    assert "B105" in told(folder)


def test_a_link_to_nowhere_is_told(folder: Path):
    (folder / "lost.yaml").symlink_to(folder / "nowhere.yaml")
    assert told(folder) == {"B211": "lost.yaml"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read_is_told(folder: Path):
    inner = folder / "secret"
    inner.mkdir(mode=0o000)
    try:
        assert "B106" in told(folder)
    finally:
        inner.chmod(0o700)


def test_the_mistakes_of_all_files_are_told_together(folder: Path):
    (folder / "latin.yaml").write_bytes(b"a: caf\xe9\n")
    (folder / "tabs.yaml").write_text("a:\n\t- b\n")
    (folder / "empty.yaml").write_text("")
    (folder / "recipe.yaml").write_text("apiVersion: amity/v1\nkind: Recipe\n")
    (folder / "old.yaml").write_text("apiVersion: amity/v0\nkind: Policy\n")
    (folder / "twin.yaml").write_text((TINY / "policy.yaml").read_text())
    cues = (TINY / "cues.yaml").read_text()
    spoilt = cues.replace("rejects: [It was a calm night]", "rejects: [Calm down now]")
    (folder / "cues.yaml").write_text(spoilt)
    found = told(folder)
    assert found["Y101"] == "latin.yaml"
    assert found["Y102"] == "tabs.yaml"
    assert found["Y103"] == "empty.yaml"
    assert found["B104"] == "recipe.yaml"
    assert found["B103"] == "old.yaml"
    assert found["V128"] == "twin.yaml"
    assert found["Q132"] == "cues.yaml"


def test_an_action_that_nobody_offers_is_told_with_the_nearest(folder: Path):
    text = (folder / "policy.yaml").read_text().replace("[coach, notify", "[couch, notify")
    (folder / "policy.yaml").write_text(text)
    with pytest.raises(BadBundle) as caught:
        load(folder)
    (problem,) = caught.value.problems
    assert problem.code == "V127"
    assert '"coach"' in problem.fix


def test_hidden_files_are_left_alone(folder: Path):
    before = load(folder).digest
    (folder / ".draft.yaml").write_text("not: [valid")
    assert load(folder).digest == before


def test_the_digest_follows_the_content_and_nothing_else(folder: Path, tmp_path: Path):
    digest = load(folder).digest
    elsewhere = Path(shutil.copytree(folder, tmp_path / "elsewhere"))
    windows = (elsewhere / "policy.yaml").read_text().replace("\n", "\r\n")
    (elsewhere / "policy.yaml").write_bytes(b"\xef\xbb\xbf" + windows.encode())
    assert load(elsewhere).digest == digest
    (elsewhere / "cues.yaml").rename(elsewhere / "words.yaml")
    assert load(elsewhere).digest != digest

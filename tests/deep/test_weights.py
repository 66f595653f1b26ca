"""Weights that are missing or damaged are told with their file, a code and what to do."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

import amity_deep
from amity.plugins.host import PluginSelection, load_plugins
from amity.signals import builtin_catalogue
from amity_deep.weights import ENCODER, HERE, MANIFEST, TOKENIZER, BadWeights, digest, load

CARD = (Path(amity_deep.__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(HERE, tmp_path / "weights"))


def vouch(folder: Path, name: str, content: bytes) -> None:
    """Replace a file, and let the manifest vouch for it."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def refused(folder: Path) -> str:
    with pytest.raises(BadWeights) as caught:
        load(folder)
    return str(caught.value)


@pytest.mark.parametrize("name", [MANIFEST, ENCODER, TOKENIZER])
def test_a_file_that_is_missing_is_named(folder, name):
    (folder / name).unlink()
    told = refused(folder)
    assert told.startswith(f"DW1 {folder / name}: ")
    assert "No such file" in told
    assert "pip install --force-reinstall" in told


@pytest.mark.parametrize("name", [ENCODER, TOKENIZER])
def test_a_file_with_one_byte_changed_is_refused(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert refused(folder).startswith(f"DW3 {folder / name}: is damaged (its SHA-256 is ")


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"signals": {}}', '{"signals": {"agent": ["agent.apology"]}, "slope": []}'],
)
def test_a_manifest_that_does_not_say_what_it_must_is_refused(folder, text):
    (folder / MANIFEST).write_text(text)
    assert refused(folder).startswith(f"DW2 {folder / MANIFEST}: is damaged (")


def test_a_manifest_whose_parts_do_not_fit_is_refused(folder):
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["slope"].pop()
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert "do not fit together" in refused(folder)


@pytest.mark.parametrize("name", [ENCODER, TOKENIZER])
def test_what_the_libraries_cannot_read_is_told_in_one_line(folder, name):
    vouch(folder, name, b"{}")
    told = refused(folder)
    assert told.startswith(f"DW4 {folder}: cannot be used (")
    assert "\n" not in told
    assert "pip check" in told


def test_the_host_sets_it_aside_with_the_reason_and_loads_the_rest(monkeypatch, tmp_path):
    def missing() -> str:
        return digest(tmp_path)

    monkeypatch.setattr(amity_deep, "digest", missing)
    host = load_plugins(PluginSelection(enabled=("amity_deep",)))
    (problem,) = host.problems
    assert problem.code == "P102"
    assert "'amity_deep'" in problem.message
    assert f"DW1 {tmp_path / MANIFEST}" in problem.message
    assert "amity_cues" in {record.name for record in host.records if record.health == "ok"}


def test_every_signal_of_the_catalogue_has_a_calibration():
    manifest = json.loads((HERE / MANIFEST).read_text())
    names = [name for names in manifest["signals"].values() for name in names]
    assert sorted(names) == sorted(builtin_catalogue().names())


@pytest.mark.parametrize("name", [MANIFEST, ENCODER, TOKENIZER])
def test_the_card_has_the_digest_of_what_is_shipped(name):
    assert hashlib.sha256((HERE / name).read_bytes()).hexdigest() in CARD


def test_the_card_has_figures_for_every_signal():
    assert [name for name in builtin_catalogue().names() if f"| `{name}` |" not in CARD] == []


def test_what_is_shipped_is_about_as_large_as_is_told():
    assert sum(path.stat().st_size for path in HERE.iterdir()) < 25_000_000

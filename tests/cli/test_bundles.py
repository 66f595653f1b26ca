"""Packing, signing and verifying, as a user does it."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

TINY = Path(__file__).parents[1] / "tiny"


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(TINY, tmp_path / "tiny")
    return tmp_path


def test_a_folder_is_packed_signed_and_verified(amity, here):
    packed = amity("bundle", "tiny", "-o", "t.tar.gz", "--version", "7")
    assert packed.exit_code == 0
    digest = packed.stdout.splitlines()[-1]
    assert "tiny 7, 1 policy, 4 rules" in packed.stdout
    assert amity("sign", "--new-key", "kim", "--days", "30").exit_code == 0
    assert stat.S_IMODE((here / "kim.key").stat().st_mode) == 0o600
    assert amity("sign", "t.tar.gz", "--key", "kim.key").exit_code == 0
    verified = amity("verify", "t.tar.gz", "--trusted", "kim.pub")
    assert verified.exit_code == 0
    assert digest in verified.stdout
    assert "by kim (" in verified.stdout


def test_a_bundle_file_judges_as_its_folder_does(amity, here):
    amity("bundle", "tiny", "-o", "t.tar.gz")
    conversation = (
        '{"id": "x", "channel": "CHANNEL_CHAT", "participants": [{"id": "a", "role": "ROLE_AGENT"}],'
        ' "turns": [{"participantId": "a", "text": "Calm down please"}]}'
    )
    decisions = [
        json.loads(
            amity("evaluate", "-", "-o", "json", "--policies", source, text=conversation).stdout
        )
        for source in ("tiny", "t.tar.gz")
    ]
    assert decisions[0] == decisions[1]
    assert decisions[0]["verdict"] == "VERDICT_INTERVENE"


def test_verifying_without_trust_says_that_it_is_not_checked(amity, here):
    amity("bundle", "tiny", "-o", "t.tar.gz")
    assert "not signed" in amity("verify", "t.tar.gz").stdout
    amity("sign", "--new-key", "kim")
    amity("sign", "t.tar.gz", "--key", "kim.key")
    assert "not checked" in amity("verify", "t.tar.gz").stdout


def test_policies_that_do_not_load_are_not_packed(amity, here):
    (here / "tiny" / "policy.yaml").write_text("kind: Policy\n", encoding="utf-8")
    result = amity("bundle", "tiny", "-o", "t.tar.gz")
    assert result.exit_code == 2
    assert "policy.yaml:1:1" in result.stderr
    assert not (here / "t.tar.gz").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("bundle", "none", "-o", "t.tar.gz"), "B101"),
        (("bundle", "tiny", "-o", "none/t.tar.gz"), "B223"),
        (("verify", "none.tar.gz"), "B201"),
        (("verify", "tiny/policy.yaml"), "B202"),
        (("sign", "tiny/policy.yaml", "--key", "none.key"), "S207"),
        (("serve", "--policies", "https://kim:secret@host/x"), "B230"),
        (("serve", "--policies", "none.tar.gz"), "B201"),
        (("serve", "--policies", "none"), "B101"),
        (("serve", "--policies", "tiny", "--require-signed", "--trusted", "none"), "S212"),
        (("evaluate", "x.json", "--policies", "none"), "B101"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else value,
)
def test_what_is_wrong_is_told_with_its_code(amity, here, arguments, code):
    (here / "x.json").write_text("{}", encoding="utf-8")
    result = amity(*arguments)
    assert result.exit_code == 2
    assert f" {code} " in result.stderr
    assert "secret" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("sign",),
        ("sign", "x.tar.gz"),
        ("sign", "x.tar.gz", "--key", "k", "--new-key", "n"),
        ("serve", "--require-signed"),
        ("serve", "--trusted", "x"),
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_told(amity, here, arguments):
    result = amity(*arguments)
    assert result.exit_code == 2
    assert "Give" in result.stderr


def test_nothing_is_left_behind_where_a_file_cannot_be_written(amity, here):
    (here / "t.tar.gz").mkdir()
    assert amity("bundle", "tiny", "-o", "t.tar.gz").exit_code == 2
    assert sorted(path.name for path in here.iterdir()) == ["t.tar.gz", "tiny"]

"""A server writes with its keys and its policies; `amity log replay` gives the same bytes, or says why not."""

from __future__ import annotations

import base64
import dataclasses
import io
import json
import shutil

import pytest
from tests.log.logkit import conversations
from tests.service.reloadkit import change, copied

from amity.bundles.sources import source_of
from amity.client import AmityClient
from amity.plugins.host import load_plugins
from amity.service.opening import Policies
from amity.service.past_policies import PastPolicies, beside
from amity.service.server import running_server
from amity.service.settings import Settings

ALL = len(conversations())
KEY = ("--master-key", "env:AMITY_TEST_KEY")


@pytest.fixture(autouse=True)
def master_key(monkeypatch):
    monkeypatch.setenv("AMITY_TEST_KEY", base64.b64encode(bytes(range(32))).decode())


@pytest.fixture
def logged(tmp_path):
    """Has a server judge all samples by policies of *tmp_path*; gives the log."""

    def run(*, master_keys=("env:AMITY_TEST_KEY",), count=ALL) -> str:
        folder = tmp_path / "policies"
        if not folder.exists():
            copied(folder)
        place = str(tmp_path / "log.db")
        settings = Settings(port=0, drain_wait_s=0.0, log_level="error", log=place)
        settings = dataclasses.replace(settings, master_keys=master_keys)
        policies = Policies(
            load_plugins(), [source_of(str(folder))], past=PastPolicies(beside(place))
        )
        with (
            running_server(policies.open(), settings, io.StringIO(), policies) as address,
            AmityClient(address) as client,
        ):
            for conversation in conversations()[:count]:
                client.evaluate(conversation)
        return place

    return run


def test_everything_that_a_server_wrote_is_judged_again_to_the_same_bytes(amity, logged):
    place = logged()
    done = amity("log", "replay", place, "--all", *KEY)
    assert done.exit_code == 0, done.output
    assert f"{len(conversations())} decisions: {len(conversations())} same" in done.stdout


def test_policies_that_changed_since_are_had_from_beside_the_log(amity, logged, tmp_path):
    logged(count=2)
    change(tmp_path / "policies", 5)
    place = logged(count=2)
    assert len(list(beside(place).iterdir())) == 2
    done = amity("log", "replay", place, "--all", *KEY)
    assert done.exit_code == 0, done.output


def test_policies_that_are_gone_are_told_and_can_be_named(amity, logged, tmp_path):
    place = logged(count=1)
    shutil.rmtree(beside(place))
    lost = amity("log", "replay", place, "1", *KEY)
    assert lost.exit_code == 1
    assert "R110" in lost.stdout
    found = amity("log", "replay", place, "1", *KEY, "--policies", str(tmp_path / "policies"))
    assert found.exit_code == 0, found.output


def test_kept_policies_that_were_changed_are_not_taken(amity, logged, tmp_path):
    place = logged(count=1)
    [kept] = beside(place).iterdir()
    change(tmp_path / "policies", 9)
    from amity.bundles.archive import pack
    from amity.bundles.folder import read_folder
    from amity.source import Problems

    other = pack(read_folder(tmp_path / "policies", Problems()), "x", "", "test").to_bytes()
    (kept / "0.tar.gz").write_bytes(other)
    assert "R115" in amity("log", "replay", place, "1", *KEY).stdout


def test_without_the_master_key_it_says_what_is_missing(amity, logged):
    place = logged(count=1)
    done = amity("log", "replay", place, "1")
    assert done.exit_code == 1
    assert "R105" in done.stdout


def test_a_log_of_views_alone_says_that_it_cannot_compare(amity, logged):
    place = logged(master_keys=(), count=1)
    done = amity("log", "replay", place, "1", "-o", "json")
    assert done.exit_code == 1
    told = json.loads(done.stdout)
    assert told["result"] == "impossible"
    assert [problem["code"] for problem in told["problems"]] == ["R102"]


@pytest.mark.parametrize("given", [(), ("1", "--all")], ids=str)
def test_either_decisions_are_named_or_all_are_meant(amity, logged, given):
    assert amity("log", "replay", logged(count=1), *given).exit_code == 2


def test_the_sealed_original_has_what_the_view_has_not(amity, logged):
    place = logged(count=1)
    shown = json.loads(amity("log", "show", place, "1", "-o", "json").stdout)
    assert shown["hasOriginal"]

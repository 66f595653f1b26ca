"""`amity signals` and `amity plugins list`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from google.protobuf import json_format

from amity.v1 import catalog_service_pb2, signal_pb2

TINY = ("--policies", str(Path(__file__).parent / "bundle"))


def test_signals_are_listed_with_what_they_mean(amity):
    result = amity("signals", *TINY, COLUMNS="100")
    assert "agent.apology" in result.stdout
    assert result.exit_code == 0


def test_signals_of_one_subject(amity):
    listed = json.loads(amity("signals", "--subject", "team", "-o", "json", *TINY).stdout)
    assert {definition["name"].partition(".")[0] for definition in listed} == {"team"}


def test_signals_in_json_are_messages_of_the_contract(amity):
    for plain in json.loads(amity("signals", "-o", "json", *TINY).stdout):
        json_format.ParseDict(plain, signal_pb2.SignalDefinition())


def test_one_signal_is_shown_with_what_it_is_not_and_who_reports_it(amity):
    result = amity("signals", "agent.apology", *TINY, COLUMNS="100")
    assert "It is not" in result.stdout
    assert "Reported by: cues" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["agent.apologies"], '"agent.apology"'), (["--subject", "agents"], '"agent"')],
)
def test_an_unknown_signal_is_told_with_the_nearest(arguments, said, amity):
    result = amity("signals", *arguments, *TINY)
    assert said in result.stderr
    assert result.exit_code == 2


def test_plugins_are_listed_with_what_they_contribute(amity):
    result = amity("plugins", "list", *TINY, COLUMNS="120")
    assert "actions coach, notify-supervisor, follow-up-task" in result.stdout


def test_plugins_in_json_are_messages_of_the_contract(amity):
    for plain in json.loads(amity("plugins", "list", "-o", "json", *TINY).stdout):
        json_format.ParseDict(plain, catalog_service_pb2.Plugin())


def test_a_plugin_left_out_is_listed_as_disabled(amity, tmp_path):
    cues_only = Path(__file__).parent / "bundle" / "promises.yaml"
    (tmp_path / "promises.yaml").write_text(cues_only.read_text(encoding="utf-8"), encoding="utf-8")
    listed = amity(
        "plugins", "list", "-o", "json", "--no-plugin", "amity_crm", "--policies", str(tmp_path)
    )
    health = {plugin["name"]: plugin["health"] for plugin in json.loads(listed.stdout)}
    assert health["amity_crm"] == "PLUGIN_HEALTH_DISABLED"

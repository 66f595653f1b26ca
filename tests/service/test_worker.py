"""The worker tells what goes wrong in it, and never takes the server along."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.bundles.contents import BundleFile, Contents
from amity.bundles.folder import read_folder
from amity.plugins.host import PluginSelection, load_plugins
from amity.service.worker import Worker, selection_of
from amity.source import Problems

BUNDLE = Path(__file__).parent / "bundle"
PLUGIN = """
import os, sys
from amity.sdk import hookimpl

@hookimpl
def amity_detectors(cues):
    print("plugins may print what they like")
    if cues.signals:
        {fault}
    return ()
"""


@pytest.fixture
def check(tmp_path, monkeypatch):
    """Checks the small bundle with a plugin that has a fault in its detectors."""

    def run(name, fault):
        (tmp_path / f"{name}.py").write_text(PLUGIN.format(fault=fault), encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        host = load_plugins(PluginSelection(("amity_crm", "amity_cues", name)))
        return Worker(60).check([read_folder(BUNDLE, Problems())], host)

    return run


def test_a_good_report_has_the_compiled_cues(check):
    report = check("shy_plugin", "pass")
    assert not report.problems
    assert (report.policies, report.rules) == (1, 3)
    assert report.cues.matcher.signals


def test_a_plugin_that_fails_with_the_policies_keeps_them_from_being_taken_up(check):
    (problem,) = check("touchy_plugin", "raise ValueError('not these')").problems
    assert problem.code == "B241"
    assert "touchy_plugin" in problem.message
    assert "not these" in problem.message


def test_a_worker_that_dies_is_told_with_its_last_words(check):
    (problem,) = check("deadly_plugin", "sys.stderr.write('goodbye\\n'); os._exit(7)").problems
    assert (problem.code, "code 7: goodbye" in problem.message) == ("B242", True)


def test_policies_that_need_more_memory_than_is_allowed_are_told():
    pytest.importorskip("resource")
    text = f"a: {'b' * 3_900_000}\n"
    parts = [Contents(tuple(BundleFile(f"{n}.yaml", text) for n in range(24)), "x")]
    (problem,) = Worker(60, 300).check(parts, load_plugins()).problems
    assert (problem.code, "300 megabytes" in problem.message) == ("B247", True)


def test_the_worker_loads_the_plugins_that_the_server_has():
    host = load_plugins(PluginSelection(disabled=("amity_crm",)))
    assert selection_of(host).enabled == tuple(
        record.name for record in host.records if record.health == "ok"
    )
    assert "amity_crm" in selection_of(host).disabled

"""Plugins are found in a fixed order, isolated from each other, and named when they fail."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

import amity_sentences
from amity.errors import BadPlugin
from amity.judge import open_judge
from amity.plugins.host import PluginHost, PluginSelection, load_plugins
from amity.sdk import Finding, Kind, SignalDefinition, hookimpl
from amity.testkit import talk

ONLY_BUNDLED = ("amity_crm", "amity_cues")
TINY = [Path(__file__).parents[1] / "tiny"]


@pytest.fixture
def plugin(request: pytest.FixtureRequest):
    """Make importable plugins that live for one test: plugin(name, hook=function, …)."""
    made: list[str] = []

    def make(name: str, **hooks: object) -> str:
        module = ModuleType(name)
        module.__spec__ = __import__("importlib.machinery").machinery.ModuleSpec(name, None)
        for hook, function in hooks.items():
            setattr(module, hook, hookimpl(function) if callable(function) else function)
        sys.modules[name] = module
        made.append(name)
        return name

    yield make
    for name in made:
        del sys.modules[name]


def record(host: PluginHost, name: str):
    return next(found for found in host.records if found.name == name)


class Shouting:
    name = "shouting"
    signals = frozenset({"customer.anger"})

    def detect(self, turns):
        return [
            Finding("customer.anger", turn.index, 0, len(turn.text), 0.9)
            for turn in turns
            if turn.role == "customer" and turn.text.isupper()
        ]


def test_bundled_plugins_load_through_their_entry_points():
    host = load_plugins()
    assert [found.name for found in host.records] == sorted(found.name for found in host.records)
    for name in ONLY_BUNDLED:
        assert record(host, name).health == "ok"
        assert record(host, name).version
        assert record(host, name).distribution == "amity-engine"


def test_only_enabled_plugins_are_loaded():
    host = load_plugins(PluginSelection(enabled=("amity_crm",)))
    assert record(host, "amity_crm").health == "ok"
    assert record(host, "amity_cues").health == "disabled"


def test_a_disabled_plugin_is_not_loaded():
    host = load_plugins(PluginSelection(disabled=("amity_crm",)))
    assert record(host, "amity_crm").health == "disabled"
    assert not host.actions


def loaded(*enabled: str, disabled: tuple[str, ...] = ()) -> set[str]:
    host = load_plugins(PluginSelection(enabled, disabled))
    return {found.name for found in host.records if found.health == "ok"}


def test_an_optional_plugin_is_listed_and_not_loaded_until_it_is_named():
    found = record(load_plugins(), "amity_emotion")
    assert found.health == "disabled"
    assert found.distribution == "amity-engine"
    assert loaded("amity_emotion") == loaded() | {"amity_emotion"}


def test_an_optional_plugin_is_loaded_beside_the_usual_ones_that_are_named_with_it():
    assert loaded("amity_crm", "amity_emotion") == {"amity_crm", "amity_emotion"}
    found = loaded("amity_emotion", disabled=("amity_crm",))
    assert found == loaded("amity_emotion") - {"amity_crm"}


def test_an_optional_plugin_is_not_loaded_where_the_environment_does_not_allow_it(monkeypatch):
    monkeypatch.setenv("AMITY_PLUGINS", "amity_cues")
    assert loaded("amity_emotion") == {"amity_cues"}


def test_the_environment_can_allow_only_some_plugins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AMITY_PLUGINS", "amity_cues, other")
    host = load_plugins()
    assert record(host, "amity_cues").health == "ok"
    assert record(host, "amity_crm").health == "disabled"


def test_a_plugin_that_does_not_exist_is_named_with_the_nearest_one():
    with pytest.raises(BadPlugin) as caught:
        load_plugins(PluginSelection(enabled=("amity_cue",)))
    (problem,) = caught.value.problems
    assert problem.code == "P101"
    assert "amity_cue" in problem.message
    assert "amity_cues" in problem.fix


def test_a_module_can_be_a_plugin_without_being_installed(plugin):
    name = plugin("team_shouting", amity_detectors=lambda: [Shouting()])
    judge = open_judge(TINY, plugins=PluginSelection(enabled=(*ONLY_BUNDLED, name)))
    assert "shouting" in judge.detectors_of("customer.anger")
    assert record(judge.host, name).detectors == ("shouting",)


def test_a_plugin_that_fails_on_import_is_set_aside_and_named(tmp_path: Path, monkeypatch):
    (tmp_path / "broken_on_import.py").write_text("raise RuntimeError('no licence key')\n")
    monkeypatch.syspath_prepend(tmp_path)
    host = load_plugins(PluginSelection(enabled=(*ONLY_BUNDLED, "broken_on_import")))
    failed = record(host, "broken_on_import")
    assert failed.health == "not_loaded"
    assert "no licence key" in failed.problem.message
    assert record(host, "amity_cues").health == "ok"
    assert failed.problem in host.problems


def test_a_misspelt_hook_is_refused_by_name(plugin):
    name = plugin("misspelt", amity_detectorz=lambda: ())
    failed = record(load_plugins(PluginSelection(enabled=(name,))), name)
    assert failed.health == "not_loaded"
    assert "amity_detectorz" in failed.problem.message


def test_a_hook_that_raises_sets_only_its_own_plugin_aside(plugin):
    def explode():
        raise OSError("the model file is missing")

    name = plugin("explodes", amity_detectors=explode)
    judge = open_judge(TINY, plugins=PluginSelection(enabled=(*ONLY_BUNDLED, name)))
    assert record(judge.host, name).health == "not_loaded"
    assert "the model file is missing" in record(judge.host, name).problem.message
    assert judge.detectors_of("agent.apology")


def test_a_plugin_for_another_api_is_refused(plugin):
    name = plugin("from_the_future", AMITY_API=99)
    assert "API 99" in record(load_plugins(PluginSelection(enabled=(name,))), name).problem.message


def test_the_digest_of_a_model_is_part_of_its_plugins_version(plugin):
    name = plugin("has_a_model", AMITY_DIGEST="60e0a856867c55f7" * 4)
    assert record(load_plugins(PluginSelection(enabled=(name,))), name).version == (
        "0+60e0a856867c55f7"
    )


def test_decisions_name_the_digest_of_the_sentence_model():
    decision = open_judge(TINY).evaluate(talk("customer: I am furious"))
    versions = {plugin.name: plugin.version for plugin in decision.plugins}
    assert versions["amity_sentences"].partition("+")[2] == amity_sentences.AMITY_DIGEST[:16]


@pytest.mark.parametrize("digest", ["60e0", "no digest", 7])
def test_what_is_no_digest_is_refused(plugin, digest):
    name = plugin("has_a_bad_model", AMITY_DIGEST=digest)
    failed = record(load_plugins(PluginSelection(enabled=(name,))), name)
    assert failed.health == "not_loaded"
    assert "AMITY_DIGEST" in failed.problem.message


def test_a_plugin_can_add_a_signal_and_detect_it(plugin):
    definition = SignalDefinition("customer.in_a_hurry", Kind.NEED, "Says that time is short.")

    class Hurry:
        name = "hurry"
        signals = frozenset({"customer.in_a_hurry"})

        def detect(self, turns):
            return []

    name = plugin("hurried", amity_signals=lambda: [definition], amity_detectors=lambda: [Hurry()])
    judge = open_judge(TINY, plugins=PluginSelection(enabled=(*ONLY_BUNDLED, name)))
    assert "customer.in_a_hurry" in judge.catalogue
    assert judge.detectors_of("customer.in_a_hurry") == ("hurry",)


@pytest.mark.parametrize(
    ("definition", "reason"),
    [
        (SignalDefinition("agent.anger", Kind.EMOTION, "Is angry."), "emotion of an employee"),
        (SignalDefinition("team.stress", Kind.EMOTION, "Is stressed."), "emotion of an employee"),
        (SignalDefinition("robot.apology", Kind.ACT, "Is sorry."), "subject.behaviour"),
        (SignalDefinition("agent.apology", Kind.ACT, "Is sorry."), "already in the catalogue"),
        (SignalDefinition("agent.nod", Kind.ACT, " "), "needs a meaning"),
        ("agent.nod", "SignalDefinition"),
    ],
)
def test_a_signal_that_may_not_be_is_refused(plugin, definition, reason):
    name = plugin("adds_a_signal", amity_signals=lambda: [definition])
    failed = record(load_plugins(PluginSelection(enabled=(name,))), name)
    assert failed.health == "not_loaded"
    assert reason in failed.problem.message


def test_a_detector_of_unknown_signals_is_refused(plugin):
    class Wrong:
        name = "wrong"
        signals = frozenset({"customer.telepathy"})

        def detect(self, turns):
            return []

    name = plugin("telepathic", amity_detectors=lambda: [Wrong()])
    judge = open_judge(TINY, plugins=PluginSelection(enabled=(*ONLY_BUNDLED, name)))
    assert "customer.telepathy" in record(judge.host, name).problem.message


def test_a_detector_name_is_taken_once(plugin):
    first = plugin("a_first", amity_detectors=lambda: [Shouting()])
    second = plugin("b_second", amity_detectors=lambda: [Shouting()])
    judge = open_judge(TINY, plugins=PluginSelection(enabled=(*ONLY_BUNDLED, first, second)))
    assert record(judge.host, first).health == "ok"
    assert "a_first" in record(judge.host, second).problem.message


def test_a_policy_folder_that_does_not_exist_is_refused(plugin):
    name = plugin("no_folder", amity_policies=lambda: [Path("nowhere-at-all")])
    failed = record(load_plugins(PluginSelection(enabled=(name,))), name)
    assert "nowhere-at-all" in failed.problem.message

"""Finds, loads and watches plugins; one that fails is named and set aside, and the rest go on."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy

from amity.errors import Problem
from amity.plugins import hookspecs
from amity.plugins.contract import Action, Detector, Refiner
from amity.plugins.inspection import (
    check_action,
    check_detector,
    check_folder,
    check_refiner,
    check_signal,
)
from amity.plugins.selection import ALL_PLUGINS, PluginSelection, Points
from amity.signals import Catalogue, SignalDefinition, builtin_catalogue

if TYPE_CHECKING:
    from pathlib import Path

    from amity.cues.matcher import CueMatcher

__all__ = ["ALL_PLUGINS", "PluginHost", "PluginRecord", "PluginSelection", "load_plugins"]

_DIGEST = re.compile("[0-9a-f]{64}")
_DIGITS = 16


@dataclass(slots=True)
class PluginRecord:
    """A plugin and how it is doing: ``ok``, ``failing``, ``not_loaded`` or ``disabled``.

    ``version`` is that of its distribution, with the digest of its model where it has one.
    """

    name: str
    version: str = ""
    distribution: str = ""
    health: str = "ok"
    detectors: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    failures: int = 0
    problem: Problem | None = None

    @property
    def label(self) -> str:
        """The name with the version: "amity_cues 0.1.0"."""
        return f"{self.name} {self.version}".strip()

    def fail(self, problem: Problem) -> None:
        """Count a failure of something that the plugin contributed."""
        self.failures += 1
        self.health = "failing"
        self.problem = problem


@dataclass(slots=True)
class PluginHost:
    """The loaded plugins with what they contributed. ``records`` has all, in the order of names."""

    records: tuple[PluginRecord, ...]
    catalogue: Catalogue
    actions: dict[str, tuple[PluginRecord, Action]] = field(default_factory=dict)
    folders: tuple[Path, ...] = ()
    _refiners: list[tuple[PluginRecord, Refiner]] = field(default_factory=list)
    _manager: pluggy.PluginManager = field(
        default_factory=lambda: pluggy.PluginManager(hookspecs.PROJECT)
    )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Why plugins are not loaded."""
        return tuple(
            record.problem
            for record in self.records
            if record.problem and record.health == "not_loaded"
        )

    def detectors(self, cues: CueMatcher) -> list[tuple[PluginRecord, Detector]]:
        """A new set of detectors for a bundle whose compiled cue packs are *cues*."""
        taken: dict[str, str] = {}
        found: list[tuple[PluginRecord, Detector]] = []

        def keep(record: PluginRecord, detector: Detector) -> None:
            check_detector(detector, self.catalogue, taken)
            taken[detector.name] = record.label
            found.append((record, detector))

        self._collect("amity_detectors", keep, cues=cues)
        for record in self.records:
            record.detectors = tuple(detector.name for owner, detector in found if owner is record)
        return [pair for pair in found if pair[0].health != "not_loaded"]

    @property
    def refiners(self) -> tuple[tuple[PluginRecord, Refiner], ...]:
        """What adds attributes to signals, in the order of the plugins' names."""
        return tuple(pair for pair in self._refiners if pair[0].health != "not_loaded")

    def _collect(
        self, hook: str, keep: Callable[[PluginRecord, Any], None], **arguments: object
    ) -> None:
        """Give each plugin's contributions to *keep*; a plugin that raises is set aside."""
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        by_name = {record.name: record for record in self.records}
        for implementation in sorted(caller.get_hookimpls(), key=lambda found: found.plugin_name):
            record = by_name[implementation.plugin_name]
            chosen = {
                name: arguments[name] for name in implementation.argnames if name in arguments
            }
            try:
                contributions: Any = implementation.function(**chosen)
                for contribution in contributions or ():
                    keep(record, contribution)
            except Exception as error:  # noqa: BLE001 - somebody else's code
                self._set_aside(record, f"{hook} failed", error)

    def _set_aside(self, record: PluginRecord, what: str, error: BaseException) -> None:
        record.health = "not_loaded"
        record.problem = _problem(record, what, error)
        plugin = self._manager.get_plugin(record.name)
        if plugin is not None:
            self._manager.unregister(plugin)


def load_plugins(selection: PluginSelection = ALL_PLUGINS) -> PluginHost:
    """Find and load plugins, in the order of their names.

    The environment variable ``AMITY_PLUGINS``, when set, lists by comma the only names that may be
    loaded at all. Raises BadPlugin when a plugin that was asked for by name does not exist.
    """
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    points = Points()
    records = []
    for name in sorted(points.wanted(selection)):
        record = _describe(name, points.get(name))
        records.append(record)
        if points.is_blocked(name, selection):
            record.health = "disabled"
        else:
            _register(manager, record, points.get(name))
    host = PluginHost(tuple(records), builtin_catalogue(), _manager=manager)
    _gather(host)
    return host


def _describe(name: str, point: EntryPoint | None) -> PluginRecord:
    if point is None or point.dist is None:
        return PluginRecord(name)
    return PluginRecord(name, point.dist.version, point.dist.name)


def _register(
    manager: pluggy.PluginManager, record: PluginRecord, point: EntryPoint | None
) -> None:
    try:
        plugin: ModuleType | object = (
            point.load() if point else importlib.import_module(record.name)
        )
        _check_version(plugin)
        record.version = _with_digest(record.version, plugin)
        manager.register(plugin, record.name)
        manager.check_pending()
    except Exception as error:  # noqa: BLE001 - somebody else's code
        if manager.get_plugin(record.name) is not None:
            manager.unregister(name=record.name)
        record.health = "not_loaded"
        record.problem = _problem(record, "cannot be loaded", error)


def _check_version(plugin: object) -> None:
    wanted = getattr(plugin, "AMITY_API", hookspecs.API_VERSION)
    if wanted != hookspecs.API_VERSION:
        message = f"it is made for plugin API {wanted}; this is {hookspecs.API_VERSION}"
        raise TypeError(message)


def _with_digest(version: str, plugin: object) -> str:
    """*version* with what the plugin says of the data that it judges by, as "0.1.0+61c0fe2c10255889"."""
    digest = getattr(plugin, "AMITY_DIGEST", "")
    if not digest:
        return version
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise ValueError("its AMITY_DIGEST is no SHA-256 in 64 hexadecimal digits")
    return f"{version or '0'}+{digest[:_DIGITS]}"


def _gather(host: PluginHost) -> None:
    """Collect what does not depend on a bundle: signals first, since detectors and policies name them."""
    definitions: list[SignalDefinition] = list(host.catalogue)

    def keep_signal(_record: PluginRecord, definition: SignalDefinition) -> None:
        check_signal(definition, definitions)
        definitions.append(definition)

    def keep_action(record: PluginRecord, action: Action) -> None:
        check_action(action, host.actions)
        host.actions[action.name] = (record, action)
        record.actions = (*record.actions, action.name)

    folders: list[Path] = []

    def keep_folder(_record: PluginRecord, folder: Path) -> None:
        check_folder(folder)
        folders.append(folder)

    def keep_refiner(record: PluginRecord, refiner: Refiner) -> None:
        check_refiner(refiner, host.catalogue, [other.name for _, other in host._refiners])
        host._refiners.append((record, refiner))

    host._collect("amity_signals", keep_signal)
    host.catalogue = Catalogue(definitions)
    host._collect("amity_actions", keep_action)
    host.actions = {
        name: (record, action)
        for name, (record, action) in host.actions.items()
        if record.health != "not_loaded"
    }
    host._collect("amity_policies", keep_folder)
    host._collect("amity_refiners", keep_refiner)
    host.folders = tuple(folders)


def _problem(record: PluginRecord, what: str, error: BaseException) -> Problem:
    where = f" from {record.distribution} {record.version}" if record.distribution else ""
    message = f"plugin {record.name!r}{where} {what}: {type(error).__name__}: {error}"
    return Problem(
        "P102",
        " ".join(message.split())[:500],
        fix="repair or update it, or switch it off with --no-plugin",
    )


def usable(records: Iterable[PluginRecord]) -> Sequence[PluginRecord]:
    """The records of plugins that are loaded."""
    return [record for record in records if record.health in {"ok", "failing"}]

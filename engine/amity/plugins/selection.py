"""Which plugins there are, and which of them are loaded."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points

from amity.errors import BadPlugin, Problem
from amity.fields import nearest

__all__ = ["ALL_PLUGINS", "PluginSelection", "Points"]

GROUP = "amity"
OPTIONAL_GROUP = "amity.optional"
ALLOW_LIST = "AMITY_PLUGINS"


@dataclass(frozen=True, slots=True)
class PluginSelection:
    """Which plugins to load: only ``enabled`` where it names any, and never ``disabled``.

    A name is that of an entry point in group ``amity`` or ``amity.optional``, or an importable
    module. A plugin in ``amity.optional`` is loaded only where ``enabled`` names it; where it names
    nothing else, beside all that are loaded without it.
    """

    enabled: tuple[str, ...] = ()
    disabled: tuple[str, ...] = ()


ALL_PLUGINS = PluginSelection()


class Points:
    """The entry points of all plugins that are installed."""

    def __init__(self) -> None:
        usual, optional = (
            {point.name: point for point in entry_points(group=group)}
            for group in (GROUP, OPTIONAL_GROUP)
        )
        self._all = {**optional, **usual}
        self._optional = frozenset(optional) - frozenset(usual)

    def get(self, name: str) -> EntryPoint | None:
        """The entry point *name*; None for a module that is none."""
        return self._all.get(name)

    def wanted(self, selection: PluginSelection) -> set[str]:
        """The names of all plugins, and of modules that *selection* names; BadPlugin for no plugin."""
        unknown = [
            name for name in (*selection.enabled, *selection.disabled) if not self._exists(name)
        ]
        if unknown:
            fix = "`amity plugins list` shows those that there are"
            problems = [
                Problem(
                    "P101",
                    f'there is no plugin "{name}"',
                    fix=nearest(name, sorted(self._all), fix),
                )
                for name in unknown
            ]
            raise BadPlugin("A plugin that was asked for does not exist.", problems)
        return {*self._all, *selection.enabled}

    def is_blocked(self, name: str, selection: PluginSelection) -> bool:
        """Whether the plugin *name* is not loaded, by *selection* or by the environment."""
        allowed = os.environ.get(ALLOW_LIST)
        if allowed is not None and name not in {item.strip() for item in allowed.split(",")}:
            return True
        if name in selection.disabled:
            return True
        # To name optional plugins alone switches them on, and nothing off.
        narrows = name in self._optional or not self._optional.issuperset(selection.enabled)
        return narrows and name not in selection.enabled

    def _exists(self, name: str) -> bool:
        if name in self._all:
            return True
        try:
            return importlib.util.find_spec(name) is not None
        except (ImportError, ValueError):
            return False

"""Has refiners say more about signals; where one fails, the signal is unknown rather than half known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from amity.errors import Problem
from amity.plugins.contract import Refiner, TurnView
from amity.plugins.failures import reason_of
from amity.plugins.host import PluginRecord
from amity.signals import Signal

__all__ = ["Refined", "Refiners"]

# The signals, what is unknown now, and why.
Refined = tuple[list[Signal], dict[tuple[str, int], str], list[Problem]]


class Refiners:
    """A host's refiners, asked in the order of their plugins' names."""

    def __init__(self, refiners: Iterable[tuple[PluginRecord, Refiner]]) -> None:
        self._by_signal: dict[str, list[tuple[PluginRecord, Refiner]]] = {}
        for record, refiner in refiners:
            for name in refiner.signals:
                self._by_signal.setdefault(name, []).append((record, refiner))

    def refine(self, signals: Sequence[Signal], views: Mapping[int, TurnView]) -> Refined:
        """*signals*, which were found in *views*, with what the refiners add to them."""
        unknown: dict[tuple[str, int], str] = {}
        problems: list[Problem] = []
        refined = []
        for found in signals:
            signal = found
            for record, refiner in self._by_signal.get(signal.name, ()):
                try:
                    signal = _refined(refiner, views[signal.turn], signal)
                except Exception as error:  # noqa: BLE001 - somebody else's code
                    reason = reason_of("refiner", refiner.name, record.label, error)
                    told = reason_of("refiner", refiner.name, record.label, error, quotes=False)
                    problems.append(_problem(reason, signal))
                    record.fail(_problem(told, signal))  # the record is shown to everybody
                    unknown[signal.name, signal.turn] = reason
            refined.append(signal)
        return refined, unknown, problems


def _refined(refiner: Refiner, turn: TurnView, signal: Signal) -> Signal:
    added = dict(refiner.refine(turn, signal))
    if not all(isinstance(text, str) for pair in added.items() for text in pair):
        raise TypeError("it gave attributes that are not text")
    return replace(signal, attributes={**signal.attributes, **added}) if added else signal


def _problem(reason: str, signal: Signal) -> Problem:
    return Problem(
        "D105",
        f"{reason} over {signal.name} in turn {signal.turn}; rules that need it there abstain",
        fix="report it to the plugin's authors; --no-plugin switches it off",
    )

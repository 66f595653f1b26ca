"""What detectors' scores are worth with one's own customers: reviewed data, a file of its own.

A curve turns a score into the share of such findings that were right among labelled turns; a
finding whose calibrated score is under ``least`` is not reported. ``amity calibrate`` writes such
files, people review them, and the bundle's digest covers them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from amity.fields import Fields, nearest
from amity.signals import Catalogue, Signal
from amity.source import Node, Problems

__all__ = ["AS_FOUND", "Calibration", "Curve", "join", "load_calibration"]

MOST_POINTS = 50
_REQUIRED = ("apiVersion", "kind", "metadata", "signals")
_HEAD = ("name", "owner", "version")


@dataclass(frozen=True, slots=True)
class Curve:
    """A rising line through points (score as found, share that was right), level outside them."""

    points: tuple[tuple[float, float], ...] = ()
    least: float = 0.0

    def __call__(self, score: float) -> float:
        """The calibrated score.

        >>> Curve(((0.5, 0.2), (0.9, 0.8)))(0.7)
        0.5
        """
        if not self.points:
            return score
        at = bisect_right(self.points, (score, 1.0))
        if at == 0 or at == len(self.points):
            return self.points[max(at - 1, 0)][1]
        (x0, y0), (x1, y1) = self.points[at - 1], self.points[at]
        return round(y0 + (y1 - y0) * (score - x0) / (x1 - x0), 4)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The curve of each signal that has one; the others' scores stay as they are found."""

    curves: Mapping[str, Curve] = field(default_factory=dict)
    places: Mapping[str, Node] = field(default_factory=dict, compare=False)

    def apply(self, signals: list[Signal]) -> list[Signal]:
        """*signals* with calibrated scores, without those that are under the least of theirs.

        Their sources keep the scores that the detectors gave.
        """
        if not self.curves:
            return signals
        kept = []
        for signal in signals:
            curve = self.curves.get(signal.name)
            score = curve(signal.score) if curve else signal.score
            if curve is None or score >= curve.least:
                kept.append(replace(signal, score=score) if score != signal.score else signal)
        return kept


AS_FOUND = Calibration()


def join(calibrations: Iterable[Calibration], problems: Problems) -> Calibration:
    """One calibration out of those of several files; a signal that two of them have is a problem."""
    curves: dict[str, Curve] = {}
    places: dict[str, Node] = {}
    for calibration in calibrations:
        for name, curve in calibration.curves.items():
            place = calibration.places[name]
            if (first := places.setdefault(name, place)) is not place:
                said = f"{name} is already calibrated in {first.file}"
                problems.add("N103", place, said, "keep one of the two")
            curves.setdefault(name, curve)
    return Calibration(curves, places)


def load_calibration(node: Node, catalogue: Catalogue, problems: Problems) -> Calibration | None:
    """The calibration at *node*; None when it cannot be used."""
    before = len(problems)
    fields = Fields(node, problems, required=_REQUIRED, what="a calibration")
    head = fields.get("metadata")
    if head is not None:
        metadata = Fields(head, problems, required=_HEAD, optional=("intent",), what="metadata")
        metadata.text("name")
        metadata.text("owner")
        metadata.text("intent")
        metadata.count("version", 1, high=1_000_000)
    signals = fields.get("signals")
    if signals is not None and not isinstance(signals.value, dict):
        problems.add("Y110", signals, f'"signals" must be a mapping, not {signals.kind}')
    curves: dict[str, Curve] = {}
    for name, place in (signals.entries if signals else {}).items():
        if name not in catalogue:
            key = signals.keys[name] if signals else place
            problems.add(
                "N101", key, f'there is no signal "{name}"', nearest(name, catalogue.names())
            )
        curves[name] = _curve(place, problems)
    places = dict(signals.keys) if signals else {}
    return Calibration(curves, places) if len(problems) == before else None


def _curve(node: Node, problems: Problems) -> Curve:
    optional = ("curve", "least", "turns", "found", "right")
    fields = Fields(node, problems, optional=optional, what="a signal's calibration")
    for counted in ("turns", "found", "right"):  # for people who review it
        fields.count(counted, 0, low=0, high=1_000_000_000)
    least = fields.number("least", 0.0, 0, 1, "N104")
    points = fields.get("curve")
    return Curve(_points(points, problems) if points else (), least)


def _points(node: Node, problems: Problems) -> tuple[tuple[float, float], ...]:
    pairs = [[_share(part) for part in pair.items] for pair in node.items]
    # Whatever else stands in a pair is a mistake, and not to be passed over.
    whole = [[one for one in pair if one is not None] for pair in pairs if len(pair) == 2]  # noqa: PLR2004
    points = tuple((pair[0], pair[1]) for pair in whole if len(pair) == 2)  # noqa: PLR2004
    is_rising = all(x0 < x1 and y0 <= y1 for (x0, y0), (x1, y1) in pairwise(points))
    if len(points) < len(pairs) or not 2 <= len(points) <= MOST_POINTS or not is_rising:  # noqa: PLR2004
        problems.add(
            "N102",
            node,
            f"a curve is a list of 2 to {MOST_POINTS} pairs [score, share that was right], each from 0 to 1, and both rise",
            "write it as [[0.5, 0.4], [0.9, 0.8]]",
        )
        return ()
    return points


def _share(node: Node) -> float | None:
    value = node.value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= 1 else None

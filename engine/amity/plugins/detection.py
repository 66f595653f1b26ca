"""Runs detectors over turns: each alone, so that what one cannot say is unknown and the rest is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from amity.calibration import AS_FOUND, Calibration
from amity.conversation import Role
from amity.errors import Problem
from amity.plugins.contract import Detector, Finding, OpinionatedDetector, Refiner, TurnView
from amity.plugins.failures import reason_of
from amity.plugins.host import PluginRecord
from amity.plugins.merging import Said, merge
from amity.plugins.refining import Refiners
from amity.signals import SPEAKERS, Signal, Source

__all__ = ["Detection", "Detectors"]


@dataclass(slots=True)
class Detection:
    """What was found in some turns, and what is unknown: (signal, turn) to the reason."""

    signals: list[Signal] = field(default_factory=list)
    unknown: dict[tuple[str, int], str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def add(self, other: Detection) -> None:
        """Take in the detection of later turns."""
        self.signals += other.signals
        self.unknown.update(other.unknown)
        self.problems += other.problems


class Detectors:
    """A bundle's detectors, and the refiners. ``needed`` are the signals that its policies speak of."""

    def __init__(
        self,
        detectors: Sequence[tuple[PluginRecord, Detector]],
        needed: Iterable[str],
        refiners: Iterable[tuple[PluginRecord, Refiner]] = (),
        calibration: Calibration = AS_FOUND,
    ) -> None:
        self._detectors = tuple(detectors)
        self._opinionated = {
            detector.name: (record, detector)
            for record, detector in self._detectors
            if isinstance(detector, OpinionatedDetector)
        }
        self._calibration = calibration
        self._refiners = Refiners(refiners)
        self.by_signal: dict[str, tuple[str, ...]] = {}
        for _, detector in detectors:
            for name in detector.signals:
                self.by_signal[name] = (*self.by_signal.get(name, ()), detector.name)
        self.undetectable = sorted(set(needed) - self.by_signal.keys())

    def detect(self, turns: Sequence[TurnView]) -> Detection:
        """Everything that the detectors say about *turns*. Raises nothing of theirs."""
        detection = Detection()
        found: list[Said] = []
        for record, detector in self._detectors:
            try:
                findings = _checked(detector, turns)
            except Exception:  # noqa: BLE001 - somebody else's code
                findings = self._one_by_one(record, detector, turns, detection)
            found += [Said(detector.name, finding) for finding in findings]
        for name in self.undetectable:
            reason = f"no loaded plugin detects {name}"
            detection.unknown.update({(name, view.index): reason for view in turns})
        texts = {view.index: view.text for view in turns}
        detection.signals, unknown, problems = self._refiners.refine(
            self._calibration.apply(
                merge(self._thought_over(found, turns, detection), texts, self._opinionated)
            ),
            {view.index: view for view in turns},
        )
        detection.unknown.update(unknown)
        detection.problems += problems
        return detection

    def _thought_over(
        self, found: Sequence[Said], turns: Sequence[TurnView], detection: Detection
    ) -> Sequence[Said]:
        """*found*, with what the detectors that have opinions think of what others found."""
        opinions: dict[int, list[Source]] = {}
        for record, detector in self._opinionated.values():
            others = [place for place, said in enumerate(found) if said.detector != detector.name]
            if not others:
                continue
            try:
                thought = _thoughts(detector, turns, [found[place].finding for place in others])
            except Exception as error:  # noqa: BLE001 - somebody else's code
                reason = reason_of("detector", detector.name, record.label, error)
                told = reason_of("detector", detector.name, record.label, error, quotes=False)
                record.fail(_silent(told))
                detection.problems.append(_silent(reason))
                continue
            for place, chance in zip(others, thought, strict=True):
                if chance is not None:
                    opinions.setdefault(place, []).append(Source(detector.name, chance))
        if not opinions:
            return found
        return [
            Said(detector, finding, opinions.get(place, ()))
            for place, (detector, finding, _) in enumerate(found)
        ]

    def _one_by_one(
        self,
        record: PluginRecord,
        detector: Detector,
        turns: Sequence[TurnView],
        detection: Detection,
    ) -> list[Finding]:
        """Try each turn alone, so that one bad turn does not hide what is known of the others."""
        findings: list[Finding] = []
        for view in turns:
            try:
                findings += _checked(detector, [view])
            except Exception as error:  # noqa: BLE001 - somebody else's code
                reason = reason_of("detector", detector.name, record.label, error)
                told = reason_of("detector", detector.name, record.label, error, quotes=False)
                # What the exception says may quote the turn. The caller who sent it may read that;
                # the record is shown to everybody.
                record.fail(_problem(told, view.index))
                detection.problems.append(_problem(reason, view.index))
                detection.unknown.update({(name, view.index): reason for name in detector.signals})
        return findings


def _problem(reason: str, turn: int) -> Problem:
    return Problem(
        "D101",
        f"{reason} in turn {turn}; rules that need its signals there abstain",
        fix="report it to the plugin's authors; --no-plugin switches it off",
    )


def _silent(reason: str) -> Problem:
    return Problem(
        "D106",
        f"{reason} over what other detectors found; their scores stay as they are",
        fix="report it to the plugin's authors; --no-plugin switches it off",
    )


def _thoughts(
    detector: OpinionatedDetector, turns: Sequence[TurnView], found: Sequence[Finding]
) -> Sequence[float | None]:
    """The opinions of *detector*; raises ValueError when they are not what the contract allows."""
    thought = list(detector.opinions(turns, found))
    if len(thought) != len(found):
        raise ValueError(f"it gave {len(thought)} opinions on {len(found)} findings")
    for chance in thought:
        if chance is not None and not 0 <= chance <= 1:
            raise ValueError(f"it gave the opinion {chance}")
    return thought


def _checked(detector: Detector, turns: Sequence[TurnView]) -> list[Finding]:
    """The findings of *detector*; raises ValueError when one is not what the contract allows."""
    views = {view.index: view for view in turns}
    findings = list(detector.detect(turns))
    for finding in findings:
        view = views.get(finding.turn)
        if view is None:
            raise ValueError(f"it reported turn {finding.turn}, which it was not asked about")
        if finding.signal not in detector.signals:
            raise ValueError(f"it reported {finding.signal}, which it does not declare")
        if not 0 <= finding.start < finding.end <= len(view.text):
            raise ValueError(
                f"it reported the span {finding.start} to {finding.end} of a turn of {len(view.text)} characters"
            )
        if not 0 <= finding.score <= 1:
            raise ValueError(f"it reported the score {finding.score}")
        if view.role not in _speakers(finding.signal):
            raise ValueError(f"it reported {finding.signal} of a {view.role}")
    return findings


@lru_cache(maxsize=1_000)
def _speakers(signal: str) -> frozenset[Role]:
    return SPEAKERS[signal.partition(".")[0]]

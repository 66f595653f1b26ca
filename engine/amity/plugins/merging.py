"""Makes one signal of what several detectors say about the same words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import exp, log, prod
from typing import NamedTuple

from amity.plugins.contract import Finding
from amity.signals import Signal, Source

__all__ = ["LEAST_REPORTED", "Said", "merge"]

LEAST_REPORTED = 0.35
"""What an opinion lowers below this score is not reported."""

# How likely a signal is that other detectors report with score c, while one that reads every sentence
# holds it for p likely: logistic regression on 1,172 findings in 1,625 turns that neither the cues
# nor that model had seen (docs/detection.md).
_START, _OPINION, _REPORT = -1.51, 0.53, 3.4
# An opinion below one in twenty says more than the rest of its scale.
_DOUBT, _UNLIKELY = 0.79, -3.0
# Detectors that read sentences each in their own way err apart, so what they hold together is surer
# than the mean of what each holds: a logistic regression of what people said of 2,297 turns on what
# amity_sentences and amity_deep hold of them has weights of 1.14 in all.
_SURER, _MORE = 1.14, 0.31
# An opinion is never surer than this: the fit saw few that were.
_SUREST = 0.995


class Said(NamedTuple):
    """What *detector* found, and what detectors that have opinions think of it."""

    detector: str
    finding: Finding
    opinions: Sequence[Source] = ()


def merge(
    found: Sequence[Said], texts: Mapping[int, str], opinionated: Collection[str] = ()
) -> list[Signal]:
    """Findings as signals; those of one name that overlap in a turn become one.

    The merged signal has the span of its surest finding (of the longest among equals). It names
    every detector that took part with its surest score, and its own score follows from these alone.
    Attributes are those of the surest finding; what it does not say is taken from the next.
    *opinionated* are the detectors that also say how likely they hold what others found.
    """
    groups: dict[tuple[int, str], list[Said]] = {}
    for item in found:
        groups.setdefault((item.finding.turn, item.finding.signal), []).append(item)
    signals = []
    for (turn, _), members in groups.items():
        for cluster in _overlapping(members) if len(members) > 1 else [members]:
            signal = _signal(cluster, texts[turn], opinionated)
            if signal is not None:
                signals.append(signal)
    signals.sort(key=lambda signal: (signal.turn, signal.start, signal.end, signal.name))
    return signals


def _overlapping(members: list[Said]) -> list[list[Said]]:
    members = sorted(members, key=lambda item: (item.finding.start, item.finding.end))
    clusters = [[members[0]]]
    end = members[0].finding.end
    for item in members[1:]:
        if item.finding.start < end:
            clusters[-1].append(item)
        else:
            clusters.append([item])
        end = max(end, item.finding.end)
    return clusters


def _signal(cluster: list[Said], text: str, opinionated: Collection[str]) -> Signal | None:
    """One signal of what overlaps; None where opinions leave too little of it."""
    if len(cluster) == 1 and not cluster[0].opinions:
        [(detector, best, _)] = cluster
        return _as_signal(best, text, best.score, (Source(detector, best.score),), best.attributes)
    if len(cluster) > 1:
        cluster = sorted(cluster, key=_surest_first)
    best = cluster[0].finding
    scores: dict[str, float] = {}
    attributes: dict[str, str] = {}
    for detector, finding, opinions in cluster:
        scores[detector] = max(finding.score, scores.get(detector, 0))
        for source in opinions:
            scores[source.detector] = max(source.score, scores.get(source.detector, 0))
        for key, value in finding.attributes.items():
            attributes.setdefault(key, value)
    reports = [score for detector, score in scores.items() if detector not in opinionated]
    thought = [score for detector, score in scores.items() if detector in opinionated]
    score = _weighed(_together(reports), thought) if thought else _together(reports)
    if thought and score < LEAST_REPORTED:
        return None
    sources = tuple(Source(detector, scores[detector]) for detector in sorted(scores))
    return _as_signal(best, text, score, sources, attributes)


def _as_signal(
    best: Finding,
    text: str,
    score: float,
    sources: tuple[Source, ...],
    attributes: Mapping[str, str],
) -> Signal:
    start, end = best.start, best.end
    quote = text[start:end]
    return Signal(best.signal, best.turn, start, end, quote, score, sources, attributes)


def _together(scores: Collection[float]) -> float:
    """One score of those of several detectors, as if each erred on its own; 0 of none."""
    if len(scores) == 1:
        return next(iter(scores))
    return round(1 - prod(1 - score for score in scores), 4)


def _weighed(reported: float, thought: Collection[float]) -> float:
    """What others report, in the light of what those that have opinions think of it.

    Their opinions count by the mean of their logits, made surer where there are several. A report
    with the score 1 is taken at its word: whoever writes such a cue says that there is nothing to
    weigh.
    """
    if reported == 1:
        return reported
    opinion = sum(map(_logit, thought)) / len(thought)
    if len(thought) > 1:
        opinion = _SURER * opinion + _MORE
    if not reported:
        return round(_chance(opinion), 4)
    doubt = _DOUBT * min(0.0, opinion - _UNLIKELY)
    return round(_chance(_START + _OPINION * opinion + doubt + _REPORT * reported), 4)


def _logit(chance: float) -> float:
    chance = min(_SUREST, max(1 - _SUREST, chance))
    return log(chance / (1 - chance))


def _chance(logit: float) -> float:
    return 1 / (1 + exp(-logit))


def _surest_first(said: Said) -> tuple[float, int, int, str]:
    detector, finding, _ = said
    return -finding.score, finding.start - finding.end, finding.start, detector

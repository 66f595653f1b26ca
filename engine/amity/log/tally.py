"""What a batch adds to the daily sums, gathered in memory so that each row is written once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from operator import add, itemgetter
from typing import Any, Protocol

from sqlalchemy import Table

from amity.evaluate.outcome import State
from amity.log.tables import (
    daily_findings,
    daily_totals,
    daily_verdicts,
    group_findings,
    group_totals,
    group_verdicts,
)

__all__ = ["MILLION", "OPEN", "STATES", "WEIGHTED", "Counted", "Tally", "millionths"]

OPEN = "open"
WEIGHTED = {State.SHOWN.value: "weight_shown", State.MISSED.value: "weight_missed"}
STATES = tuple(state.value for state in State if state is not State.NO_OPPORTUNITY)
MILLION = 1_000_000
_SUMS = [column.name for column in daily_findings.columns if not column.primary_key]
_WEIGHT_AT = {state: _SUMS.index(name) for state, name in WEIGHTED.items()}
_STATE_AT = {state: _SUMS.index(state) for state in STATES}
_NONE = [0] * len(_SUMS)
_where = itemgetter("day", "team", "channel", "agent_id", "policy_digest", "is_open", "verdict")
_counted = itemgetter("team", "agent_id", "policy", "rule", "state", "weight")
Key = tuple[Any, ...]
Row = tuple[Any, ...]
ByRule = dict[tuple[str, str], list[int]]


def millionths(weight: float) -> int:
    """*weight* as the sums count it."""
    return int(weight * MILLION + 0.5)


class Counted(Protocol):
    """A decision's row and those of its findings."""

    @property
    def decision(self) -> Mapping[str, Any]:
        """The row of ``decisions``."""

    @property
    def findings(self) -> Sequence[Mapping[str, Any]]:
        """The rows of ``findings``."""


class Tally:
    """Changes of sums, gathered so that each row is written once however often it changes.

    Rows come in the order of their keys: pages are visited once in that order.
    """

    __slots__ = ("_by_place", "_groups", "_verdicts")

    def __init__(self) -> None:
        # By team, agent, day and channel, and then by policy and rule.
        self._by_place: dict[Key, ByRule] = {}
        self._verdicts: dict[Key, int] = {}
        self._groups: dict[Key, int] = {}

    def count(self, counted: Counted, sign: int = 1) -> None:
        """Count a decision with its findings once more, or once less."""
        day, team, channel, agent, digest, is_open, verdict = _where(counted.decision)
        verdict = OPEN if is_open else verdict
        _add(self._verdicts, (team, agent, day, channel, verdict, digest), sign)
        _add(self._groups, ("team", team, day, verdict, digest), sign)
        _add(self._groups, ("channel", channel, day, verdict, digest), sign)
        whose: tuple[Any, Any] = (None, None)
        for team, agent, policy, rule, state, weight in map(_counted, counted.findings):
            if is_open and state != State.PENDING.value:
                continue
            if (team, agent) != whose:
                whose = (team, agent)
                by_rule = self._by_place.setdefault((team, agent, day, channel), {})
            sums = by_rule.get((policy, rule))
            if sums is None:
                sums = by_rule[policy, rule] = _NONE.copy()
            sums[_STATE_AT[state]] += sign
            if (weight_at := _WEIGHT_AT.get(state)) is not None:
                sums[weight_at] += sign * millionths(weight)

    def changed(self) -> Iterator[tuple[Table, list[Row]]]:
        """The rows of each table that change, with their changes."""
        places = sorted((place, sorted(each.items())) for place, each in self._by_place.items())
        groups = sorted(_grouped(places).items())
        yield daily_findings, _of_rules(places)
        yield daily_verdicts, _of_verdicts(self._verdicts)
        yield group_findings, _of_rules(groups)
        yield group_verdicts, _of_verdicts(self._groups)
        yield daily_totals, _of_all(places)
        yield group_totals, _of_all(groups)

    def made(self, keys_of: Callable[..., Iterable[Key]]) -> list[Row]:
        """Sums of findings by other keys: those that *keys_of* gives for a row of ``daily_findings``."""
        found: dict[Key, list[int]] = {}
        for place, by_rule in self._by_place.items():
            for rule, sums in by_rule.items():
                for key in keys_of(*place, *rule):
                    old = found.get(key)
                    found[key] = [*map(add, old, sums)] if old else sums
        return sorted((*key, *sums) for key, sums in found.items() if any(sums))


Rules = list[tuple[tuple[str, str], list[int]]]


def _add(counts: dict[Key, int], key: Key, sign: int) -> None:
    counts[key] = counts.get(key, 0) + sign


def _grouped(places: Iterable[tuple[Key, Rules]]) -> dict[Key, Rules]:
    """The sums of agents by team and by channel. Most batches are of one place."""
    found: dict[Key, list[Rules]] = {}
    for (team, _, day, channel), rules in places:
        found.setdefault(("team", team, day), []).append(rules)
        found.setdefault(("channel", channel, day), []).append(rules)
    return {key: each[0] if len(each) == 1 else _merged(each) for key, each in found.items()}


def _merged(several: Iterable[Rules]) -> Rules:
    made: ByRule = {}
    for rule, sums in chain.from_iterable(several):
        old = made.get(rule)
        made[rule] = [*map(add, old, sums)] if old else sums
    return sorted(made.items())


def _of_rules(keyed: Iterable[tuple[Key, Rules]]) -> list[Row]:
    return [(*key, *rule, *sums) for key, rules in keyed for rule, sums in rules if any(sums)]


def _of_all(keyed: Iterable[tuple[Key, Rules]]) -> list[Row]:
    """The sums of all rules together."""
    summed = (
        (key, [*map(sum, zip(*(sums for _, sums in rules), strict=True))]) for key, rules in keyed
    )
    return [(*key, *sums) for key, sums in summed if any(sums)]


def _of_verdicts(counts: Mapping[Key, int]) -> list[Row]:
    return sorted((*key, count) for key, count in counts.items() if count)

"""A scorecard: how an agent, a team, a customer, a channel or everybody did over a period."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Connection

from amity.decision import Verdict
from amity.log.tally import OPEN
from amity.reports.card import (
    MINIMUM,
    MOST_PARTS,
    Bucket,
    Counts,
    DigestUse,
    Dimension,
    Measure,
    ModuleCard,
    Part,
    RuleCard,
    Scorecard,
    Subject,
    Titles,
    VerdictCount,
    total,
)
from amity.reports.period import Period
from amity.reports.reading import Asked, Key, Tallies, read_counts, read_verdicts

__all__ = ["scorecard"]

_Verdicts = Sequence[tuple[int, str, str, int]]
_BEFORE = -1  # the number of the bucket that is the period before
NOTHING = Counts()


def scorecard(
    connection: Connection,
    subject: Subject,
    period: Period,
    *,
    minimum: int = MINIMUM,
    by: Dimension | None = None,
    policy: str = "",
    titles: Titles | None = None,
    most_parts: int = MOST_PARTS,
) -> Scorecard:
    """The scorecard of *subject* over *period*, as the log of *connection* stands.

    No rate is given for fewer than *minimum* opportunities. *by* breaks the counts down further,
    into *most_parts* parts at most: those with the most opportunities. *policy* leaves out all rules but those of this policy.
    """
    tallies, _ = read_counts(connection, Asked(subject, period, policy))
    parts, left_out = (
        read_counts(connection, Asked(subject, period, policy, by), most_parts) if by else ({}, 0)
    )
    verdicts = read_verdicts(connection, subject, period)
    making = _Making(period, minimum, titles or Titles())
    start = period.start
    closed = [row for row in verdicts if row[1] != OPEN]
    now = [row for row in verdicts if row[0] >= start]
    uses = _digests(now)
    earlier = {digest for day, _, digest, _ in verdicts if day < start}
    return Scorecard(
        subject,
        period,
        minimum,
        making.measure(tallies),
        making.modules(tallies),
        _verdict_counts(closed, period),
        sum(count for day, _, _, count in closed if day >= start),
        sum(count for day, _, _, count in closed if day < start),
        sum(count for _, verdict, _, count in now if verdict == OPEN),
        uses,
        bool(earlier) and earlier != {use.digest for use in uses},
        making.trend(tallies, now),
        by,
        making.parts(parts),
        left_out,
    )


class _Making:
    """Makes the parts of one scorecard, which have period, minimum and titles in common."""

    def __init__(self, period: Period, minimum: int, titles: Titles) -> None:
        self._period = period
        self._buckets = period.buckets()
        self._minimum = minimum
        self._titles = titles
        self._order = {key: place for place, key in enumerate(titles.rules)}

    def measure(self, tallies: Tallies) -> Measure:
        by_bucket: dict[int, list[Counts]] = defaultdict(list)
        for (_, bucket, _, _), counts in tallies.items():
            by_bucket[bucket].append(counts)
        sums = {bucket: total(its) for bucket, its in by_bucket.items()}
        before = sums.pop(_BEFORE, NOTHING)
        trend = tuple(sums.get(index, NOTHING) for index in range(len(self._buckets)))
        return Measure(total([*sums.values()] or trend), before, trend, self._minimum)

    def modules(self, tallies: Tallies) -> tuple[ModuleCard, ...]:
        return tuple(
            ModuleCard(name, self._titles.policy(name), self.measure(its), self._rules(its))
            for name, its in sorted(_split(tallies, 2).items())
        )

    def parts(self, tallies: Tallies) -> tuple[Part, ...]:
        parts = [Part(name, self.measure(its)) for name, its in _split(tallies, 0).items()]
        return tuple(sorted(parts, key=lambda p: (-p.measure.counts.opportunities, p.name)))

    def trend(self, tallies: Tallies, verdicts: _Verdicts) -> tuple[Bucket, ...]:
        made: list[Bucket] = []
        last: set[str] = set()
        counts = self.measure(tallies).trend
        number = cache(self._period.bucket_of)
        judged: dict[int, set[str]] = defaultdict(set)
        for day, _, digest, _ in verdicts:
            judged[number(day)].add(digest)
        for index, (its, period) in enumerate(zip(counts, self._buckets, strict=True)):
            digests = judged[index]
            # The bucket after the one in which new policies came has only those: no second change.
            is_changed = bool(last) and bool(digests - last)
            last = digests or last
            made.append(Bucket(period, its, tuple(sorted(digests)), is_changed))
        return tuple(made)

    def _rules(self, tallies: Tallies) -> tuple[RuleCard, ...]:
        cards = [
            RuleCard(policy, rule, self._titles.rule(policy, rule), self.measure(its))
            for rule, its in _split(tallies, 3).items()
            for policy in [next(iter(its))[2]]
        ]
        unknown = len(self._order)
        return tuple(
            sorted(cards, key=lambda c: (self._order.get((c.policy, c.rule), unknown), c.rule))
        )


def _split(tallies: Tallies, place: int) -> dict[str, Tallies]:
    """*tallies* by what stands at *place* of their keys."""
    found: dict[str, dict[Key, Counts]] = defaultdict(dict)
    for key, counts in tallies.items():
        found[str(key[place])][key] = counts
    return found


def _verdict_counts(closed: _Verdicts, period: Period) -> tuple[VerdictCount, ...]:
    now: Counter[str] = Counter()
    before: Counter[str] = Counter()
    start = period.start
    for day, verdict, _, count in closed:
        (now if day >= start else before)[verdict] += count
    known = [each.value for each in Verdict]
    return tuple(VerdictCount(word, now[word], before[word]) for word in known)


def _digests(verdicts: Iterable[tuple[int, str, str, int]]) -> tuple[DigestUse, ...]:
    """The bundles that judged, by their first day."""
    days: dict[str, list[int]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for day, _, digest, count in verdicts:
        days[digest].append(day)
        counts[digest] += count
    uses = [
        DigestUse(digest, Period.of_days(min(its), max(its) + 1), counts[digest])
        for digest, its in days.items()
    ]
    return tuple(sorted(uses, key=lambda use: (use.period.first, use.digest)))

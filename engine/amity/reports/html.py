"""A scorecard as one HTML file that needs nothing else: no scripts, no fonts, nothing to load."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from amity.evaluate.outcome import State
from amity.reports import svg, words
from amity.reports.card import Measure, RuleCard, Scorecard
from amity.reports.intervals import Direction
from amity.reports.moments import Moment

__all__ = ["scorecard_html"]

# The columns of a rule, and the states behind their numbers.
_COLUMNS = {
    State.SHOWN: "shown",
    State.MISSED: "missed",
    State.ABSTAINED: "not known",
    State.PENDING: "pending",
}
Moments = Mapping[tuple[str, str], Sequence[Moment]]


def scorecard_html(card: Scorecard, moments: Moments) -> str:
    """*card* as a page on which each number of a rule leads to those of its *moments* that are given."""
    style = _template("scorecard.css").render(chart=Markup(svg.STYLE))  # noqa: S704 - our own
    return _template("scorecard.html").render(
        card=card,
        words=words,
        style=Markup(style),  # noqa: S704 - our own
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        trend=Markup(svg.trend_svg(card)),  # noqa: S704 - every text in it is escaped there
        modules=[
            (_Line(module.title, module.measure), list(_rules(place, module.rules, moments)))
            for place, module in enumerate(card.modules)
        ],
        whole=_Line("All rules", card.measure),
        parts=[_Line(words.part_name(part), part.measure) for part in card.parts],
    )


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a table: its name, its numbers, its charts."""

    title: str
    measure: Measure

    @property
    def chart(self) -> Markup:
        return Markup(svg.rate_svg(self.measure, self.title))  # noqa: S704 - escaped there

    @property
    def spark(self) -> Markup:
        return Markup(svg.spark_svg(self.measure, self.title))  # noqa: S704 - escaped there

    @property
    def rate(self) -> str:
        return words.rate_words(self.measure.rate, self.measure)

    @property
    def change(self) -> str:
        return words.short_change(self.measure.change)

    @property
    def is_clear(self) -> bool:
        change = self.measure.change
        return change is not None and change.direction is not Direction.UNCLEAR

    @property
    def numbers(self) -> list[tuple[str, int]]:
        return [(word, getattr(self.measure.counts, s.value)) for s, word in _COLUMNS.items()]


@dataclass(frozen=True, slots=True)
class _Rule(_Line):
    """A rule, with the moments behind each number."""

    id: str
    rule: str
    moments: tuple[tuple[str, int, tuple[_Said, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """A moment as it is read."""

    at: str
    moment: Moment

    @property
    def turn(self) -> str:
        return f"turn {self.moment.turn}" if self.moment.turn >= 0 else "no one turn"


def _rules(place: int, rules: Sequence[RuleCard], moments: Moments) -> Iterator[_Rule]:
    for number, rule in enumerate(rules):
        found = moments.get((rule.policy, rule.rule), ())
        behind = tuple(
            (word, _total(rule.measure, state), tuple(_said(m) for m in found if m.state is state))
            for state, word in _COLUMNS.items()
        )
        yield _Rule(rule.title, rule.measure, f"r{place}-{number}", rule.rule, behind)


def _total(measure: Measure, state: State) -> int:
    return int(getattr(measure.counts, state.value))


def _said(moment: Moment) -> _Said:
    at = datetime.fromtimestamp(moment.at_us / 1_000_000, UTC)
    return _Said(f"{at:%Y-%m-%d %H:%M}", moment)


@lru_cache(maxsize=2)
def _template(name: str) -> Template:
    # Everything is escaped, whatever the file is called; only what is Markup already is not.
    environment = Environment(
        loader=PackageLoader("amity.reports", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name)

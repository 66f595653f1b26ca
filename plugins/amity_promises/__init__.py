"""Promises: finds what agents bind themselves to do, and works out by when it is due."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from amity.sdk import Detector, Finding, Refiner, Role, Signal, TurnView, hookimpl
from amity_promises.due import resolve
from amity_promises.hours import business_hours
from amity_promises.phrases import Phrase
from amity_promises.promise import act_in, action_in, is_hedged, promises, readable, time_in

AMITY_API = 1
ANY_DAY = datetime(2026, 1, 5, 9, tzinfo=UTC)


def _is_read(turn: TurnView) -> bool:
    # An unknown language is taken for English, as everywhere.
    return turn.role in {Role.AGENT, Role.BOT} and turn.language in {"", "en"}


class PromiseDetector:
    """Finds promises in so many words: somebody of ours, what they will do, and mostly when."""

    name = "promises"
    signals = frozenset({"agent.commitment"})

    def detect(self, turns: Sequence[TurnView]) -> Iterator[Finding]:
        """Promises in *turns*, in the order of the turns and within each by place."""
        for turn in filter(_is_read, turns):
            for promise in promises(readable(turn.text)):
                yield Finding(
                    "agent.commitment", turn.index, promise.start, promise.end, promise.score
                )


class PromiseRefiner:
    """Says of what agents announce what it is, and by when: whichever detector found it.

    Attributes: ``action``; ``due_text``, the words that say when; ``due``, the latest moment at
    which it is kept, and ``due_earliest``, both ISO 8601; ``due_precision`` (minute, part of a day,
    day, week or vague); ``due_guess`` where the words can be read in another way too; ``due_zone``
    where nobody told the time zone; ``hedged`` where the words leave a way out.
    """

    name = "promises"
    signals = frozenset({"agent.commitment", "agent.follow_up", "agent.expectation"})

    def refine(self, turn: TurnView, signal: Signal) -> Mapping[str, str]:
        """What is announced by *signal* in *turn*, and when it is due."""
        if not _is_read(turn):
            return {}
        quote, text = readable(signal.quote), readable(turn.text)
        added = {"hedged": "true"} if is_hedged(quote) else {}
        act = act_in(quote)
        when = time_in(text, signal.start + max(0, act), signal.end)
        if action := action_in(quote, when.start - signal.start if when else None, act):
            added["action"] = action
        return added | _due(turn, when) if when else added


def _due(turn: TurnView, when: Phrase) -> dict[str, str]:
    added = {"due_text": turn.text[when.start : when.end]}
    hours = business_hours(turn.conversation)
    # How exactly it is said does not depend on the day on which it is; when it is due does.
    due = resolve(when.parts, turn.sent_at or ANY_DAY, hours)
    added["due_precision"] = due.precision.value
    if due.latest and due.earliest and turn.sent_at:
        added["due"] = due.latest.isoformat(timespec="minutes")
        added["due_earliest"] = due.earliest.isoformat(timespec="minutes")
        if hours.is_assumed and not due.is_span:
            added["due_zone"] = "assumed UTC"
    if due.is_guess:
        added["due_guess"] = "true"
    return added


@hookimpl
def amity_detectors() -> Iterable[Detector]:
    """Finds promises."""
    return [PromiseDetector()]


@hookimpl
def amity_refiners() -> Iterable[Refiner]:
    """Works out what is promised and by when."""
    return [PromiseRefiner()]

"""What the numbers of a scorecard say, in words that every form of it shares."""

from __future__ import annotations

from amity.reports.card import Bucket, Counts, Measure, Part, Scorecard
from amity.reports.intervals import Change, Direction, Rate

__all__ = [
    "CHANCE",
    "CHANGES",
    "HOW_TO_READ",
    "change_words",
    "counted_words",
    "grouped",
    "part_name",
    "percent",
    "points_words",
    "rate_words",
    "remarks",
    "several",
    "short_change",
    "title",
    "wait_words",
    "waiting",
]

CHANCE = 20  # one in so many intervals at 95 % misses what it estimates

CHANGES = {Direction.UP: "▲", Direction.DOWN: "▼", Direction.UNCLEAR: "≈"}
HOW_TO_READ = (
    "A rate is the share of opportunities that were shown, of those shown or missed. Opportunities "
    "that could not be known, and those still pending, are in no rate; they are told beside it.",
    "The interval says how sure the rate is: in 19 of 20 such cases the true share lies within it "
    "(Wilson, 95 %). A wide interval means few opportunities, not poor work.",
    "A change is in points of a hundred, with its interval (Newcombe, 95 %). ▲ and ▼ are changes that "
    "chance alone would rarely explain, ≈ is what it may well explain. Among many rules, 1 in 20 may "
    "seem to change by chance all the same.",
    "No rate is given for fewer opportunities than the minimum: a handful says more about luck than "
    "about a person.",
    "Opportunities within one conversation resemble each other, so the true uncertainty is somewhat "
    "larger than the interval says.",
    "Each conversation counts once, by its newest decision, on the day in UTC on which that was made. "
    "Of conversations still under way, only what is pending is counted.",
    "Wording is judged here, not people. Read the moments before you speak with anybody about a number.",
)


def title(card: Scorecard) -> str:
    """What the scorecard is of."""
    return f"Scorecard of {card.subject}"


def part_name(part: Part) -> str:
    """The name of *part* for people."""
    return part.name or "(not known)"


def percent(share: float) -> str:
    """*share* without decimals: more digits would promise more than there is."""
    return f"{share * 100:.0f} %"


def rate_words(rate: Rate | None, measure: Measure) -> str:
    """The rate with its interval, or why there is none."""
    if rate is None:
        return f"fewer than {max(measure.minimum, 1)}: no rate"
    return f"{percent(rate.value)} ({rate.low * 100:.0f} to {rate.high * 100:.0f})"


def change_words(change: Change | None) -> str:
    """What can be said of a change, in points of a hundred."""
    if change is None:
        return "too few to compare"
    if change.direction is Direction.UNCLEAR:
        return f"no clear change: {points_words(change)}"
    return f"{change.direction}: {points_words(change)}"


def short_change(change: Change | None) -> str:
    """A change by its sign and its points; "too few" where there is none."""
    return f"{CHANGES[change.direction]} {points_words(change)}" if change else "too few"


def points_words(change: Change) -> str:
    """A change in points of a hundred, with its interval."""
    low, high = _points(change.low), _points(change.high)
    return f"{_points(change.difference)} ({low} to {high})"


def _points(share: float) -> str:
    """Whole points, but for what would round to nothing: whether that is above 0 matters."""
    points = share * 100
    return f"{points:+.0f}" if abs(points) >= 1 or not points else f"{points:+.1f}"


def counted_words(card: Scorecard) -> str:
    """How many conversations the card counts, and how many it does not."""
    said = f"{several(card.conversations, 'finished conversation')}"
    before = f"{card.conversations_before:,} in the period before"
    if not card.open_conversations:
        return f"{said} ({before})"
    still = f"{card.open_conversations:,} still under way, of which only what is pending counts"
    return f"{said} ({before}); {still}"


def waiting(counts: Counts) -> int:
    """How many are in no rate."""
    return counts.abstained + counts.pending + counts.overturned


def wait_words(counts: Counts) -> str:
    """What is in no rate."""
    parts = [
        f"{count:,} {word}"
        for count, word in (
            (counts.abstained, "not known"),
            (counts.pending, "pending"),
            (counts.overturned, "overturned by a reviewer"),
        )
        if count
    ]
    return ", ".join(parts) or "none"


def remarks(card: Scorecard) -> list[str]:
    """What a reader must know before comparing: changed policies, chance, empty periods."""
    said = []
    if not card.conversations:
        said.append("No finished conversation in this period.")
    said += [_changed(bucket) for bucket in card.trend if bucket.is_changed]
    if card.has_other_policies:
        said.append(
            "The period before was judged by other policies, at least in part, so a change may owe to them."
        )
    if card.parts_left_out:
        said.append(
            f"Left out: {several(card.parts_left_out, str(card.by))} with fewer opportunities. "
            "Ask for more of them, or for one team or channel."
        )
    if card.compared >= CHANCE:
        said.append(
            f"{card.compared} rules are compared with the period before: about "
            f"{round(card.compared / CHANCE)} of them may seem to change clearly by chance alone."
        )
    return said


def grouped(trend: tuple[Counts, ...], most: int) -> list[Counts]:
    """*trend* in at most *most* groups of neighbours, the last of which may be smaller."""
    size = -(-len(trend) // most) if trend else 1
    return [sum(trend[at : at + size], Counts()) for at in range(0, len(trend), size)]


def _changed(bucket: Bucket) -> str:
    return f"Other policies judged from {bucket.period.first} on, so a step there may owe to them."


def several(count: int, what: str) -> str:
    """So many of *what*, in the plural unless it is one."""
    return f"{count:,} {what}{'s' * (count != 1)}"

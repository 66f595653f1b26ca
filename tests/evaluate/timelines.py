"""Conversations as the evaluator sees them: random ones, and ones written down in a test."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from amity.conversation import Role
from amity.signals import Signal, Source

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)

NAMES = ("customer.anger", "agent.apology", "agent.remedy", "team.support")
SPEAKERS = (
    ("customer", Role.CUSTOMER),
    ("agent", Role.AGENT),
    ("other-agent", Role.AGENT),
    ("bot", Role.BOT),
    ("kim", Role.COLLEAGUE),
    ("lee", Role.COLLEAGUE),
    ("max", Role.COLLEAGUE),
)
ROLE_OF = dict(SPEAKERS)
OWN_NAMES = {
    Role.CUSTOMER: ("customer.anger",),
    Role.AGENT: ("agent.apology", "agent.remedy"),
    Role.BOT: ("agent.apology", "agent.remedy"),
    Role.COLLEAGUE: ("team.support",),
}
SHORT = {name.partition(".")[2]: name for name in NAMES}


@dataclass(frozen=True)
class Talk:
    """What `amity.evaluate.timeline.Timeline` takes, field by field; printed one line a turn."""

    roles: tuple[Role, ...]
    participants: tuple[str, ...]
    times: tuple[datetime | None, ...]
    signals: tuple[Signal, ...]
    unknown: Mapping[tuple[str, int], str]
    is_open: bool

    def upto(self, turns: int) -> Talk:
        """The first *turns* turns, while the conversation was still under way."""
        return Talk(
            roles=self.roles[:turns],
            participants=self.participants[:turns],
            times=self.times[:turns],
            signals=tuple(signal for signal in self.signals if signal.turn < turns),
            unknown={key: why for key, why in self.unknown.items() if key[1] < turns},
            is_open=True,
        )

    def __repr__(self) -> str:
        lines = [self._line(turn) for turn in range(len(self.roles))]
        return "\n    ".join([f"told({'is_open=True' if self.is_open else ''}):", *lines])

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        # Hypothesis prints the fields of a dataclass unless told otherwise.
        printer.text(repr(self))

    def _line(self, turn: int) -> str:
        at = self.times[turn]
        seconds = "-" if at is None else f"{(at - NOON).total_seconds():.0f}"
        found = [shown(signal) for signal in self.signals if signal.turn == turn]
        failed = [f"?{name}" for name, where in self.unknown if where == turn]
        return " ".join([f"{turn}  {self.participants[turn]}@{seconds}:", *found, *failed])


def stages(talk: Talk) -> list[Talk]:
    """The conversation after each turn, and once more when nothing can follow."""
    said = [talk.upto(turns) for turns in range(len(talk.roles) + 1)]
    return [*said, replace(talk, is_open=False)]


def shown(signal: Signal) -> str:
    """A signal on one line: ``customer.anger=0.5{target:agent}``."""
    attributes = ",".join(f"{key}:{value}" for key, value in sorted(signal.attributes.items()))
    return f"{signal.name}={signal.score}" + (f"{{{attributes}}}" if attributes else "")


def signal(
    name: str, turn: int, *, start: int = 0, score: float = 0.9, **attributes: str
) -> Signal:
    """A signal that is one character wide."""
    return Signal(
        name=name,
        turn=turn,
        start=start,
        end=start + 1,
        quote="x",
        score=score,
        sources=(Source("test", score),),
        attributes=attributes,
    )


def told(*lines: str, is_open: bool = False) -> Talk:
    """A conversation written down: ``told("customer@60: anger remedy=0.4{target:agent} ?apology")``.

    A line is who speaks, after how many seconds (left out: unknown), and the signals in what was
    said, scored 0.9 unless given; ``?`` stands before a signal whose detector failed.
    """
    who, times = [], []
    signals: list[Signal] = []
    unknown: dict[tuple[str, int], str] = {}
    for turn, line in enumerate(lines):
        speaker, _, words = line.partition(":")
        name, _, seconds = speaker.partition("@")
        who.append(name)
        times.append(NOON + timedelta(seconds=int(seconds)) if seconds else None)
        for start, word in enumerate(words.split()):
            if word.startswith("?"):
                unknown[SHORT[word[1:]], turn] = "the detector failed"
            else:
                signals.append(_written(word, turn, start))
    roles = tuple(ROLE_OF[name] for name in who)
    return Talk(roles, tuple(who), tuple(times), tuple(signals), unknown, is_open)


def _written(word: str, turn: int, start: int) -> Signal:
    scored, _, braces = word.partition("{")
    name, _, score = scored.partition("=")
    attributes = dict(pair.split(":") for pair in braces.rstrip("}").split(",") if pair)
    return signal(SHORT[name], turn, start=start, score=float(score or 0.9), **attributes)


# What a turn may hold, simplest first: whose name it is (the speaker's own or anybody's), the score
# and the attributes. One list, because a single choice is drawn and shrunk much faster than four.
KINDS = tuple(
    itertools.product(
        ("own", "own", "own", "any"),
        (0.6, 0.5, 0.8, 0.6, 0.8, 0.4),
        (
            {},
            {},
            {},
            {"target": "customer"},
            {"target": "product"},
            {"target": "product", "kind": "hot"},
        ),
    )
)
# Nobody in particular, so that bursts are frequent.
AGAIN = -1
CASTS = (
    ("customer", "agent"),
    ("customer", "agent", "bot"),
    ("customer", "agent", "kim"),
    ("customer", "agent", "other-agent", "kim", "lee"),
    ("customer", "agent", "bot", "kim", "lee", "max"),
    ("kim", "lee"),
)
TURNS = st.tuples(
    st.sampled_from([0, 1, AGAIN, 2, 3, 4, 5, 1, 0]),
    # Two clocks may disagree, so that what was said later was sent earlier.
    st.sampled_from([0, 30, 60, 90, 30, 60, 0, 30, 60, 90, 30, -30]),
    st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 5)), max_size=5),
    st.sampled_from([True, True, False]),
)
# More than the ten that are kept, because short lists are drawn most and little happens in them.
LENGTHS = st.lists(TURNS, max_size=16)
FAILURES = st.one_of(
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 9)), min_size=least, max_size=most)
    for least, most in ((0, 0), (0, 2), (4, 9))
)


@st.composite
def talks(draw: st.DrawFn, *, is_open: bool | None = None) -> Talk:
    """Random conversations, in which the same few people often speak several times in a row."""
    turns = draw(LENGTHS)[:10]
    cast = draw(st.sampled_from(CASTS))
    has_times = draw(st.sampled_from(["all", "all", "some", "none"]))
    speakers: list[str] = []
    times: list[datetime | None] = []
    signals: list[Signal] = []
    at = NOON
    for turn, (who, gap, kinds, is_timed) in enumerate(turns):
        again = who == AGAIN and speakers
        speakers.append(speakers[-1] if again else cast[who % len(cast)])
        at += timedelta(seconds=gap)
        is_known = has_times == "all" or (has_times == "some" and is_timed)
        times.append(at if is_known else None)
        signals += _drawn(turn, ROLE_OF[speakers[-1]], kinds)
    unknown = {
        (name, turn): "the detector failed" for name, turn in draw(FAILURES) if turn < len(turns)
    }
    return Talk(
        roles=tuple(ROLE_OF[speaker] for speaker in speakers),
        participants=tuple(speakers),
        times=tuple(times),
        signals=tuple(signals),
        unknown=unknown,
        is_open=draw(st.booleans()) if is_open is None else is_open,
    )


def _drawn(
    turn: int, role: Role, kinds: list[tuple[tuple[str, float, dict[str, str]], int]]
) -> list[Signal]:
    signals = {}
    for (whose, score, attributes), number in kinds:
        names = OWN_NAMES[role] if whose == "own" else NAMES
        name = names[number % len(names)]
        # Two signals may begin at the same character, but not two of one name.
        start = number // 2
        signals[start, name] = signal(name, turn, start=start, score=score, **attributes)
    return [signals[key] for key in sorted(signals)]

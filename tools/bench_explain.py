"""What explaining costs beside judging, on conversations that are full of signals; nothing is asserted.

    python tools/bench_explain.py [--turns 12 100 500 2000] [--rounds 3]

The turns of the shipped cases, customer and agent by turns, over and over: some two signals a turn,
far denser than a usual contact, and with an occasion for most rules in most turns.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import cycle, islice

from amity.conversation import Conversation, Participant, Role, Turn
from amity.judge import Judge, open_judge
from amity.service.wire import traces_to_wire

PEOPLE = (Participant("c", Role.CUSTOMER, "Ana"), Participant("a", Role.AGENT, "Tom"))


def dense(judge: Judge, turns: int) -> Conversation:
    """A conversation of *turns* turns, what customers and agents say in the shipped cases in turn."""
    said: dict[Role, list[str]] = {Role.CUSTOMER: [], Role.AGENT: []}
    for case_file in judge.bundle.case_files:
        for case in case_file.cases:
            roles = case.conversation.roles()
            for turn in case.conversation.turns:
                said.get(roles[turn.participant_id], []).append(turn.text)
    pairs = zip(cycle(said[Role.CUSTOMER]), cycle(said[Role.AGENT]), strict=True)
    texts = (Turn(who, text) for pair in pairs for who, text in zip("ca", pair, strict=True))
    return Conversation(f"dense-{turns}", PEOPLE, tuple(islice(texts, turns)), locale="en")


def least(rounds: int, job: Callable[[], object]) -> float:
    """The CPU seconds of *job*, the least of several rounds."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        job()
        times.append(time.process_time() - start)
    return min(times)


def measure(judge: Judge, turns: int, rounds: int) -> None:
    """Print one line of the table."""
    conversation = dense(judge, turns)
    detection = judge.detect(conversation)
    traces = judge.explain(conversation, detection=detection)
    wired = list(traces_to_wire(traces))
    seconds = (
        least(rounds, lambda: judge.detect(conversation)),
        least(rounds, lambda: judge.decide(conversation, detection)),
        least(rounds, lambda: judge.explain(conversation, detection=detection)),
        least(rounds, lambda: list(traces_to_wire(traces))),
    )
    attempts = sum(len(trace.attempts) for trace in traces)
    size = sum(trace.ByteSize() for trace in wired)
    columns = "".join(f"{value:12.3f}" for value in seconds)
    print(f"{turns:6}{len(detection.signals):9}{columns}{attempts:10}{size / 1e6:10.1f}")


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, nargs="+", default=[12, 100, 500, 2000])
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    judge = open_judge()
    head = ("detect s", "decide s", "explain s", "to wire s")
    print(
        f"{'turns':>6}{'signals':>9}{''.join(f'{name:>12}' for name in head)}{'attempts':>10}{'MB':>10}"
    )
    for turns in given.turns:
        measure(judge, turns, given.rounds)


if __name__ == "__main__":
    main()

"""Cost in process, beside a peer in the same run: prints ratios; nothing is asserted.

    python tools/bench_cost.py [--rounds 9]

1. A 12-turn conversation with the shipped bundle (detection, evaluation, decision) against VADER's
   sentiment of the same 12 turns, and detection against TextBlob's sentiment and Presidio's pattern
   recognisers on them. Conversations come from the shipped samples and cases; every round has the
   same texts, so that words are looked up and not worked out: fresh text costs more.
2. The evaluator with 100 and with 1,000 more rules whose ``given`` never occurs.
"""

from __future__ import annotations

import argparse
import dataclasses
import statistics
import time
from collections.abc import Callable, Iterator

from presidio_analyzer import predefined_recognizers
from textblob import TextBlob
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from amity.conversation import Conversation, Participant, Role, Turn
from amity.evaluate.plan import compile_plan
from amity.evaluate.timeline import Timeline
from amity.judge import Judge, open_judge
from amity.policy.model import Match, Policy

TURNS = 12


def twelve_turn_conversations(judge: Judge) -> list[Conversation]:
    """The turns of the shipped cases between customers and agents, dealt out twelve at a time."""
    turns = [
        (Role.CUSTOMER if roles[turn.participant_id] is Role.CUSTOMER else Role.AGENT, turn.text)
        for case_file in judge.bundle.case_files
        for case in case_file.cases
        for roles in [case.conversation.roles()]
        for turn in case.conversation.turns
        if roles[turn.participant_id] in {Role.CUSTOMER, Role.AGENT}
    ]
    people = (Participant("c", Role.CUSTOMER, "Ana"), Participant("a", Role.AGENT, "Tom"))
    return [
        Conversation(
            f"bench-{start}",
            people,
            tuple(Turn(role[0], text) for role, text in turns[start : start + TURNS]),
            locale="en",
        )
        for start in range(0, len(turns) - TURNS + 1, TURNS)
    ]


def paired(rounds: int, *jobs: Callable[[], None]) -> Iterator[tuple[float, ...]]:
    """CPU seconds of each job, the jobs taken in turn so that drift of the machine hits all."""
    for _ in range(rounds):
        times = []
        for job in jobs:
            start = time.process_time()
            job()
            times.append(time.process_time() - start)
        yield tuple(times)


def report(name: str, rows: list[tuple[float, ...]], per: int) -> None:
    first, second = zip(*rows, strict=True)
    ratios = [a / b for a, b in rows]
    print(
        f"{name}: {statistics.median(first) / per * 1e6:.0f} against {statistics.median(second) / per * 1e6:.0f} µs"
        f" each; ratio {statistics.median(ratios):.2f} (from {min(ratios):.2f} to {max(ratios):.2f}, {len(rows)} rounds)"
    )


def against_vader(judge: Judge, conversations: list[Conversation], rounds: int) -> None:
    analyzer = SentimentIntensityAnalyzer()

    def ours() -> None:
        for conversation in conversations:
            judge.evaluate(conversation)

    def detection() -> None:
        for conversation in conversations:
            judge.detect(conversation)

    def vader() -> None:
        for conversation in conversations:
            for turn in conversation.turns:
                analyzer.polarity_scores(turn.text)

    ours()
    vader()
    report(
        "detection of 12 turns against VADER",
        list(paired(rounds, detection, vader)),
        len(conversations),
    )
    report(
        "whole judgement of 12 turns against VADER",
        list(paired(rounds, ours, vader)),
        len(conversations),
    )


def over(texts: list[str], job: Callable[[str], None]) -> Callable[[], None]:
    def run() -> None:
        for text in texts:
            job(text)

    return run


def against_others(judge: Judge, conversations: list[Conversation], rounds: int) -> None:
    # AnalyzerEngine needs a model of spaCy that is downloaded; these recognisers need none.
    recognisers = [
        getattr(predefined_recognizers, f"{name}Recognizer")()
        for name in ("CreditCard", "Email", "Iban", "Ip", "Url", "UsSsn", "Date")
    ]

    def detection() -> None:
        for conversation in conversations:
            judge.detect(conversation)

    def blob(text: str) -> None:
        TextBlob(text).sentiment  # noqa: B018 - worked out when asked for

    def presidio(text: str) -> None:
        for recogniser in recognisers:
            recogniser.analyze(text, recogniser.supported_entities, None)

    texts = [turn.text for conversation in conversations for turn in conversation.turns]
    for name, peer in (("TextBlob", blob), ("Presidio's recognisers", presidio)):
        run = over(texts, peer)
        run()
        rows = list(paired(rounds, detection, run))
        report(f"detection of 12 turns against {name}", rows, len(conversations))


def idle_rules(policies: tuple[Policy, ...], count: int) -> Policy:
    """A policy of *count* rules whose occasion is a signal that no timeline has."""
    pattern = next(rule for policy in policies for rule in policy.rules if rule.given)
    never = Match("customer.never", frozenset({Role.CUSTOMER}))
    rules = tuple(
        dataclasses.replace(pattern, id=f"idle-{index}", given=never, when="")
        for index in range(count)
    )
    return dataclasses.replace(policies[0], name="zz-idle", rules=rules)


def with_idle_rules(judge: Judge, conversations: list[Conversation], rounds: int) -> None:
    timelines = []
    for conversation in conversations:
        roles = conversation.roles()
        speakers = [turn.participant_id for turn in conversation.turns]
        signals = judge.detect(conversation).signals
        timelines.append(([roles[s] for s in speakers], speakers, [None] * len(speakers), signals))
    plans = [
        compile_plan((*judge.bundle.policies, idle_rules(judge.bundle.policies, count)))
        for count in (1000, 100)
    ]

    def job(plan) -> Callable[[], None]:  # type: ignore[no-untyped-def]
        def run() -> None:
            for parts in timelines:
                plan.evaluate(Timeline(*parts, {}, is_open=False))

        return run

    jobs = [job(plan) for plan in plans]
    for run in jobs:
        run()
    report(
        "evaluator with 1,000 idle rules against 100",
        list(paired(rounds, *jobs)),
        len(conversations),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    judge = open_judge()
    conversations = twelve_turn_conversations(judge)
    characters = (
        sum(len(turn.text) for c in conversations for turn in c.turns) / len(conversations) / TURNS
    )
    signals = sum(len(judge.detect(c).signals) for c in conversations) / len(conversations)
    print(
        f"{len(conversations)} conversations of {TURNS} turns, {characters:.0f} characters a turn,"
        f" {signals:.1f} signals each; {judge.bundle.rules} rules, {judge.bundle.cues} cues; CPU time"
    )
    against_vader(judge, conversations, rounds)
    against_others(judge, conversations, rounds)
    with_idle_rules(judge, conversations, rounds)


if __name__ == "__main__":
    main()

"""Judge a file of real threads through a real server, and print what was found for reading.

    python tools/judge_threads.py FILE [--read N] [--rule RULE] [--signal NAME]

FILE holds JSON lines, gzipped or not, of {"id": …, "turns": [{"role": …, "text": …}]}. All go
through EvaluateBatch on a server that is started for the purpose; the exit code is 1 if any ended
in an error. ``--read`` prints N threads in full, spread over the file; ``--rule`` and ``--signal``
print each moment of one rule or signal.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from amity.client import AmityClient
from amity.judge import open_judge
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.v1.decision_pb2 import Decision, State, Verdict

BATCH = 100


def threads(path: Path) -> Iterator[dict]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def conversation(thread: dict) -> dict:
    roles = dict.fromkeys(turn["role"] for turn in thread["turns"])
    return {
        "id": thread["id"],
        "channel": "CHANNEL_SOCIAL",
        "locale": "en",
        "participants": [{"id": role, "role": f"ROLE_{role.upper()}"} for role in roles],
        "turns": [
            {"participantId": turn["role"], "text": turn["text"]} for turn in thread["turns"]
        ],
    }


def judged(path: Path) -> Iterator[tuple[dict, Decision | Exception]]:
    everything = list(threads(path))
    with (
        running_server(open_judge(), Settings(port=0, log_level="error")) as address,
        AmityClient(address) as client,
    ):
        for start in range(0, len(everything), BATCH):
            batch = everything[start : start + BATCH]
            yield from zip(
                batch,
                client.evaluate_batch([conversation(thread) for thread in batch]),
                strict=True,
            )


def say(thread: dict, decision: Decision) -> None:
    print(
        f"\n--- {thread['id']}: {Verdict.Name(decision.verdict)} {decision.score if decision.HasField('score') else '-'}"
    )
    for index, turn in enumerate(thread["turns"]):
        print(f"{index} {turn['role']}: {turn['text']}")
        for signal in decision.signals:
            if signal.turn == index:
                print(f"      {signal.signal} {signal.score:.2f} {signal.quote!r}")
    for outcome in decision.outcomes:
        if outcome.HasField("opportunity"):
            print(
                f"   {State.Name(outcome.state)[6:]:8} {outcome.policy}/{outcome.rule} at {outcome.opportunity.turn}: {outcome.reason}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--read", type=int, default=0)
    parser.add_argument("--rule", default="")
    parser.add_argument("--signal", default="")
    options = parser.parse_args()
    results = list(judged(options.file))
    errors = [
        (thread["id"], result) for thread, result in results if not isinstance(result, Decision)
    ]
    decisions = [(thread, result) for thread, result in results if isinstance(result, Decision)]
    print(f"{len(results)} threads, {len(errors)} errors")
    for thread_id, error in errors[:10]:
        print(thread_id, error)
    print(Counter(Verdict.Name(decision.verdict)[8:] for _, decision in decisions))
    signals = Counter(
        name for _, d in decisions for name in {(s.signal, s.turn) for s in d.signals}
    )
    names = Counter(name for name, _ in signals.elements())
    for name, count in names.most_common():
        print(f"{count:5} {name}")
    rules = Counter(
        (outcome.policy, outcome.rule, State.Name(outcome.state)[6:])
        for _, decision in decisions
        for outcome in decision.outcomes
        if outcome.state != State.STATE_NO_OPPORTUNITY
    )
    for (policy, rule, state), count in sorted(rules.items()):
        print(f"{count:5} {policy}/{rule} {state}")
    for thread, decision in (
        decisions[:: max(1, len(decisions) // options.read)] if options.read else ()
    ):
        say(thread, decision)
    for thread, decision in decisions if options.rule or options.signal else ():
        has_rule = any(
            o.rule == options.rule and o.state != State.STATE_NO_OPPORTUNITY
            for o in decision.outcomes
        )
        if has_rule or any(signal.signal == options.signal for signal in decision.signals):
            say(thread, decision)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())

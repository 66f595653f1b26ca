"""What the decision log costs: ratios, each of two things measured in one run, in turns.

    python tools/bench_log.py
    python tools/bench_log.py --store postgresql://user@host/database

1. Group commit against a commit for each request: records a second with 64 clients that each wait
   for their receipt.
2. Logging against judging: CPU for one decision, with the forms that a server keeps.
3. Verifying: records a second of CPU on one core.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.log.logkit import PlainForms, conversations, decided, entry, judge

from amity.log.log import DecisionLog, open_log, open_reader
from amity.log.preparing import prepare
from amity.log.private_forms import private_forms
from amity.log.record import Entry
from amity.log.verify import verify
from amity.log.writer import Settings
from amity.privacy.keys import MasterKey
from amity.service.recording import settled

CLIENTS = 64
ROUNDS = 3
SHORT = 5
numbers = count(1)


def rate(store: str, most_per_batch: int, seconds: float, samples: Sequence[int]) -> float:
    """Records a second that clients get receipts for, each a task that waits for its own."""

    async def client(log: DecisionLog, number: int, until: float) -> int:
        done = 0
        while time.perf_counter() < until:
            made = entry(
                samples[(number + done) % len(samples)], conversation_id=f"b-{next(numbers)}"
            )
            await settled(log.append(made))
            done += 1
        return done

    async def clients(log: DecisionLog) -> float:
        began = time.perf_counter()
        tasks = [client(log, number, began + seconds) for number in range(CLIENTS)]
        return sum(await asyncio.gather(*tasks)) / (time.perf_counter() - began)

    with open_log(store, PlainForms(), settings=Settings(most_per_batch=most_per_batch)) as log:
        return asyncio.run(clients(log))


def cpu_us(work: Callable[[], object], times: int) -> float:
    """CPU microseconds of *work*, the least of some rounds."""
    work()
    best = float("inf")
    for _ in range(5):
        began = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - began) / times)
    return best * 1e6


def group_commit(folder: str, store: str, seconds: float) -> None:
    for what, samples in (
        ("short conversations", short_samples()),
        ("all samples", every_sample()),
    ):
        ratios = []
        for number in range(ROUNDS):
            one = rate(store or f"{folder}/one-{what}-{number}.db", 1, seconds, samples)
            group = rate(store or f"{folder}/group-{what}-{number}.db", 200, seconds, samples)
            ratios.append(group / one)
            print(
                f"  {what}: commit per request {one:6.0f}/s, group commit {group:6.0f}/s, ratio {ratios[-1]:.1f}",
                flush=True,
            )
        print(f"  {what}: median ratio {median(ratios):.1f} with {CLIENTS} clients")


def cost(folder: str) -> None:
    masters = [MasterKey(b"b" * 32)]
    forms = private_forms(masters, now_us=lambda: 1)
    with open_log(f"{folder}/cost.db", forms) as log:
        private = log.forms
        private.privacy.redactor.wait(120)
        for conversation in sorted(conversations(), key=lambda each: len(each.turns))[-3:]:
            decision = judge().evaluate(conversation)
            made = Entry(decision, conversation)
            judging = cpu_us(lambda c=conversation: judge().evaluate(c), 30)
            plain = cpu_us(lambda e=made: prepare(e, PlainForms()), 100)
            whole = cpu_us(lambda e=made: prepare(e, private), 30)
            print(
                f"  {conversation.id:<22} {len(conversation.turns):>2} turns: judging {judging:6.0f} us; "
                f"document, digests, zstd {plain:5.0f} us ({plain / judging:.0%}); "
                f"with redaction and sealing {whole:6.0f} us ({whole / judging:.0%})"
            )


def verified(folder: str, records: int) -> None:
    """CPU of writing a record with everything, and of verifying it."""
    for what, samples in (
        ("short conversations", short_samples()),
        ("all samples", every_sample()),
    ):
        path = f"{folder}/verify-{what}.db"
        with open_log(path, PlainForms()) as log:
            began = time.process_time()
            futures = [
                log.append(entry(samples[number % len(samples)], conversation_id=f"v-{number}"))
                for number in range(records)
            ]
            [future.result() for future in futures]
            spent = (time.process_time() - began) / records * 1e6
        size = Path(path).stat().st_size / records
        outcomes = [len(entry(number).decision.outcomes) for number in samples]
        print(
            f"  {what}: {records} records of {sum(outcomes) / len(outcomes):.1f} findings on average, "
            f"{size:,.0f} bytes each in the file; written for {spent:.0f} us of CPU each"
        )
        for is_thorough in (False, True):
            best = min(verifying(path, is_thorough=is_thorough) for _ in range(ROUNDS))
            how = "thoroughly" if is_thorough else "as usual"
            print(
                f"  {what}: verified {how}, {records / best:,.0f} records a second of CPU",
                flush=True,
            )


def verifying(path: str, *, is_thorough: bool) -> float:
    """CPU seconds of verifying the log at *path*, which must be good."""
    with open_reader(path) as reader:
        began = time.process_time()
        found = verify(reader, is_thorough=is_thorough)
        spent = time.process_time() - began
    if not found.is_good:
        raise SystemExit(f"the log is not good: {found.flaws[0]}")
    return spent


def every_sample() -> Sequence[int]:
    """The numbers of all samples."""
    return range(len(conversations()))


def short_samples() -> Sequence[int]:
    """The numbers of those with few turns."""
    return [number for number in every_sample() if len(conversations()[number].turns) <= SHORT]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--store", default="", help="another store for the first part")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--records", type=int, default=5_000)
    options = parser.parse_args()
    for conversation in conversations():
        decided(conversation.id)  # judged before anything is timed
    with tempfile.TemporaryDirectory() as folder:
        print("Group commit")
        group_commit(folder, options.store, options.seconds)
        print("Logging against judging")
        cost(folder)
        print("Verifying")
        verified(folder, options.records)


if __name__ == "__main__":
    main()

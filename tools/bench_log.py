"""What the decision log costs: ratios, each of two things measured in one run, in turns.

    python tools/bench_log.py [--only commits|making|verifying]
    python tools/bench_log.py --store postgresql://user@host/database

1. Group commit against a commit for each request: records a second with 64 clients that each wait
   for their receipt before they send the next. Once with records that were made before, so that
   only the writing is measured, and once from the decision on. Both ways do the same work, but for
   how many records a transaction may have. Records that were made before are also written as a
   service would that knows nothing of this: each client in a thread of its own, by a connection of
   its own, in a transaction for each.
2. Logging against judging: CPU for one decision, with the forms that a server keeps.
3. Verifying: records a second of CPU on one core.

It takes two minutes. The ratio of commits is that of two waits, for the disk and for the processor:
it is high on a disk that takes long, and low where others use the processor.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.log.logkit import PlainForms, conversations, decided, entry, judge

from amity.log.chain import Head
from amity.log.log import open_log, open_reader
from amity.log.preparing import Prepared, prepare
from amity.log.private_forms import private_forms
from amity.log.record import Entry, Receipt
from amity.log.store import open_store
from amity.log.transaction import Transaction, read_log_id
from amity.log.verify import verify
from amity.log.writer import Job, Settings, Writer
from amity.privacy.keys import MasterKey
from amity.service.recording import settled

CLIENTS = 64
ROUNDS = 3
SHORT = 5
PARTS = ("commits", "making", "verifying")
numbers = count(1)


@dataclass(frozen=True, slots=True)
class Run:
    """What clients got done: receipts a second, records to a batch, CPU for each record."""

    rate: float
    batch: float
    cpu_us: float

    def __str__(self) -> str:
        return (
            f"{self.rate:5.0f}/s ({self.cpu_us:4.0f} us of CPU each, {self.batch:.1f} to a batch)"
        )


def written(store: str, most_per_batch: int, seconds: float, made: Sequence[Prepared]) -> Run:
    """What the writer does with records that were made before."""
    items = iter(made)
    opened = open_store(store)
    settings = Settings(most_per_batch=most_per_batch)
    writer = Writer(opened, lambda: time.time_ns() // 1000, print, settings)

    def send() -> Future[Receipt] | None:
        if (item := next(items, None)) is None:
            return None
        job = Job(item)
        writer.submit(job)
        return job.future

    try:
        return asked(send, seconds, lambda: writer.head)
    finally:
        writer.close()
        opened.close()


def scattered(store: str, seconds: float, made: Sequence[Prepared]) -> Run:
    """What clients do who each commit by a connection of their own."""
    open_store(store).close()
    items, taking, done = iter(made), threading.Lock(), [0] * CLIENTS
    guests = [open_store(store, is_guest=True, busy_s=60) for _ in range(CLIENTS)]
    with guests[0].read() as connection:
        log_id = read_log_id(connection)
    began, cpu = time.perf_counter(), time.process_time()

    def client(number: int) -> None:
        guest = guests[number]
        with guest.connect() as connection:
            while time.perf_counter() < began + seconds:
                with taking:
                    item = next(items, None)
                if item is None:
                    return
                with connection.begin():
                    guest.take_turn(connection)
                    now_us = time.time_ns() // 1000
                    transaction = Transaction(connection, log_id, now_us, is_careful=False)
                    transaction.append([item])
                    transaction.close()
                done[number] += 1

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(client, range(CLIENTS)))
    took, spent = time.perf_counter() - began, time.process_time() - cpu
    for guest in guests:
        guest.close()
    return Run(sum(done) / took, 1, spent / max(1, sum(done)) * 1e6)


def logged(store: str, most_per_batch: int, seconds: float, samples: Sequence[int]) -> Run:
    """What the log does with decisions, of which it makes records first."""

    def send() -> Future[Receipt]:
        number = next(numbers)
        return log.append(entry(samples[number % len(samples)], conversation_id=f"b-{number}"))

    with open_log(store, PlainForms(), settings=Settings(most_per_batch=most_per_batch)) as log:
        return asked(send, seconds, lambda: log.head)


def asked(
    send: Callable[[], Future[Receipt] | None], seconds: float, head: Callable[[], Head]
) -> Run:
    """What comes of clients that each *send* and wait, again and again, until the time is over."""

    async def client(until: float) -> int:
        done = 0
        while time.perf_counter() < until and (future := send()) is not None:
            await settled(future)
            done += 1
        return done

    async def clients() -> tuple[int, float]:
        began = time.perf_counter()
        done = sum(await asyncio.gather(*(client(began + seconds) for _ in range(CLIENTS))))
        return done, time.perf_counter() - began

    before, cpu = head(), time.process_time()
    done, took = asyncio.run(clients())
    spent = time.process_time() - cpu
    batches = head().number - before.number
    return Run(done / took, done / batches, spent / done * 1e6)


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


def group_commit(folder: str, store: str, seconds: float, records: int) -> None:
    for what, samples in (
        ("short conversations", short_samples()),
        ("all samples", every_sample()),
    ):
        made = [
            prepare(
                entry(samples[number % len(samples)], conversation_id=f"m-{number}"), PlainForms()
            )
            for number in range(records)
        ]
        compare(f"{what}, written", written, made, folder, store, seconds)
        del made
        compare(f"{what}, made and written", logged, samples, folder, store, seconds)


def sync_ms(folder: str) -> float:
    """How long the disk takes to have 32 KiB more for sure, in the median."""
    took = []
    with Path(folder, "sync").open("wb") as file:
        for _ in range(200):
            file.write(bytes(32_768))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append((time.perf_counter() - began) * 1e3)
    return median(took)


def compare(
    what: str,
    way: Callable[[str, int, float, Any], Run],
    given: Any,
    folder: str,
    store: str,
    seconds: float,
) -> None:
    """The ways of committing in turns, and the medians of their ratios."""
    ratios, by_their_own = [], []
    for number in range(ROUNDS):
        one = way(store or f"{folder}/one-{what}-{number}.db", 1, seconds, given)
        group = way(store or f"{folder}/group-{what}-{number}.db", 200, seconds, given)
        ratios.append(group.rate / one.rate)
        print(f"  {what}: commit per request {one}, group commit {group}, ratio {ratios[-1]:.1f}")
        if way is written:
            own = scattered(store or f"{folder}/own-{what}-{number}.db", seconds, given)
            by_their_own.append(group.rate / own.rate)
            print(f"  {what}: by connections of their own {own}, ratio {by_their_own[-1]:.1f}")
    span = f"{min(ratios):.1f} to {max(ratios):.1f}"
    print(
        f"  {what}: median ratio {median(ratios):.1f} ({span}) with {CLIENTS} clients", flush=True
    )
    if by_their_own:
        span = f"{min(by_their_own):.1f} to {max(by_their_own):.1f}"
        print(
            f"  {what}: {median(by_their_own):.1f} ({span}) to connections of their own", flush=True
        )


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
    parser.add_argument("--only", choices=PARTS, help="one part")
    parser.add_argument("--store", default="", help="another store for the first part")
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--records", type=int, default=5_000)
    options = parser.parse_args()
    for conversation in conversations():
        decided(conversation.id)  # judged before anything is timed
    parts = (options.only,) if options.only else PARTS
    print("load", *(f"{load:.1f}" for load in os.getloadavg()))
    with tempfile.TemporaryDirectory() as folder:
        if "commits" in parts:
            print(f"Group commit, on a disk that takes {sync_ms(folder):.2f} ms to sync")
            group_commit(folder, options.store, options.seconds, options.records)
        if "making" in parts:
            print("Logging against judging")
            cost(folder)
        if "verifying" in parts:
            print("Verifying")
            verified(folder, options.records)
    print("load", *(f"{load:.1f}" for load in os.getloadavg()))


if __name__ == "__main__":
    main()

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
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.log.logkit import PlainForms, conversations, entry, judge

from amity.log.log import open_log, open_reader
from amity.log.preparing import prepare
from amity.log.private_forms import private_forms
from amity.log.record import Entry
from amity.log.verify import verify
from amity.log.writer import Settings
from amity.privacy.keys import MasterKey

CLIENTS = 64
ROUNDS = 3
numbers = count(1)


def rate(store: str, most_per_batch: int, seconds: float) -> float:
    """Records a second that clients get receipts for."""
    done = [0] * CLIENTS
    with open_log(store, PlainForms(), settings=Settings(most_per_batch=most_per_batch)) as log:
        until = time.perf_counter() + seconds

        def client(number: int) -> None:
            while time.perf_counter() < until:
                log.append(entry(number, conversation_id=f"bench-{next(numbers)}")).result()
                done[number] += 1

        threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
        began = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(done) / (time.perf_counter() - began)


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
    ratios = []
    for number in range(ROUNDS):
        one = rate(store or f"{folder}/one-{number}.db", 1, seconds)
        group = rate(store or f"{folder}/group-{number}.db", 200, seconds)
        ratios.append(group / one)
        print(
            f"  commit per request {one:8.0f}/s   group commit {group:8.0f}/s   ratio {ratios[-1]:5.1f}"
        )
    print(f"  median ratio {median(ratios):.1f} with {CLIENTS} clients")


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


def written(folder: str, records: int) -> None:
    """CPU of everything, and of verifying it."""
    path = f"{folder}/verify.db"
    entries = [entry(number) for number in range(len(conversations()))]
    with open_log(path, PlainForms()) as log:
        began = time.process_time()
        futures = []
        for number in range(records):
            futures.append(log.append(entry(number, conversation_id=f"v-{number}")))
            if len(futures) == 1000:
                [future.result() for future in futures]
                futures = []
        [future.result() for future in futures]
        spent = time.process_time() - began
    print(f"  written: {spent / records * 1e6:.0f} us of CPU a record, with everything")
    size = Path(path).stat().st_size / records
    findings = sum(len(each.decision.outcomes) for each in entries) / len(entries)
    print(
        f"  {records} records of {findings:.1f} findings on average, {size:,.0f} bytes each in the file"
    )
    for is_thorough in (False, True):
        best = float("inf")
        for _ in range(ROUNDS):
            with open_reader(path) as reader:
                began = time.process_time()
                found = verify(reader, is_thorough=is_thorough)
                best = min(best, time.process_time() - began)
            if not found.is_good:
                raise SystemExit(f"the log is not good: {found.flaws[0]}")
        how = "thorough" if is_thorough else "as usual"
        print(f"  verified {how}: {found.records / best:,.0f} records a second of CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--store", default="", help="another store for the first part")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--records", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print("Group commit")
        group_commit(folder, options.store, options.seconds)
        print("Logging against judging")
        cost(folder)
        print("Verifying")
        written(folder, options.records)


if __name__ == "__main__":
    main()

"""Kill a writing process with SIGKILL at random moments, and see that nothing acknowledged is lost.

    python tools/crash_log.py                      # 50 rounds on a SQLite file
    python tools/crash_log.py --acknowledge-first  # the positive control: it must see loss
    python tools/crash_log.py --store postgresql://user@host/database --rounds 10

Each round goes on with the log of the rounds before. Clients note a decision as acknowledged when
its receipt comes (or, in the control, before it is written). After each kill every acknowledged
decision must be in the log, at the place that its receipt named, and the whole log must verify.
Exit codes: 0 nothing was lost (or the control lost something), 1 otherwise.
"""

from __future__ import annotations

import argparse
import os
import random
import select as polling
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.log.logkit import PlainForms, conversations, decided, entry

from amity.log.log import open_log, open_reader
from amity.log.tables import decisions
from amity.log.verify import verify

CLIENTS = 8
LONGEST_S = 0.6


def write(store: str, pipe: int, name: str, *, is_control: bool) -> None:
    """Append until killed; a line goes into *pipe* for each decision that is acknowledged."""
    log = open_log(store, PlainForms())

    def client(number: int) -> None:
        count = 0
        while True:
            wanted = f"{name}-{number}-{count}"
            count += 1
            future = log.append(entry(count, conversation_id=wanted, request_id=wanted))
            seq = 0 if is_control else future.result().seq
            # Short enough to go into a pipe whole.
            os.write(pipe, f"{wanted} {seq}\n".encode())

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def killed(store: str, name: str, rng: random.Random, *, is_control: bool) -> dict[str, int]:
    """What a process acknowledged before it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            write(store, writing, name, is_control=is_control)
        finally:
            os._exit(3)
    os.close(writing)
    until = None
    kept = b""
    while True:
        wait = 60.0 if until is None else max(0.0, until - time.monotonic())
        ready, _, _ = polling.select([reading], [], [], wait)
        if ready:
            part = os.read(reading, 65536)
            if not part:
                break
            kept += part
        if until is None:
            until = time.monotonic() + rng.uniform(0.0, LONGEST_S)
        elif time.monotonic() >= until:
            os.kill(child, signal.SIGKILL)
            until = time.monotonic() + 60
    os.close(reading)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
        raise SystemExit("the writing process ended by itself")
    lines = [line.split() for line in kept.decode().splitlines()]
    return {wanted: int(seq) for wanted, seq in lines}


def lost(store: str, acknowledged: dict[str, int]) -> tuple[list[str], int, list[str]]:
    """Which of *acknowledged* are not where they were said to be; records; flaws."""
    with open_log(store, PlainForms()):
        pass  # as a server that starts again would
    with open_reader(store) as log:
        found = verify(log)
        with log.read() as connection:
            rows = connection.execute(select(decisions.c.conversation_id, decisions.c.seq))
            there = {row.conversation_id: row.seq for row in rows}
    gone = [
        name
        for name, seq in acknowledged.items()
        if there.get(name) != (seq or there.get(name, -1))
    ]
    return gone, found.records, [str(flaw) for flaw in found.flaws]


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--store", default="")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--acknowledge-first", action="store_true")
    options = parser.parse_args()
    for conversation in conversations():
        decided(conversation.id)  # judged once, before anything is forked
    rng = random.Random(options.seed)  # noqa: S311 - when to kill
    with tempfile.TemporaryDirectory() as folder:
        store = options.store or str(Path(folder) / "log.db")
        everything: dict[str, int] = {}
        gone: list[str] = []
        flaws: list[str] = []
        records = 0
        for number in range(options.rounds):
            name = f"r{options.seed}-{number}"
            new = killed(store, name, rng, is_control=options.acknowledge_first)
            everything |= new
            gone, records, flaws = lost(store, everything)
            print(
                f"round {number + 1}: {len(new)} acknowledged, {records} records, {len(gone)} lost, {len(flaws)} flaws"
            )
            if (gone and not options.acknowledge_first) or flaws:
                break
    print(
        f"{len(everything)} acknowledged, {len(gone)} lost, {len(flaws)} flaws in {records} records"
    )
    for line in (*gone[:5], *flaws[:5]):
        print(f"  {line}")
    is_fine = bool(gone) if options.acknowledge_first else not gone
    return 0 if is_fine and not flaws else 1


if __name__ == "__main__":
    sys.exit(main())

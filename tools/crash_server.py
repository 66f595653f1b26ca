"""Kill `amity serve` with SIGKILL at random moments under load, and see that nothing acknowledged is lost.

    python tools/crash_server.py            # 50 rounds
    python tools/crash_server.py --control  # replies ahead of the log: it must see loss

Each round starts the server with the log of the rounds before, calls it from 8 clients and kills
it. A reply is an acknowledgement. A call that was cut off is made again after the next start, with
the same request id, and must give one decision. After each kill every acknowledged decision must be
in the log once, at the place that its receipt named, and the whole log must verify. The control is
a server with `--durability async`, whose clients give no request id.
Exit codes: 0 nothing was lost (or the control lost something), 1 otherwise.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

import grpc
from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).parents[1]))

from amity.log.log import open_reader
from amity.log.tables import decisions
from amity.log.verify import verify
from amity.v1 import conversation_pb2, evaluation_service_pb2, evaluation_service_pb2_grpc

ROOT = Path(__file__).parents[1]
POLICIES = ROOT / "tests" / "service" / "bundle"
CLIENTS = 8
LONGEST_S = 0.8


class Client:
    """Calls the server until it is gone; what was cut off is asked again the next time."""

    def __init__(self, number: int, *, is_control: bool) -> None:
        self._number, self._is_control = number, is_control
        self._count = 0
        self._cut_off: list[str] = []
        self.acknowledged: dict[str, int] = {}
        self.has_begun = threading.Event()

    def run(self, address: str) -> None:
        """Call the server at *address*, again and again."""
        with grpc.insecure_channel(address) as channel:
            stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
            while True:
                name = self._cut_off.pop() if self._cut_off else self._next()
                try:
                    receipt = stub.Evaluate(self._asked(name), timeout=20).receipt
                except grpc.RpcError:
                    self._cut_off += [] if self._is_control else [name]
                    return
                self.acknowledged[name] = receipt.seq
                self.has_begun.set()

    def _next(self) -> str:
        self._count += 1
        return f"c{self._number}-{self._count}"

    def _asked(self, name: str) -> evaluation_service_pb2.EvaluateRequest:
        conversation = conversation_pb2.Conversation(id=name, channel=conversation_pb2.CHANNEL_CHAT)
        conversation.participants.add(id="ann", role=conversation_pb2.ROLE_CUSTOMER)
        conversation.participants.add(id="ben", role=conversation_pb2.ROLE_AGENT)
        conversation.turns.add(participant_id="ann", text="I am frustrated.")
        conversation.turns.add(participant_id="ben", text="Calm down.")
        request_id = "" if self._is_control else name
        return evaluation_service_pb2.EvaluateRequest(
            conversation=conversation, request_id=request_id
        )


def one_round(log: Path, clients: list[Client], rng: random.Random, *, is_control: bool) -> None:
    """Serve, call, and kill."""
    durability = "async" if is_control else "durable"
    command = [sys.executable, "-m", "amity.cli.main", "serve", "--port", "0", "--log", str(log)]
    command += ["--durability", durability, "--policies", str(POLICIES), "--log-level", "error"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as server:
        ready = server.stderr.readline() if server.stderr else ""
        if "ready on " not in ready:
            raise SystemExit(f"the server did not start: {ready}")
        address = ready.partition("ready on ")[2].partition(": ")[0]
        for client in clients:
            client.has_begun.clear()
        threads = [threading.Thread(target=client.run, args=(address,)) for client in clients]
        for thread in threads:
            thread.start()
        clients[0].has_begun.wait(60)
        time.sleep(rng.uniform(0.0, LONGEST_S))
        server.send_signal(signal.SIGKILL)
        for thread in threads:
            thread.join()


def lost(log: Path, acknowledged: dict[str, int]) -> tuple[list[str], list[str], int]:
    """What is not where it was said to be, what is wrong with the log, and how many records it has."""
    with open_reader(log) as reader:
        found = verify(reader)
        with reader.read() as connection:
            rows = connection.execute(select(decisions.c.conversation_id, decisions.c.seq)).all()
    there = {row.conversation_id: row.seq for row in rows}
    gone = [
        name
        for name, seq in acknowledged.items()
        if name not in there or (seq and there[name] != seq)
    ]
    flaws = [str(flaw) for flaw in found.flaws]
    flaws += [
        f"{name} is there {count} times"
        for name, count in Counter(row.conversation_id for row in rows).items()
        if count > 1
    ]
    return gone, flaws, found.records


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--control", action="store_true")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311 - when to kill
    clients = [Client(number, is_control=options.control) for number in range(CLIENTS)]
    gone: list[str] = []
    flaws: list[str] = []
    records = 0
    everything: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.db"
        for number in range(options.rounds):
            one_round(log, clients, rng, is_control=options.control)
            everything = {n: seq for client in clients for n, seq in client.acknowledged.items()}
            gone, flaws, records = lost(log, everything)
            print(
                f"round {number + 1}: {len(everything)} acknowledged, {records} records, "
                f"{len(gone)} lost, {len(flaws)} flaws",
                flush=True,
            )
            if (gone and not options.control) or flaws:
                break
    print(f"{len(everything)} acknowledged, {len(gone)} lost, {len(flaws)} flaws")
    for line in (*gone[:5], *flaws[:5]):
        print(f"  {line}")
    return 0 if bool(gone) == options.control and not flaws else 1


if __name__ == "__main__":
    sys.exit(main())

"""Requests while policies are reloaded again and again, half of them bad ones.

Prints how many requests were served, how many failed, in how many batches two digests met, and
how long requests took without and with reloads::

    python tools/reload_storm.py [--reloads 200] [--policies DIR]
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from amity.v1 import (
    conversation_pb2,
    evaluation_service_pb2_grpc,
    policy_service_pb2,
    policy_service_pb2_grpc,
)
from amity.v1.evaluation_service_pb2 import EvaluateBatchRequest, EvaluateRequest

QUIET_S = 3.0
BATCH = 20


def conversation(name: str) -> conversation_pb2.Conversation:
    made = conversation_pb2.Conversation(id=name, channel=conversation_pb2.CHANNEL_CHAT)
    made.participants.add(id="ann", role=conversation_pb2.ROLE_CUSTOMER)
    made.participants.add(id="ben", role=conversation_pb2.ROLE_AGENT)
    made.turns.add(participant_id="ann", text="I am furious, this is the third time I ask.")
    made.turns.add(participant_id="ben", text="I'm sorry. Calm down, I will look at it.")
    return made


@dataclass
class Counts:
    """What the asking threads saw; each has its own, so that nothing is lost."""

    served: int = 0
    errors: list[str] = field(default_factory=list)
    mixed: int = 0
    digests: set[str] = field(default_factory=set)
    times: list[tuple[float, float]] = field(default_factory=list)


def ask(address: str, size: int, pause_s: float, done: threading.Event, counts: Counts) -> None:
    """Send batches of *size*, or single conversations for 0, until *done*."""
    with grpc.insecure_channel(address) as channel:
        stub = evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
        requests = [EvaluateRequest(conversation=conversation(f"c{n}")) for n in range(size or 1)]
        while not done.is_set():
            began = time.perf_counter()
            try:
                if size:
                    results = stub.EvaluateBatch(EvaluateBatchRequest(requests=requests)).results
                    failed = [r.error.message for r in results if not r.HasField("decision")]
                    found = {r.decision.policy_digest for r in results}
                else:
                    failed, found = [], {stub.Evaluate(requests[0]).decision.policy_digest}
            except grpc.RpcError as error:
                counts.errors.append(str(error))
                continue
            counts.times.append((began, time.perf_counter() - began))
            counts.served += len(requests)
            counts.errors += failed
            counts.mixed += len(found) != 1
            counts.digests |= found
            time.sleep(pause_s)


def rewrite(folder: Path, text: str) -> None:
    new = folder / "policy.new"
    new.write_text(text, encoding="utf-8")
    new.replace(folder / "policy.yaml")


def told(what: str, times: list[float]) -> str:
    if len(times) < 2:
        return f"{what}: too few"
    cuts = statistics.quantiles(times, n=100)
    return (
        f"{what}: {len(times):,} calls, median {cuts[49] * 1000:.1f} ms, "
        f"99% {cuts[98] * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reloads", type=int, default=200)
    parser.add_argument("--policies", type=Path, default=Path("tests/tiny"))
    parser.add_argument("--pause", type=float, default=0.01, help="seconds between two requests")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(shutil.copytree(chosen.policies, Path(temporary) / "policies"))
        return storm(folder, chosen.reloads, chosen.pause)


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = ["serve", "--port", "0", "--log-level", "error", "--policies", str(folder)]
    with subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "amity.cli.main", *command],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        line = server.stderr.readline() if server.stderr else ""
        try:
            yield line.partition(" is ready on ")[2].partition(": ")[0]
        finally:
            server.terminate()


def storm(folder: Path, reloads: int, pause_s: float) -> int:
    path = next(folder.rglob("policy.yaml"))
    text = path.read_text(encoding="utf-8")
    done, all_counts = threading.Event(), [Counts() for _ in range(4)]
    with serving(folder) as address, grpc.insecure_channel(address) as channel:
        stub = policy_service_pb2_grpc.PolicyServiceStub(channel)
        threads = [
            threading.Thread(target=ask, args=(address, size, pause_s, done, counts))
            for size, counts in zip((0, 0, BATCH, BATCH), all_counts, strict=True)
        ]
        for thread in threads:
            thread.start()
        time.sleep(QUIET_S)
        began, outcomes = time.perf_counter(), []
        for number in range(reloads):
            bad = "\nmistake: true\n" if number % 2 else ""
            rewrite(path.parent, f"{text}# change {number}\n{bad}")
            answer = stub.ReloadPolicies(policy_service_pb2.ReloadPoliciesRequest())
            outcomes.append(policy_service_pb2.ReloadOutcome.Name(answer.outcome)[15:].lower())
        took = time.perf_counter() - began
        done.set()
        for thread in threads:
            thread.join()
    errors = [error for counts in all_counts for error in counts.errors]
    mixed = sum(counts.mixed for counts in all_counts)
    digests = set().union(*(counts.digests for counts in all_counts))
    tally = ", ".join(f"{outcomes.count(name)} {name}" for name in sorted(set(outcomes)))
    singles = [each for counts in all_counts[:2] for each in counts.times]
    print(f"reloads: {reloads} in {took:.1f} s ({tally})")
    print(f"conversations judged: {sum(counts.served for counts in all_counts):,}")
    print(f"errors: {len(errors)}")
    print(f"batches with two digests: {mixed}")
    print(f"digests seen in decisions: {len(digests)}")
    print(told("one conversation, no reload", [spent for at, spent in singles if at < began]))
    print(told("one conversation, reloading", [spent for at, spent in singles if at >= began]))
    for error in errors[:3]:
        print(error)
    return int(bool(errors or mixed))


if __name__ == "__main__":
    sys.exit(main())

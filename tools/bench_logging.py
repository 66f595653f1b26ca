"""What logging costs the server: its CPU time per Evaluate, with the log and without, in one run.

    python tools/bench_logging.py [--calls 1500] [--rounds 3] [--clients 32] [--views-only]

Servers run as processes of their own, one beside the other, and take turns; the CPU time is that of
the whole process, user and system. The ratio must be 1.5 or less.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import grpc
from google.protobuf import json_format

from amity.cli.samples import samples
from amity.v1 import conversation_pb2, evaluation_service_pb2_grpc
from amity.v1.evaluation_service_pb2 import EvaluateRequest

MOST = 1.5
TICKS = os.sysconf("SC_CLK_TCK")
numbers = count()


@contextmanager
def server(*options: str):
    """A server process; gives its process id and a stub for each of some channels."""
    command = [sys.executable, "-m", "amity.cli.main", "serve", "--port", "0"]
    command += ["--log-level", "error", "--drain-wait", "0", *options]
    process = subprocess.Popen(  # noqa: S603 - this very interpreter
        command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        ready = re.search(r"ready on (\S+?): ", process.stderr.readline())
        with grpc.insecure_channel(ready[1]) as channel:
            yield process.pid, evaluation_service_pb2_grpc.EvaluationServiceStub(channel)
    finally:
        process.terminate()
        process.wait()


def cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def requests(calls: int) -> list[EvaluateRequest]:
    """As many different conversations, each under an id of its own."""
    known = [
        json_format.Parse(sample.conversation_json, conversation_pb2.Conversation())
        for sample in samples()
    ]
    made = []
    for index in range(calls):
        request = EvaluateRequest(conversation=known[index % len(known)])
        request.conversation.id = f"bench-{next(numbers)}"
        made.append(request)
    return made


def round_us(pid: int, stub, calls: int, pool: ThreadPoolExecutor) -> float:
    asked = requests(calls)
    before = cpu_s(pid)
    list(pool.map(stub.Evaluate, asked))
    return (cpu_s(pid) - before) / calls * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--views-only", action="store_true", help="keep no sealed originals")
    given = parser.parse_args()
    os.environ["AMITY_BENCH_KEY"] = base64.b64encode(secrets.token_bytes(32)).decode()
    keys = () if given.views_only else ("--master-key", "env:AMITY_BENCH_KEY")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        pool = stack.enter_context(ThreadPoolExecutor(given.clients))
        servers = {
            "off": stack.enter_context(server()),
            "durable": stack.enter_context(server("--log", str(folder / "a.db"), *keys)),
            "async": stack.enter_context(
                server("--log", str(folder / "b.db"), "--durability", "async", *keys)
            ),
        }
        costs: dict[str, list[float]] = {name: [] for name in servers}
        for pid, stub in servers.values():
            round_us(pid, stub, 300, pool)
        for _ in range(given.rounds):
            for name, (pid, stub) in servers.items():
                costs[name].append(round_us(pid, stub, given.calls, pool))
    base = statistics.median(costs["off"])
    worst = 0.0
    for name, found in costs.items():
        median = statistics.median(found)
        worst = max(worst, median / base)
        span = f"{min(found):.0f} to {max(found):.0f}"
        print(f"{name:8} {median:7.0f} µs CPU per Evaluate ({span}), {median / base:.2f} times off")
    print(f"{'good' if worst <= MOST else 'MISSED'}: at most {MOST} times is wanted")
    return int(worst > MOST)


if __name__ == "__main__":
    sys.exit(main())

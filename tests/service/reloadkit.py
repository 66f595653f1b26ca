"""A folder of policies that changes, and a server that follows it."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from amity.bundles.archive import pack
from amity.bundles.folder import read_folder
from amity.bundles.sources import source_of
from amity.plugins.host import load_plugins
from amity.service.last_good import LastGood
from amity.service.opening import Policies
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.source import Problems
from amity.v1 import conversation_pb2, evaluation_service_pb2_grpc, policy_service_pb2_grpc
from amity.v1.evaluation_service_pb2 import EvaluateBatchRequest, EvaluateRequest
from amity.v1.policy_service_pb2 import GetStatusRequest, ReloadPoliciesRequest

BUNDLE = Path(__file__).parent / "bundle"
PATIENCE_S = 30
SETTINGS = Settings(
    port=0, drain_wait_s=0.0, grace_s=5.0, watch_every_s=0.05, poll_every_s=0.1, max_waiting=100_000
)
GOOD = "coach: Stay calm."
CASES = """apiVersion: amity/v1
kind: Cases
metadata: {policy: small-trust}
cases:
  - name: calm
    conversation:
      turns:
        - customer: I am frustrated.
        - agent: I hear you.
    expect: {no-dismissal: STATE}
"""


def copied(folder: Path) -> Path:
    """A copy of the small bundle at *folder*."""
    shutil.copytree(BUNDLE, folder)
    return folder


def change(folder: Path, number: int) -> None:
    """Make the folder's policies good ones that differ by *number*."""
    write(folder, f"{GOOD} {number}")


def spoil(folder: Path, number: int) -> None:
    """Make the folder's policies bad ones."""
    write(folder, f"coach: Stay calm. {number}\n    expects: nothing")


def overreach(folder: Path, number: int) -> None:
    """Make the folder's policies such that they load, and lint finds an error in them."""
    write(
        folder,
        f"coach: Stay calm. {number}",
        threshold="{all: [agent.dismissal, {none: [agent.dismissal]}]}",
    )


def explode(folder: Path, number: int) -> None:
    """Make the folder's policies such that a condition in them could take seconds."""
    times = "conversation.response_times_s"
    condition = f"({times} + {times} + {times}).filter(t, t > {number}).size() > 1"
    write(folder, f"coach: Stay calm.\n    when: {condition}", said=False)


def write(folder: Path, line: str, threshold: str = "agent.dismissal", said: bool = True) -> None:
    text = (BUNDLE / "policy.yaml").read_text(encoding="utf-8").replace(GOOD, line)
    if not said:
        text = text.replace("    when: conversation.channel == 'chat'\n", "")
    text = text.replace("forbid: agent.dismissal", f"forbid: {threshold}")
    new = folder / "policy.new"
    new.write_text(text, encoding="utf-8")
    new.replace(folder / "policy.yaml")


def cases(folder: Path, state: str) -> None:
    """Give the folder a case by which the agent was calm (no_opportunity) or was not."""
    (folder / "cases.yaml").write_text(CASES.replace("STATE", state), encoding="utf-8")


def packed(folder: Path) -> bytes:
    """The folder as a bundle file."""
    return pack(read_folder(folder, Problems()), "small", "1", "tests").to_bytes()


def conversation(name: str) -> conversation_pb2.Conversation:
    made = conversation_pb2.Conversation(id=name, channel=conversation_pb2.CHANNEL_CHAT)
    made.participants.add(id="ann", role=conversation_pb2.ROLE_CUSTOMER)
    made.participants.add(id="ben", role=conversation_pb2.ROLE_AGENT)
    made.turns.add(participant_id="ann", text="I am frustrated.")
    made.turns.add(participant_id="ben", text="Calm down.")
    return made


@dataclass
class Running:
    """A server under test, and how to ask it."""

    channel: grpc.Channel
    log_stream: io.StringIO
    judge_digest: str

    def __post_init__(self) -> None:
        self.policies = policy_service_pb2_grpc.PolicyServiceStub(self.channel)
        self.evaluation = evaluation_service_pb2_grpc.EvaluationServiceStub(self.channel)

    def status(self):
        return self.policies.GetStatus(GetStatusRequest())

    @property
    def digest(self) -> str:
        return self.status().bundle.digest

    def reload(self):
        return self.policies.ReloadPolicies(ReloadPoliciesRequest())

    def reload_soon(self):
        """A reload whose answer is waited for elsewhere."""
        return self.policies.ReloadPolicies.future(ReloadPoliciesRequest())

    def decide(self) -> str:
        """The digest that a decision has now."""
        request = EvaluateRequest(conversation=conversation("c"))
        return self.evaluation.Evaluate(request).decision.policy_digest

    def decide_many(self, count: int) -> set[str]:
        """The digests that the decisions of a batch have."""
        requests = [EvaluateRequest(conversation=conversation(f"c{n}")) for n in range(count)]
        results = self.evaluation.EvaluateBatch(EvaluateBatchRequest(requests=requests)).results
        assert all(result.HasField("decision") for result in results)
        return {result.decision.policy_digest for result in results}

    def until(self, holds: Callable[[object], bool]):
        """The first status of which *holds* is true."""
        end = time.monotonic() + PATIENCE_S
        while not holds(status := self.status()):
            assert time.monotonic() < end, status
            time.sleep(0.02)
        return status

    def health(self) -> dict[str, bool]:
        stub = health_pb2_grpc.HealthStub(self.channel)
        return {
            name: stub.Check(health_pb2.HealthCheckRequest(service=name)).status
            == health_pb2.HealthCheckResponse.SERVING
            for name in ("", "policies")
        }

    def events(self, name: str) -> list[dict]:
        lines = map(json.loads, self.log_stream.getvalue().splitlines())
        return [line for line in lines if line["event"] == name]


@contextmanager
def following(
    *names: str | Path, settings: Settings = SETTINGS, cache: Path | None = None
) -> Iterator[Running]:
    """A server that follows the sources *names*."""
    policies = opened(names, settings, cache)
    judge = policies.open()
    log = io.StringIO()
    with (
        running_server(judge, settings, log, policies) as address,
        grpc.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel,
    ):
        yield Running(channel, log, judge.bundle.digest)


def opened(
    names: Sequence[str | Path], settings: Settings = SETTINGS, cache: Path | None = None
) -> Policies:
    sources = [source_of(str(name), settings.trust, 1.0, settings.access) for name in names]
    kept = LastGood(cache, [source.name for source in sources], settings.trust) if cache else None
    return Policies(load_plugins(), sources, kept)


def signed_only(trusted: Path) -> Settings:
    return replace(SETTINGS, require_signed=True, trusted=trusted)

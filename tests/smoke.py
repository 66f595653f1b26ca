"""Run by the gate with an installed wheel, outside the checkout: what ships works by itself."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import amity
from amity.client import AmityClient
from amity.conversation import Channel, Conversation
from amity.judge import Judge, open_judge
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.testkit import talk
from amity.v1.decision_pb2 import State, Verdict


def main() -> int:
    """Judge over gRPC with the wheel's own policies, check the evidence, and prove a log of it."""
    home = Path(amity.__file__).parent
    assert "site-packages" in home.parts, f"amity was imported from {home}, not from the wheel"
    assert (home / "_policies").is_dir(), "the wheel has no policies"
    conversation = talk(
        "customer: I'm furious. I was charged twice and nobody answers.",
        "agent: Please calm down.",
        channel=Channel.CHAT,
    )
    with (
        running_server(open_judge(), Settings(port=0)) as address,
        AmityClient(address) as client,
    ):
        decision = client.evaluate(conversation)
    missed = {o.rule for o in decision.outcomes if o.state == State.STATE_MISSED}
    assert decision.verdict == Verdict.VERDICT_INTERVENE, decision
    assert missed, decision
    for signal in decision.signals:
        text = conversation.turns[signal.turn].text
        assert text[signal.start : signal.end] == signal.quote
    sys.stdout.write(
        f"amity-engine {version('amity-engine')}: {len(missed)} duties missed, as expected\n"
    )
    check_log(open_judge(), conversation)
    return 0


def check_log(judge: Judge, conversation: Conversation) -> None:
    """Keep a decision, and read, prove, replay, export, count and forget it with the commands."""
    with tempfile.TemporaryDirectory() as folder:
        key = base64.b64encode(b"k" * 32).decode()
        shell = Shell(Path(folder), {**os.environ, "SMOKE_MASTER": key})
        shell.run("sign", "--new-key", "anchors")
        (shell.folder / "master").write_text(key)
        (shell.folder / "master").chmod(0o600)
        settings = Settings(
            port=0,
            drain_wait_s=0.0,
            log=str(shell.folder / "log.db"),
            master_keys=(f"file:{shell.folder / 'master'}",),
            anchor_to=(f"file:{shell.folder / 'heads'}",),
            anchor_key=f"file:{shell.folder / 'anchors.key'}",
        )
        with (
            running_server(judge, settings) as address,
            AmityClient(address) as client,
        ):
            _, receipt = client.evaluate_with_receipt(conversation)
        assert receipt.seq == 1, receipt
        name, master = conversation.id, ("--master-key", "env:SMOKE_MASTER")
        assert name in shell.run("log", "list", "log.db", "-o", "json")
        assert "INTERVENE" in shell.run("log", "show", "log.db", name)
        proof = ("log", "verify", "log.db", "--anchors", "heads", "--trusted", "anchors.pub")
        assert "signed by trusted keys" in shell.run(*proof)
        kept = ("--kept-policies", "log.db.policies")
        assert "1 same" in shell.run("log", "replay", "log.db", "--all", *master, *kept)
        assert json.loads(shell.run("log", "export", "log.db"))
        assert "<html" in shell.run("report", "--log", "log.db", "-o", "html")
        assert "none" in shell.run("actions", "list", "log.db")
    sys.stdout.write("a decision log was written, read, proved, replayed, exported and counted\n")


@dataclass(frozen=True)
class Shell:
    """Runs `amity` as it was installed, in a folder of its own."""

    folder: Path
    env: dict[str, str]

    def run(self, *arguments: str) -> str:
        """What it prints; it must end well."""
        amity = Path(sys.executable).with_name("amity")
        done = subprocess.run(
            [amity, *arguments],
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, (arguments, done.stdout, done.stderr)
        return done.stdout


if __name__ == "__main__":
    sys.exit(main())

"""Run by the gate with an installed wheel, outside the checkout: what ships works by itself."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import amity
from amity.client import AmityClient
from amity.conversation import Channel
from amity.judge import open_judge
from amity.service.server import running_server
from amity.service.settings import Settings
from amity.testkit import talk
from amity.v1.decision_pb2 import State, Verdict


def main() -> int:
    """Judge one conversation over gRPC with the wheel's own policies, and check the evidence."""
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
    return 0


if __name__ == "__main__":
    sys.exit(main())

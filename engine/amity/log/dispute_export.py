"""Disputes that were decided, as cases that policies must pass."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection

from amity.log.disputes import Dispute, DisputeState, disputes_of
from amity.log.record import Payload

__all__ = ["CaseFiles", "decided"]

Json = dict[str, Any]
NO_OPPORTUNITY = "no_opportunity"


def decided(connection: Connection, seqs: Iterable[int]) -> list[Dispute]:
    """The disputes about the decisions *seqs* that are upheld or overturned, the oldest first."""
    return [each for each in disputes_of(connection, seqs) if each.state is not DisputeState.OPEN]


def _expected(dispute: Dispute) -> str:
    return dispute.corrected or dispute.finding


class CaseFiles:
    """Gathers cases: a file for each policy, and a file for each conversation.

    ``left_out`` counts disputes whose conversation is not kept any more. Where several findings of
    one conversation were disputed, they are one case.
    """

    def __init__(self) -> None:
        self.left_out = 0
        self._cases: dict[tuple[str, int], Json] = {}
        self._conversations: dict[int, Json] = {}
        self._open: dict[int, bool] = {}

    @property
    def count(self) -> int:
        """How many cases there are."""
        return len(self._cases)

    def add(self, dispute: Dispute, payload: Payload) -> None:
        """Make a case of *dispute*, or add it to that of its decision."""
        if payload.view is None:
            self.left_out += 1
            return
        decision = payload.view["decision"]
        self._conversations[dispute.seq] = payload.view["conversation"]
        self._open[dispute.seq] = decision.get("open", False)
        case = self._cases.setdefault(
            (dispute.policy, dispute.seq), {"outcomes": {}, "disputes": []}
        )
        case["disputes"].append(dispute)
        states = case["outcomes"]
        for number, outcome in enumerate(decision.get("outcomes", ())):
            if (outcome["policy"], outcome["rule"]) == (dispute.policy, dispute.rule):
                word = outcome["state"].removeprefix("STATE_").lower()
                states.setdefault(dispute.rule, {}).setdefault(number, word)
        states.setdefault(dispute.rule, {})[dispute.number] = _expected(dispute)

    def written(self) -> Mapping[str, str]:
        """The text of each file by its name; names are relative to the folder of policies."""
        by_policy: dict[str, list[tuple[int, Json]]] = defaultdict(list)
        for (policy, seq), case in sorted(self._cases.items()):
            by_policy[policy].append((seq, case))
        files = {
            f"conversations/record-{seq}.json": json.dumps(found, ensure_ascii=False, indent=2)
            + "\n"
            for seq, found in sorted(self._conversations.items())
        }
        for policy, cases in by_policy.items():
            files[f"{_file_name(policy)}.yaml"] = self._case_file(policy, cases)
        return files

    def _case_file(self, policy: str, cases: Iterable[tuple[int, Json]]) -> str:
        lines = [
            "apiVersion: amity/v1",
            "kind: Cases",
            f"metadata: {{policy: {_quoted(policy)}}}",
            "cases:",
        ]
        for seq, case in cases:
            lines.append("")
            for dispute in case["disputes"]:
                said = " ".join(dispute.steps[-1].reason.split())
                lines.append(f"  # {dispute.rule} {dispute.state}: {said}")
            still = ", open: true" if self._open[seq] else ""
            lines.append(f"  - name: {_quoted(f'Disputed in record {seq}')}")
            lines.append(f"    conversation: {{file: conversations/record-{seq}.json{still}}}")
            lines.append("    expect:")
            for rule, states in sorted(case["outcomes"].items()):
                lines.append(f"      {_quoted(rule)}: {_states(states)}")
        return "\n".join(lines) + "\n"


def _states(by_number: Mapping[int, str]) -> str:
    # What should not have arisen is no outcome; a rule without any has had no opportunity.
    states = [state for _, state in sorted(by_number.items()) if state != NO_OPPORTUNITY]
    if not states:
        return NO_OPPORTUNITY
    return states[0] if len(states) == 1 else f"[{', '.join(states)}]"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[a-z][a-z0-9-]*", text) else json.dumps(text, ensure_ascii=False)


def _file_name(policy: str) -> str:
    return re.sub(r"[^a-zA-Z0-9._-]", "-", policy)

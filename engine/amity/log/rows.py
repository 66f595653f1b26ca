"""The narrow rows that queries and reports read, made from the redacted view and from nothing else.

Whoever has the view can make them again, and that is what `verify` does. States, verdicts,
severities and channels stand in them as in our own values ("missed", "coach", "chat").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from amity.log.canonical import canonical, digest
from amity.log.days import DAY_US
from amity.log.documents import Document

__all__ = [
    "FINDING_PROVED",
    "PROVED",
    "Rows",
    "proof",
    "proofs_of",
    "rows_of",
    "words_proof",
]

NO_OPPORTUNITY = "STATE_NO_OPPORTUNITY"
_STATES = {
    f"STATE_{word.upper()}": word
    for word in ("shown", "missed", "abstained", "pending", "no_opportunity")
}
PROVED = (
    "decision_id",
    "conversation_id",
    "channel",
    "team",
    "agent_id",
    "verdict",
    "score",
    "is_open",
    "policy_digest",
)
FINDING_PROVED = (
    "number",
    "policy",
    "rule",
    "state",
    "severity",
    "weight",
    "turn",
    "agent_id",
    "team",
)
_IS_OPEN = PROVED.index("is_open")
_decision_values = itemgetter(*PROVED)
_finding_values = itemgetter(*FINDING_PROVED)
_SEVERITIES = {f"SEVERITY_{word.upper()}": word for word in ("minor", "major", "critical")}


@dataclass(frozen=True, slots=True)
class Rows:
    """A row of ``decisions``, and the rows of ``findings`` that belong to it, as name to value.

    As `rows_of` makes them they have no ``seq``; those of a decision that is in the log have it.
    """

    decision: dict[str, Any]
    findings: tuple[dict[str, Any], ...]


def rows_of(view: Document, at_us: int) -> Rows:
    """The rows of the decision in *view*, logged at *at_us*."""
    conversation, decision = view["conversation"], view["decision"]
    speakers = _Speakers(conversation)
    main = speakers.main_agent()
    findings = tuple(
        _finding(number, outcome, speakers, main)
        for number, outcome in enumerate(decision.get("outcomes", ()))
        if outcome["state"] != NO_OPPORTUNITY
    )
    row = {
        "decision_id": _text(decision.get("decisionId", "")),
        "conversation_id": _text(decision.get("conversationId", "")),
        "at_us": at_us,
        "day": at_us // DAY_US,
        "channel": _word(conversation.get("channel", "CHANNEL_UNSPECIFIED"), "CHANNEL_"),
        "team": _text(speakers.team(main)),
        "agent_id": _text(main),
        "customer_ref": _text(view.get("customerRef", "")),
        "verdict": _word(decision["verdict"], "VERDICT_"),
        "score": decision.get("score"),
        "is_open": decision.get("open", False),
        "policy_digest": _text(decision.get("policyDigest", "")),
    }
    return Rows(row, findings)


def proof(decision: Sequence[Any], found: Sequence[Sequence[Any]]) -> bytes:
    """What a record's header keeps of its rows: of the values that `PROVED` and `FINDING_PROVED` name.

    The words in them and the customer are not among these, so that the columns can be checked even
    after those had to be forgotten.
    """
    values = [*decision]
    values[_IS_OPEN] = int(values[_IS_OPEN])  # SQLite has no truth values
    return digest(canonical([values, found]))


def words_proof(salt: bytes, customer_ref: str, key_ref: str, texts: Sequence[str]) -> bytes:
    """What a record's header keeps of the words in its rows, of the customer and of their key."""
    return digest(salt + canonical([customer_ref, key_ref, texts]))


def proofs_of(rows: Rows, salt: bytes, key_ref: str) -> dict[str, str]:
    """Both proofs of *rows*, as a header has them."""
    found = [_finding_values(row) for row in rows.findings]
    texts = [row["text"] for row in rows.findings]
    return {
        "rowsSha256": proof(_decision_values(rows.decision), found).hex(),
        "wordsSha256": words_proof(salt, rows.decision["customer_ref"], key_ref, texts).hex(),
    }


def _finding(number: int, outcome: Document, speakers: _Speakers, main: str) -> dict[str, Any]:
    opportunity = outcome.get("opportunity")
    agent = speakers.answerable(outcome) or main
    return {
        "number": number,
        "policy": _text(outcome.get("policy", "")),
        "rule": _text(outcome.get("rule", "")),
        "state": _STATES[outcome["state"]],
        "severity": _SEVERITIES[outcome["severity"]],
        "weight": outcome.get("weight", 0.0),
        "turn": opportunity.get("turn", 0) if opportunity is not None else -1,
        "agent_id": _text(agent),
        "team": _text(speakers.team(agent)),
        "text": _text(outcome.get("reason", "")),
    }


class _Speakers:
    """Who spoke when, and who answers for what."""

    def __init__(self, conversation: Document) -> None:
        people: Sequence[Mapping[str, Any]] = conversation.get("participants", ())
        self._roles = {person.get("id", ""): person["role"] for person in people}
        self._teams: dict[str, str] = {
            person.get("id", ""): person.get("team", "") for person in people
        }
        self._order = [turn.get("participantId", "") for turn in conversation.get("turns", ())]

    def main_agent(self) -> str:
        """The agent with the most turns, the first of several; "" without an agent."""
        agents = [who for who, role in self._roles.items() if role == "ROLE_AGENT"]
        return max(agents, key=self._order.count, default="")

    def team(self, who: str) -> str:
        return self._teams.get(who, "")

    def answerable(self, outcome: Document) -> str:
        """Whose conduct *outcome* is about; "" if only the whole conversation can say."""
        evidence = outcome.get("evidence")
        if evidence and (who := self._employee(evidence[0].get("turn", 0))):
            return who
        if (opportunity := outcome.get("opportunity")) is None:
            return ""
        turn = opportunity.get("turn", 0)
        if self._roles.get(who := self._speaker(turn)) == "ROLE_COLLEAGUE":
            return who
        return next(
            (who for who in self._order[turn + 1 :] if self._roles.get(who) == "ROLE_AGENT"), ""
        )

    def _employee(self, turn: int) -> str:
        who = self._speaker(turn)
        return who if self._roles.get(who) in {"ROLE_AGENT", "ROLE_COLLEAGUE"} else ""

    def _speaker(self, turn: int) -> str:
        return self._order[turn] if turn < len(self._order) else ""


def _word(name: str, prefix: str) -> str:
    return name[len(prefix) :].lower()


def _text(value: str) -> str:
    """*value* as both stores can keep it: PostgreSQL has no room for the character 0."""
    return value.replace("\0", "\ufffd") if "\0" in value else value

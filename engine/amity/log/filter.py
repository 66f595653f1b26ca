"""Which decisions a list is of."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import orjson

from amity.errors import AmityError, Problem

__all__ = ["BadQuery", "Filter"]


class BadQuery(AmityError):
    """A list was asked for in a way that cannot be answered."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which decisions; what is empty narrows nothing. Times are microseconds since 1970.

    ``agent_id`` is the agent who spoke most, or whose conduct a finding is about. With ``rule``,
    ``state`` or ``text``, agent, team and these belong to one finding.
    """

    since_us: int | None = None
    until_us: int | None = None
    agent_id: str = ""
    team: str = ""
    customer_ref: str = ""
    channel: str = ""
    policy: str = ""
    rule: str = ""
    state: str = ""
    verdict: str = ""
    policy_digest: str = ""
    text: str = ""
    conversation_id: str = ""
    newest_only: bool = False

    @property
    def is_about_findings(self) -> bool:
        """Whether it asks for a decision with a certain finding."""
        return bool(self.policy or self.rule or self.state or self.text)

    def digest(self) -> bytes:
        """What tells the list of this filter from others."""
        return hashlib.sha256(orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS)).digest()

    def check(self) -> None:
        """Raise BadQuery where it cannot be answered."""
        if self.rule and not self.policy:
            message = "a rule is named without its policy"
            fix = "name the policy too: rules are named within policies"
            raise BadQuery(message, [Problem("C172", message, field="filter.rule", fix=fix)])

"""What the decision service does with the log, without gRPC. Everything here blocks."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from amity.errors import AmityError, Problem
from amity.evaluate.outcome import State
from amity.evaluate.trace import RuleTrace
from amity.log.disputes import (
    Dispute,
    DisputeState,
    Statement,
    disputes_of,
    find_dispute,
    list_disputes,
    opening,
    redacted_reason,
    resolution,
)
from amity.log.documents import conversation_from_document
from amity.log.errors import BadRecord
from amity.log.filter import Filter
from amity.log.flaws import Verified
from amity.log.log import DecisionLog
from amity.log.outcomes import WorldOutcome, outcome_event, outcomes_of
from amity.log.query import Page, check_page_size, list_decisions
from amity.log.reading import LogReader
from amity.log.record import Event, Kind, Payload, Receipt
from amity.log.replay import Replay, replay
from amity.log.stored import (
    conversation_in_log,
    newest_by_conversation,
    newest_by_id,
    stored_decisions,
)
from amity.log.verify import verify
from amity.problems import quoted
from amity.reports.card import Scorecard, Titles
from amity.reports.moments import Moment, moments_behind
from amity.reports.scorecard import scorecard
from amity.service.failures import NotFound
from amity.service.past_policies import PastJudges
from amity.service.wire_log import Logged
from amity.service.wire_scorecard import ScorecardAsked

__all__ = ["Decisions", "Explained", "Logged", "logged", "no_log"]

Moments = Mapping[tuple[str, str], Sequence[Moment]]


@dataclass(frozen=True, slots=True)
class Explained:
    """Why each rule ends as it does on the redacted words, and which end otherwise in the decision."""

    traces: Sequence[RuleTrace]
    differing: Sequence[str]


class Decisions:
    """Reads *log*, and writes what people answer. Thread-safe. All raise AmityError without a log."""

    def __init__(self, log: DecisionLog | None, judges: PastJudges) -> None:
        self._log, self._judges = log, judges

    @property
    def log(self) -> DecisionLog:
        """The log. Raises AmityError where there is none."""
        if self._log is None:
            raise no_log()
        return self._log

    def get(self, *, seq: int = 0, decision_id: str = "", conversation_id: str = "") -> Logged:
        """The decision of that record, or the newest of that id or on that conversation."""
        with self.log.read() as connection:
            if decision_id:
                seq = newest_by_id(connection, decision_id) or 0
            elif conversation_id:
                name = self._conversation(connection, conversation_id)
                seq = newest_by_conversation(connection, name) or 0
            if not seq:
                raise _no_decision(seq, decision_id or conversation_id)
            return logged_in(self.log, connection, seq)

    def _conversation(self, connection: Connection, conversation_id: str) -> str:
        """*conversation_id* as the log has it, which may be a hash."""
        forms = self.log.forms
        if forms is None:
            return conversation_id
        return conversation_in_log(connection, conversation_id, forms.hashed_conversation)

    def customer_ref(self, customer_id: str) -> str:
        """What stands for the customer of that id; "" for none."""
        forms = self.log.forms
        return forms.customer_ref(customer_id) if customer_id and forms is not None else ""

    def page(self, wanted: Filter, size: int, token: str, *, with_total: bool) -> Page:
        """A page of the decisions that *wanted* describes."""
        log = self.log
        with log.read() as connection:
            name = self._conversation(connection, wanted.conversation_id)
            wanted = replace(wanted, conversation_id=name)
            return list_decisions(
                connection,
                wanted,
                log.log_id,
                page_size=size,
                page_token=token,
                with_total=with_total,
            )

    def explain(self, seq: int, policy: str, rule: str) -> Explained:
        """Why the rules end so, by the policies of then, on the redacted conversation."""
        payload = self._decision(seq)
        if payload.view is None:
            message = f"the redacted form of the record {seq} is not kept any more"
            raise AmityError(message, [Problem("C164", message, field="seq")])
        decision = payload.view["decision"]
        judge = self._judges.judge(decision.get("policyDigest", ""))
        conversation = conversation_from_document(payload.view["conversation"])
        traces = judge.explain(
            conversation, is_open=decision.get("open", False), policy=policy, rule=rule
        )
        if (policy or rule) and not traces:
            message = "the policies of then have no such rule"
            raise NotFound(
                message, [Problem("C160", message, field="policy" if policy else "rule")]
            )
        return Explained(traces, _differing(traces, decision))

    def replay(self, seq: int) -> Replay:
        """Judge once more, and compare."""
        self._decision(seq)
        return replay(self.log, seq, self._judges)

    def dispute(self, seq: int, number: int, said: Statement) -> Dispute:
        """Record that a finding is disputed. Raises BadDispute."""
        payload = self._decision(seq)
        said = self._redacted(said, payload)
        with self.log.read() as connection:
            event = opening(connection, seq, number, said)
        return self._recorded(event)

    def resolve(
        self, dispute_id: str, said: Statement, state: DisputeState, corrected: State | None
    ) -> Dispute:
        """Record how a dispute was decided. Raises BadDispute."""
        with self.log.read() as connection:
            dispute = find_dispute(connection, dispute_id)
        if dispute is None:
            message = "there is no such dispute"
            fix = "see ListDisputes"
            raise NotFound(message, [Problem("C165", message, field="dispute_id", fix=fix)])
        said = self._redacted(said, self._decision(dispute.seq))
        return self._recorded(resolution(dispute, said, state, corrected))

    def disputes(self, state: str, size: int, token: str) -> tuple[list[Dispute], str]:
        """A page of disputes and the token of the next."""
        log, size = self.log, check_page_size(size)
        with log.read() as connection:
            return list_disputes(connection, state, log.log_id, size=size, page_token=token)

    def record_outcome(self, wanted: WorldOutcome) -> WorldOutcome:
        """Record what became of a conversation. Raises BadOutcome."""
        with self.log.read() as connection:
            name = self._conversation(connection, wanted.conversation_id)
            wanted = replace(wanted, conversation_id=name)
            event = outcome_event(connection, wanted)
        receipt = self.log.append(event).result()
        return WorldOutcome(
            wanted.conversation_id, wanted.name, wanted.value, wanted.at_us, receipt.seq
        )

    def scorecard(self, asked: ScorecardAsked) -> tuple[Scorecard, Moments]:
        """The scorecard that *asked* describes, with the moments behind its numbers."""
        titles = Titles.of(self._judges.active.bundle.policies)
        with self.log.read() as connection:
            card = scorecard(
                connection,
                asked.subject,
                asked.period,
                minimum=asked.minimum,
                by=asked.by,
                policy=asked.policy,
                titles=titles,
                most_parts=asked.most_parts,
            )
            return card, moments_behind(connection, card, asked.moments)

    def verify(self, progress: Callable[[int], None] = lambda _: None) -> Verified:
        """Whether every record is as it was written; *progress* hears how many have been read."""
        return verify(self.log, progress=progress)

    def _recorded(self, event: Event) -> Dispute:
        written: Future[Receipt] = self.log.append(event)
        written.result()
        with self.log.read() as connection:
            dispute = find_dispute(connection, event.body["disputeId"])
        if dispute is None:
            message = "the dispute was written, and cannot be read"
            raise AmityError(message, [Problem("C165", message, fix="run `amity log verify`")])
        return dispute

    def _redacted(self, said: Statement, payload: Payload) -> Statement:
        forms = self.log.forms
        if forms is None or said.problems():
            return said
        known = payload.original or payload.view
        return Statement(said.by, said.party, redacted_reason(forms, known, said.reason))

    def _decision(self, seq: int) -> Payload:
        try:
            payload = self.log.payload(seq)
        except BadRecord as error:
            raise _no_decision(seq) from error
        if payload.kind is not Kind.DECISION:
            raise _no_decision(seq)
        return payload


def logged(log: LogReader, seq: int) -> Logged:
    """The decision of the record *seq* in *log*. Raises NotFound."""
    with log.read() as connection:
        return logged_in(log, connection, seq)


def logged_in(log: LogReader, connection: Connection, seq: int) -> Logged:
    """The same, from the snapshot *connection*."""
    found = stored_decisions(connection, [seq])
    if not found:
        raise _no_decision(seq)
    disputes = disputes_of(connection, [seq])
    outcomes = outcomes_of(connection, [found[0].conversation_id])
    sealing = log.sealing_in(connection, seq)
    has_original = sealing.is_kept and not sealing.is_destroyed
    payload = log.payload_in(connection, seq)
    return Logged(found[0], payload, disputes, outcomes, has_original)


def now_us() -> int:
    """The time in microseconds since 1970."""
    return time.time_ns() // 1000


def no_log() -> AmityError:
    """What a server without a log says."""
    message = "this server keeps no decision log"
    fix = "start it with `amity serve --log FILE`"
    return AmityError(message, [Problem("C166", message, fix=fix)])


def _no_decision(seq: int, name: str = "") -> NotFound:
    called = quoted(name) if name else f"in the record {seq}"
    message = f"there is no decision {called}"
    fix = "`amity log list` shows those that there are"
    field = "name" if name else "seq"
    return NotFound(message, [Problem("C161", message, field=field, fix=fix)])


def _differing(traces: Sequence[RuleTrace], decision: Mapping[str, Any]) -> list[str]:
    recorded: dict[tuple[str, str], list[str]] = defaultdict(list)
    for outcome in decision.get("outcomes", ()):
        state = outcome["state"].removeprefix("STATE_").lower()
        recorded[outcome["policy"], outcome["rule"]].append(state)
    return [
        f"{trace.policy.name}/{trace.rule.id}"
        for trace in traces
        if sorted(state.value for state in trace.states)
        != sorted(recorded[trace.policy.name, trace.rule.id])
    ]

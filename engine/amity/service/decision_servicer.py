"""The decision service: thin, for reading the log is `decisions`' and translating is `wire`'s."""

# ruff: noqa: ARG002, N802 - gRPC dictates names and arguments

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc.aio

from amity.reports.card import MINIMUM
from amity.service import wire_log
from amity.service.decisions import Decisions, now_us
from amity.service.following import Following
from amity.service.reloading import in_thread
from amity.service.wire_scorecard import scorecard_asked, scorecard_to_wire
from amity.service.wire_trace import traces_to_wire
from amity.v1 import decision_service_pb2 as messages
from amity.v1 import decision_service_pb2_grpc, scorecard_pb2

__all__ = ["DecisionServicer"]

Context = grpc.aio.ServicerContext[Any, Any]


class DecisionServicer(decision_service_pb2_grpc.DecisionServiceServicer):
    """Shows what was decided, and takes what people and the world answer."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._verifying = asyncio.Lock()

    async def GetDecision(
        self, request: messages.GetDecisionRequest, context: Context
    ) -> messages.GetDecisionResponse:
        """One decision with its conversation, its disputes and what became of it."""
        found = await in_thread(
            lambda: self._decisions.get(
                seq=request.seq,
                decision_id=request.decision_id,
                conversation_id=request.conversation_id,
            )
        )
        return messages.GetDecisionResponse(decision=wire_log.logged_to_wire(found))

    async def ListDecisions(
        self, request: messages.ListDecisionsRequest, context: Context
    ) -> messages.ListDecisionsResponse:
        """A page of decisions, the newest first."""
        customer = self._decisions.customer_ref(request.filter.customer_id)
        wanted = wire_log.filter_from_wire(request.filter, customer)
        page = await in_thread(
            lambda: self._decisions.page(
                wanted, request.page_size, request.page_token, with_total=request.include_total
            )
        )
        return messages.ListDecisionsResponse(
            decisions=map(wire_log.summary_to_wire, page.decisions),
            next_page_token=page.next_token,
            total=page.total,
            total_is_least=page.is_total_least,
        )

    async def ExplainDecision(
        self, request: messages.ExplainDecisionRequest, context: Context
    ) -> messages.ExplainDecisionResponse:
        """Why each rule ended as it did."""
        explained = await in_thread(
            lambda: self._decisions.explain(request.seq, request.policy, request.rule)
        )
        return messages.ExplainDecisionResponse(
            traces=traces_to_wire(explained.traces), differing=explained.differing
        )

    async def ReplayDecision(
        self, request: messages.ReplayDecisionRequest, context: Context
    ) -> messages.ReplayDecisionResponse:
        """What comes of judging once more."""
        return wire_log.replay_to_wire(await in_thread(lambda: self._decisions.replay(request.seq)))

    async def VerifyLog(
        self, request: messages.VerifyLogRequest, context: Context
    ) -> AsyncIterator[messages.VerifyLogResponse]:
        """Check the whole log, and tell how far it has come; one check at a time."""
        total = self._decisions.log.head.seq
        yield messages.VerifyLogResponse(total=total)
        async with self._verifying:
            following = Following(self._decisions.verify)
            async for checked in following:
                yield messages.VerifyLogResponse(checked=checked, total=max(checked, total))
            verified = following.result
        yield messages.VerifyLogResponse(
            checked=verified.records,
            total=verified.head.seq,
            summary=wire_log.verified_to_wire(verified),
        )

    async def GetScorecard(
        self, request: scorecard_pb2.GetScorecardRequest, context: Context
    ) -> scorecard_pb2.GetScorecardResponse:
        """How an agent, a team, a customer or a channel did over a period."""
        asked = scorecard_asked(request, MINIMUM, self._decisions.customer_ref)
        card, moments = await in_thread(lambda: self._decisions.scorecard(asked))
        return scorecard_pb2.GetScorecardResponse(scorecard=scorecard_to_wire(card, moments))

    async def RecordOutcome(
        self, request: messages.RecordOutcomeRequest, context: Context
    ) -> messages.RecordOutcomeResponse:
        """Record what became of a conversation."""
        wanted = wire_log.outcome_from_wire(request, now_us())
        recorded = await in_thread(lambda: self._decisions.record_outcome(wanted))
        return messages.RecordOutcomeResponse(outcome=wire_log.outcome_to_wire(recorded))

    async def DisputeFinding(
        self, request: messages.DisputeFindingRequest, context: Context
    ) -> messages.DisputeFindingResponse:
        """Record that a finding is disputed."""
        said = wire_log.statement_from_wire(request.by, request.reason, request.party)
        dispute = await in_thread(
            lambda: self._decisions.dispute(request.seq, request.number, said)
        )
        return messages.DisputeFindingResponse(dispute=wire_log.dispute_to_wire(dispute))

    async def ResolveDispute(
        self, request: messages.ResolveDisputeRequest, context: Context
    ) -> messages.ResolveDisputeResponse:
        """Record how a dispute was decided."""
        said = wire_log.statement_from_wire(
            request.by, request.reason, messages.DISPUTE_PARTY_REVIEWER
        )
        state = wire_log.decided_from_wire(request.state)
        corrected = wire_log.state_from_wire(request.corrected)
        dispute = await in_thread(
            lambda: self._decisions.resolve(request.dispute_id, said, state, corrected)
        )
        return messages.ResolveDisputeResponse(dispute=wire_log.dispute_to_wire(dispute))

    async def ListDisputes(
        self, request: messages.ListDisputesRequest, context: Context
    ) -> messages.ListDisputesResponse:
        """A page of disputes, those that changed last first."""
        state = wire_log.dispute_state_from_wire(request.state)
        found, token = await in_thread(
            lambda: self._decisions.disputes(
                state.value if state else "", request.page_size, request.page_token
            )
        )
        return messages.ListDisputesResponse(
            disputes=map(wire_log.dispute_to_wire, found), next_page_token=token
        )

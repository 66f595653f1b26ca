"""What software that calls Amity imports: conversations in, decisions out, errors as values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.message import Message

from amity.errors import AmityError, Problem
from amity.service.status import code_numbered, problems_in, retry_after_s, status_in
from amity.service.wire import ConversationLike, message_of, problem_from_wire
from amity.v1 import (
    decision_pb2,
    decision_service_pb2,
    decision_service_pb2_grpc,
    evaluation_service_pb2,
    evaluation_service_pb2_grpc,
    receipt_pb2,
    scorecard_pb2,
)

__all__ = ["AmityCallError", "AmityClient"]

Response = TypeVar("Response", bound=Message)

MAX_RESPONSE_BYTES = 256 * 1024 * 1024
FIRST_WAIT_S = 0.1
LONGEST_WAIT_S = 2.0
SHORTEST_S = 0.001  # gRPC takes 0 for no deadline at all


class AmityCallError(AmityError):
    """A call, or one conversation of a batch, that did not end with a decision.

    ``code`` is the gRPC status; ``problems`` are the bad fields, if the request was at fault.
    ``request_id`` finds the call in the server's log. ``retry_after_s`` is set where the server
    said when to try again.
    """

    def __init__(
        self,
        code: grpc.StatusCode,
        summary: str,
        problems: Iterable[Problem] = (),
        *,
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{code.name}: {summary}", problems)
        self.code = code
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class AmityClient:
    """A connection to a server, for use in a ``with`` block; threads may share it.

    *timeout_s* is for a whole call, retries included. A call is tried again, up to *attempts*
    times in all, only where the server cannot be reached, has too much to do or cannot write its
    log. A decision whose reply was lost on the way is then judged and recorded twice, unless the
    call has a request id. *credentials* turn TLS on.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout_s: float = 10.0,
        attempts: int = 4,
        credentials: grpc.ChannelCredentials | None = None,
    ) -> None:
        options = [("grpc.max_receive_message_length", MAX_RESPONSE_BYTES)]
        self._channel = (
            grpc.secure_channel(address, credentials, options)
            if credentials
            else grpc.insecure_channel(address, options)
        )
        self._evaluation = evaluation_service_pb2_grpc.EvaluationServiceStub(self._channel)
        self._decisions = decision_service_pb2_grpc.DecisionServiceStub(self._channel)
        self._timeout_s, self._attempts = timeout_s, attempts

    def evaluate(
        self,
        conversation: ConversationLike,
        *,
        is_open: bool = False,
        explain: bool = False,
        request_id: str = "",
    ) -> decision_pb2.Decision:
        """The decision on *conversation*: an ``amity.conversation.Conversation`` or protobuf JSON as a dict.

        *is_open* says that it goes on, so that duties whose window is open are pending. *explain*
        asks for ``traces`` in the decision: why each rule ended as it did, or did not fire. The
        same *request_id* gives the same decision, recorded once. Raises `AmityCallError`, or
        BadConversation for what cannot be sent at all.
        """
        return self.evaluate_with_receipt(
            conversation, is_open=is_open, explain=explain, request_id=request_id
        )[0]

    def evaluate_with_receipt(
        self,
        conversation: ConversationLike,
        *,
        is_open: bool = False,
        explain: bool = False,
        request_id: str = "",
    ) -> tuple[decision_pb2.Decision, receipt_pb2.Receipt]:
        """What `evaluate` gives, and where the decision stands in the server's log."""
        request = _request(conversation, is_open=is_open, explain=explain)
        request.request_id = request_id
        response = self._call(self._evaluation.Evaluate, request)
        return response.decision, response.receipt

    def evaluate_batch(
        self,
        conversations: Iterable[ConversationLike],
        *,
        is_open: bool = False,
        explain: bool = False,
    ) -> list[decision_pb2.Decision | AmityCallError]:
        """For each conversation, in their order, its decision or the error that it alone has.

        Raises `AmityCallError` where the batch as a whole is refused, as one that is too large is.
        """
        requests = [
            _request(conversation, is_open=is_open, explain=explain)
            for conversation in conversations
        ]
        batch = evaluation_service_pb2.EvaluateBatchRequest(requests=requests)
        return [
            _result(result) for result in self._call(self._evaluation.EvaluateBatch, batch).results
        ]

    def get_decision(
        self, *, seq: int = 0, decision_id: str = "", conversation_id: str = ""
    ) -> decision_service_pb2.LoggedDecision:
        """A decision of the server's log, redacted, with its disputes and what became of it.

        Name it by its record, by its id or by its conversation; of several, it is the newest.
        """
        request = decision_service_pb2.GetDecisionRequest(seq=seq)
        if decision_id:
            request.decision_id = decision_id
        elif conversation_id:
            request.conversation_id = conversation_id
        return self._call(self._decisions.GetDecision, request).decision

    def list_decisions(
        self, wanted: decision_service_pb2.DecisionFilter | None = None, *, page_size: int = 200
    ) -> Iterator[decision_service_pb2.DecisionSummary]:
        """The decisions that *wanted* describes, all of them for None, the newest first.

        They are fetched *page_size* at a time as they are asked for. What is recorded meanwhile is
        not among them.
        """
        request = decision_service_pb2.ListDecisionsRequest(filter=wanted, page_size=page_size)
        while True:
            page = self._call(self._decisions.ListDecisions, request)
            yield from page.decisions
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def explain_decision(
        self, seq: int, *, policy: str = "", rule: str = ""
    ) -> decision_service_pb2.ExplainDecisionResponse:
        """Why the rules ended so in the decision of the record *seq*, by the policies of then."""
        request = decision_service_pb2.ExplainDecisionRequest(seq=seq, policy=policy, rule=rule)
        return self._call(self._decisions.ExplainDecision, request)

    def replay_decision(self, seq: int) -> decision_service_pb2.ReplayDecisionResponse:
        """What comes of judging the record *seq* once more: the same bytes, or why not."""
        request = decision_service_pb2.ReplayDecisionRequest(seq=seq)
        return self._call(self._decisions.ReplayDecision, request)

    def verify_log(self, timeout_s: float = 600.0) -> decision_service_pb2.VerifySummary:
        """What comes of checking the server's whole log against its chain."""
        messages = self._decisions.VerifyLog(
            decision_service_pb2.VerifyLogRequest(), timeout=timeout_s
        )
        try:
            *_, last = messages
        except grpc.RpcError as raised:
            raise _call_error(raised) from raised
        return last.summary

    def record_outcome(
        self, conversation_id: str, name: str, value: float, at: datetime | None = None
    ) -> decision_service_pb2.WorldOutcome:
        """Record what became of a conversation: "csat" 4, "resolved" 1, "refund" 25; now unless *at*."""
        request = decision_service_pb2.RecordOutcomeRequest(
            conversation_id=conversation_id, name=name, value=value
        )
        if at is not None:
            request.at.FromDatetime(at)
        return self._call(self._decisions.RecordOutcome, request).outcome

    def dispute_finding(
        self, seq: int, number: int, *, by: str, reason: str, is_reviewer: bool = False
    ) -> decision_service_pb2.Dispute:
        """Say that the finding *number* of the record *seq* is wrong; the finding stays as it is."""
        party = (
            decision_service_pb2.DISPUTE_PARTY_REVIEWER
            if is_reviewer
            else decision_service_pb2.DISPUTE_PARTY_AGENT
        )
        request = decision_service_pb2.DisputeFindingRequest(
            seq=seq, number=number, by=by, party=party, reason=reason
        )
        return self._call(self._decisions.DisputeFinding, request).dispute

    def uphold(self, dispute_id: str, *, by: str, reason: str) -> decision_service_pb2.Dispute:
        """Decide a dispute: the finding is right."""
        return self._resolve(
            dispute_id, by, reason, state=decision_service_pb2.DISPUTE_STATE_UPHELD
        )

    def overturn(
        self, dispute_id: str, *, by: str, reason: str, corrected: decision_pb2.State.ValueType
    ) -> decision_service_pb2.Dispute:
        """Decide a dispute: the finding is wrong, and should have ended as *corrected*."""
        state = decision_service_pb2.DISPUTE_STATE_OVERTURNED
        return self._resolve(dispute_id, by, reason, state=state, corrected=corrected)

    def list_disputes(
        self,
        state: decision_service_pb2.DisputeState.ValueType = (
            decision_service_pb2.DISPUTE_STATE_UNSPECIFIED
        ),
    ) -> Iterator[decision_service_pb2.Dispute]:
        """The disputes that stand so, all by default, those that changed last first."""
        request = decision_service_pb2.ListDisputesRequest(state=state)
        while True:
            page = self._call(self._decisions.ListDisputes, request)
            yield from page.disputes
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def get_scorecard(self, request: scorecard_pb2.GetScorecardRequest) -> scorecard_pb2.Scorecard:
        """How an agent, a team, a customer or a channel did over the period that *request* names."""
        return self._call(self._decisions.GetScorecard, request).scorecard

    def _resolve(
        self, dispute_id: str, by: str, reason: str, **decided: Any
    ) -> decision_service_pb2.Dispute:
        request = decision_service_pb2.ResolveDisputeRequest(
            dispute_id=dispute_id, by=by, reason=reason, **decided
        )
        return self._call(self._decisions.ResolveDispute, request).dispute

    def close(self) -> None:
        """Close the connection; calls that are running end with CANCELLED."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, method: Callable[..., Response], request: Message) -> Response:
        ends_at = time.monotonic() + self._timeout_s
        for attempt in range(self._attempts):
            try:
                return method(request, timeout=max(SHORTEST_S, ends_at - time.monotonic()))
            except grpc.RpcError as raised:
                error = _call_error(raised)
                wait_s = _wait_s(error, attempt)
                is_last = attempt + 1 == self._attempts
                if wait_s is None or is_last or time.monotonic() + wait_s >= ends_at:
                    raise error from raised
                time.sleep(wait_s)
        message = "attempts must be 1 or more"
        raise ValueError(message)


def _request(
    conversation: ConversationLike, *, is_open: bool, explain: bool
) -> evaluation_service_pb2.EvaluateRequest:
    return evaluation_service_pb2.EvaluateRequest(
        conversation=message_of(conversation), open=is_open, explain=explain
    )


def _result(
    result: evaluation_service_pb2.EvaluateBatchResult,
) -> decision_pb2.Decision | AmityCallError:
    if result.WhichOneof("result") == "decision":
        return result.decision
    problems = map(problem_from_wire, result.error.problems)
    return AmityCallError(code_numbered(result.error.code), result.error.message, problems)


def _wait_s(error: AmityCallError, attempt: int) -> float | None:
    """How long to wait before trying again, or None if that would be of no use."""
    if error.code is grpc.StatusCode.UNAVAILABLE:
        return min(LONGEST_WAIT_S, FIRST_WAIT_S * (1 << attempt))
    # Without a delay it is the message that is too large, and will be so again.
    if error.code is grpc.StatusCode.RESOURCE_EXHAUSTED and error.retry_after_s is not None:
        return error.retry_after_s
    return None


def _call_error(raised: Any) -> AmityCallError:
    metadata = dict(raised.trailing_metadata() or ())
    status = status_in(metadata)
    summary = (raised.details() or "no reason was given") if status is None else status.message
    problems = problems_in(status) if status else ()
    if not problems and raised.code() in (
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
    ):
        fix = "check the address and that the server runs, or allow more time"
        problems = (
            Problem("S130", "the server could not be reached, or did not answer in time", fix=fix),
        )
    return AmityCallError(
        raised.code(),
        summary,
        problems,
        request_id=str(metadata.get("x-request-id", "")),
        retry_after_s=retry_after_s(status) if status else None,
    )

"""What the evaluation service does with a request, without gRPC and without waiting."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import grpc

from amity.errors import AmityError, BadConversation, Problem
from amity.judge import Judge
from amity.limits import Limits
from amity.log.record import Entry
from amity.problems import quoted
from amity.service.active import ActiveJudge
from amity.service.delivering import Delivering
from amity.service.status import code_of
from amity.service.wire import (
    conversation_from_wire,
    decision_to_wire,
    problem_to_wire,
    traces_to_wire,
)
from amity.v1 import evaluation_service_pb2 as evaluation

__all__ = ["Judged", "Judging", "Refused", "error_result"]


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged request: the reply but for its receipt, and what goes into the log."""

    response: evaluation.EvaluateResponse
    entry: Entry


@dataclass(frozen=True, slots=True)
class Refused:
    """A request of a batch that could not be judged."""

    result: evaluation.EvaluateBatchResult


class Judging:
    """Judges requests one by one; *report* takes a fault of ours and gives it an id.

    Each request, a batch too, is judged by the judge that was active when it began.
    """

    def __init__(
        self,
        active: ActiveJudge,
        limits: Limits,
        report: Callable[[Exception], str],
        delivering: Delivering | None = None,
    ) -> None:
        self._active, self._limits, self._report = active, limits, report
        self._delivering = delivering

    def evaluate(self, request: evaluation.EvaluateRequest) -> Judged:
        """The judgement of one conversation."""
        return self._evaluated(request, self._active.judge)

    def _evaluated(self, request: evaluation.EvaluateRequest, judge: Judge, at: str = "") -> Judged:
        """The judgement by *judge*; *at* is the path of the request in a batch."""
        field = f"{at}.conversation" if at else "conversation"
        if not request.HasField("conversation"):
            missing = Problem(
                "C100", "the request has no conversation", field=field, fix="set the field"
            )
            raise BadConversation("the request has no conversation", [missing])
        self._check_id(request.request_id, at)
        conversation = conversation_from_wire(request.conversation, self._limits, field)
        detection = judge.detect(conversation) if request.explain else None
        decision = (
            judge.decide(conversation, detection, is_open=request.open)
            if detection
            else judge.evaluate(conversation, is_open=request.open)
        )
        if self._delivering:
            decision = self._delivering.told(decision)
        sent = decision_to_wire(decision)
        if request.explain:
            traces = judge.explain(conversation, is_open=request.open, detection=detection)
            sent.traces.extend(traces_to_wire(traces))
        response = evaluation.EvaluateResponse(decision=sent)
        entry = Entry(decision, conversation, request.request_id, _fingerprint(request))
        return Judged(response, self._delivering.addressed(entry) if self._delivering else entry)

    def _check_id(self, request_id: str, at: str) -> None:
        if len(request_id) > self._limits.max_id_characters:
            message = f"the request id has {len(request_id):,} characters; at most {self._limits.max_id_characters:,} are allowed"
            field = f"{at}.request_id" if at else "request_id"
            problem = Problem("C133", message, field=field, fix="send a shorter one")
            raise BadConversation(message, [problem])

    def results(self, batch: evaluation.EvaluateBatchRequest) -> Iterator[Judged | Refused]:
        """What becomes of each conversation, in order; each is judged only when it is asked for.

        Raises BadConversation at once for a batch that is empty or too large.
        """
        self._check_size(len(batch.requests))
        return self._results(batch, self._active.judge)

    def _check_size(self, size: int) -> None:
        problem = None
        if not size:
            problem = Problem(
                "C130", "the batch is empty", field="requests", fix="send at least one conversation"
            )
        elif size > self._limits.max_batch:
            message = (
                f"there are {size:,} conversations; at most {self._limits.max_batch:,} are allowed"
            )
            problem = Problem("C131", message, field="requests", fix="send them in several batches")
        if problem:
            raise BadConversation(problem.message, [problem])

    def _results(
        self, batch: evaluation.EvaluateBatchRequest, judge: Judge
    ) -> Iterator[Judged | Refused]:
        seen = _Seen()
        for index, request in enumerate(batch.requests):
            yield self._result(request, judge, index, seen)

    def _result(
        self, request: evaluation.EvaluateRequest, judge: Judge, index: int, seen: _Seen
    ) -> Judged | Refused:
        at = f"requests[{index}]"
        try:
            seen.check(request, index)
            return self._evaluated(request, judge, at)
        except AmityError as error:
            return Refused(error_result(error))
        except Exception as error:  # noqa: BLE001 - a fault over one conversation leaves the others alone
            message = f"S120 the server failed; its log has the error id {self._report(error)}"
            internal = evaluation.EvaluationError(
                code=grpc.StatusCode.INTERNAL.value[0], message=message
            )
            return Refused(evaluation.EvaluateBatchResult(error=internal))


class _Seen:
    """The ids that a batch has had so far."""

    def __init__(self) -> None:
        self._conversations: dict[str, int] = {}
        self._requests: dict[str, int] = {}

    def check(self, request: evaluation.EvaluateRequest, index: int) -> None:
        """Raise BadConversation where an id of *request* stands earlier in the batch too."""
        name, at = request.conversation.id, f"requests[{index}]"
        earlier = self._conversations.setdefault(name, index) if name else index
        if earlier != index:
            message = f"requests[{earlier}] has the conversation id {quoted(name)} as well"
            fix = "send each conversation once"
            problem = Problem("C132", message, field=f"{at}.conversation.id", fix=fix)
            raise BadConversation(message, [problem])
        own = request.request_id
        earlier = self._requests.setdefault(own, index) if own else index
        if earlier != index:
            message = f"requests[{earlier}] has the request id {quoted(own)} as well"
            fix = "give each request an id of its own"
            problem = Problem("C134", message, field=f"{at}.request_id", fix=fix)
            raise BadConversation(message, [problem])


def _fingerprint(request: evaluation.EvaluateRequest) -> bytes:
    """What tells *request* from others under the same id; nothing where it has no id."""
    if not request.request_id:
        return b""
    # Traces are no part of what is decided, so asking for them makes no other request of it.
    asked = request.conversation.SerializeToString(deterministic=True)
    return hashlib.sha256(asked + bytes([request.open])).digest()


def error_result(error: AmityError) -> evaluation.EvaluateBatchResult:
    """What a batch says of a request that ended in *error*."""
    return evaluation.EvaluateBatchResult(error=_error(error))


def _error(error: AmityError) -> evaluation.EvaluationError:
    return evaluation.EvaluationError(
        code=code_of(error).value[0],
        message=str(error.problems[0]) if len(error.problems) == 1 else error.summary,
        problems=map(problem_to_wire, error.problems),
    )

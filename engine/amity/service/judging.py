"""What the evaluation service does with a request, without gRPC and without waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import grpc

from amity.errors import AmityError, BadConversation, Problem
from amity.judge import Judge
from amity.limits import Limits
from amity.problems import quoted
from amity.service.active import ActiveJudge
from amity.service.status import code_of
from amity.service.wire import (
    conversation_from_wire,
    decision_to_wire,
    problem_to_wire,
    traces_to_wire,
)
from amity.v1 import evaluation_service_pb2 as evaluation

__all__ = ["Judging"]


class Judging:
    """Judges requests one by one; *report* takes a fault of ours and gives it an id.

    Each request, a batch too, is judged by the judge that was active when it began.
    """

    def __init__(
        self, active: ActiveJudge, limits: Limits, report: Callable[[Exception], str]
    ) -> None:
        self._active, self._limits, self._report = active, limits, report

    def evaluate(self, request: evaluation.EvaluateRequest) -> evaluation.EvaluateResponse:
        """The judgement of one conversation."""
        return self._evaluated(request, self._active.judge)

    def _evaluated(
        self, request: evaluation.EvaluateRequest, judge: Judge, at: str = ""
    ) -> evaluation.EvaluateResponse:
        """The judgement by *judge*; *at* is the path of the request in a batch."""
        field = f"{at}.conversation" if at else "conversation"
        if not request.HasField("conversation"):
            missing = Problem(
                "C100", "the request has no conversation", field=field, fix="set the field"
            )
            raise BadConversation("the request has no conversation", [missing])
        conversation = conversation_from_wire(request.conversation, self._limits, field)
        if not request.explain:
            decision = judge.evaluate(conversation, is_open=request.open)
            return evaluation.EvaluateResponse(decision=decision_to_wire(decision))
        detection = judge.detect(conversation)
        decision = judge.decide(conversation, detection, is_open=request.open)
        traces = judge.explain(conversation, is_open=request.open, detection=detection)
        sent = decision_to_wire(decision)
        sent.traces.extend(traces_to_wire(traces))
        return evaluation.EvaluateResponse(decision=sent)

    def results(
        self, batch: evaluation.EvaluateBatchRequest
    ) -> Iterator[evaluation.EvaluateBatchResult]:
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
    ) -> Iterator[evaluation.EvaluateBatchResult]:
        first: dict[str, int] = {}
        for index, request in enumerate(batch.requests):
            earlier = first.setdefault(request.conversation.id, index)
            yield self._result(request, judge, index, earlier)

    def _result(
        self, request: evaluation.EvaluateRequest, judge: Judge, index: int, earlier: int
    ) -> evaluation.EvaluateBatchResult:
        at = f"requests[{index}]"
        try:
            if request.conversation.id:
                _check_first(request.conversation.id, at, index, earlier)
            return evaluation.EvaluateBatchResult(
                decision=self._evaluated(request, judge, at).decision
            )
        except AmityError as error:
            return evaluation.EvaluateBatchResult(error=_error(error))
        except Exception as error:  # noqa: BLE001 - a fault over one conversation leaves the others alone
            message = f"S120 the server failed; its log has the error id {self._report(error)}"
            internal = evaluation.EvaluationError(
                code=grpc.StatusCode.INTERNAL.value[0], message=message
            )
            return evaluation.EvaluateBatchResult(error=internal)


def _check_first(name: str, at: str, index: int, earlier: int) -> None:
    if earlier != index:
        message = f"requests[{earlier}] has the conversation id {quoted(name)} as well"
        fix = "send each conversation once"
        problem = Problem("C132", message, field=f"{at}.conversation.id", fix=fix)
        raise BadConversation(message, [problem])


def _error(error: AmityError) -> evaluation.EvaluationError:
    return evaluation.EvaluationError(
        code=code_of(error).value[0],
        message=str(error.problems[0]) if len(error.problems) == 1 else error.summary,
        problems=map(problem_to_wire, error.problems),
    )

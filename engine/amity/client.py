"""What software that calls Amity imports: conversations in, decisions out, errors as values."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import Any, Self, TypeVar

import grpc
from google.protobuf.message import Message

from amity.errors import AmityError, Problem
from amity.service.status import code_numbered, problems_in, retry_after_s, status_in
from amity.service.wire import ConversationLike, message_of, problem_from_wire
from amity.v1 import decision_pb2, evaluation_service_pb2, evaluation_service_pb2_grpc

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
    times in all, only where the server cannot be reached or has too much to do: judging changes
    nothing, so that is safe. *credentials* turn TLS on.
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
        self._timeout_s, self._attempts = timeout_s, attempts

    def evaluate(
        self, conversation: ConversationLike, *, is_open: bool = False, explain: bool = False
    ) -> decision_pb2.Decision:
        """The decision on *conversation*: an ``amity.conversation.Conversation`` or protobuf JSON as a dict.

        *is_open* says that it goes on, so that duties whose window is open are pending. *explain*
        asks for ``traces`` in the decision: why each rule ended as it did, or did not fire. Raises
        `AmityCallError`, or BadConversation for what cannot be sent at all.
        """
        request = _request(conversation, is_open=is_open, explain=explain)
        return self._call(self._evaluation.Evaluate, request).decision

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

"""Our errors as google.rpc statuses with rich details, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import grpc
from google.protobuf import duration_pb2
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2  # type: ignore[import-untyped] # has no stubs

from amity.errors import AmityError, BadConversation, Problem
from amity.log.disputes import BadDispute
from amity.log.errors import BadRecord, LogFull, LogUnavailable, LostConnection, RequestReused
from amity.log.filter import BadQuery
from amity.log.outcomes import BadOutcome
from amity.log.page_token import BadPageToken
from amity.service.failures import Busy, Expired, NotFound, Overloaded, Undecodable

__all__ = [
    "DETAILS_KEY",
    "DOMAIN",
    "Status",
    "code_numbered",
    "code_of",
    "internal_status",
    "problems_in",
    "retry_after_s",
    "status_in",
    "status_of",
]

Status: TypeAlias = Any  # a google.rpc.Status, which has no stubs
DOMAIN = "amity"
DETAILS_KEY = "grpc-status-details-bin"

# Details travel as metadata, in base64; clients refuse more than 8 KiB of metadata by default.
MAX_VIOLATIONS_BYTES = 4_500
MAX_MESSAGE = 200
# A disk or a database server is seldom back sooner.
LOG_RETRY_S = 1.0

_CODES: Mapping[type[AmityError], grpc.StatusCode] = MappingProxyType(
    {
        BadConversation: grpc.StatusCode.INVALID_ARGUMENT,
        Undecodable: grpc.StatusCode.INVALID_ARGUMENT,
        NotFound: grpc.StatusCode.NOT_FOUND,
        Overloaded: grpc.StatusCode.RESOURCE_EXHAUSTED,
        Busy: grpc.StatusCode.RESOURCE_EXHAUSTED,
        Expired: grpc.StatusCode.DEADLINE_EXCEEDED,
        BadQuery: grpc.StatusCode.INVALID_ARGUMENT,
        BadPageToken: grpc.StatusCode.INVALID_ARGUMENT,
        BadDispute: grpc.StatusCode.INVALID_ARGUMENT,
        BadOutcome: grpc.StatusCode.INVALID_ARGUMENT,
        BadRecord: grpc.StatusCode.INTERNAL,
        RequestReused: grpc.StatusCode.ALREADY_EXISTS,
        LogUnavailable: grpc.StatusCode.UNAVAILABLE,
        LostConnection: grpc.StatusCode.UNAVAILABLE,
        LogFull: grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)


_BY_NUMBER: Mapping[int, grpc.StatusCode] = MappingProxyType(
    {code.value[0]: code for code in grpc.StatusCode}
)


def code_numbered(number: int) -> grpc.StatusCode:
    """The status code with that *number*."""
    return _BY_NUMBER.get(number, grpc.StatusCode.UNKNOWN)


def code_of(error: AmityError) -> grpc.StatusCode:
    """The gRPC status code that *error* ends a call with."""
    return _CODES.get(type(error), grpc.StatusCode.FAILED_PRECONDITION)


def status_of(error: AmityError) -> Status:
    """*error* for a caller: BadRequest for bad fields, RetryInfo when it is worth trying again."""
    first = error.problems[0] if error.problems else Problem("", error.summary)
    message = error.summary if len(error.problems) != 1 else str(first)
    sent = status_pb2.Status(code=_number(code_of(error)), message=_short(message))
    metadata = {"problems": str(len(error.problems)), **({"fix": first.fix} if first.fix else {})}
    _add(sent, error_details_pb2.ErrorInfo(reason=first.code, domain=DOMAIN, metadata=metadata))
    if code_of(error) is grpc.StatusCode.INVALID_ARGUMENT:
        _add(sent, _bad_request(error.problems))
    after_s = LOG_RETRY_S if isinstance(error, LogUnavailable) else None
    after_s = error.retry_after_s if isinstance(error, Overloaded) else after_s
    if after_s is not None:
        delay = duration_pb2.Duration()
        delay.FromMilliseconds(round(after_s * 1000))
        _add(sent, error_details_pb2.RetryInfo(retry_delay=delay))
    return sent


def internal_status(error_id: str) -> Status:
    """What a caller learns of a fault of ours: an id to ask about, and nothing else."""
    message = f"S120 the server failed; its log has the error id {error_id}"
    sent = status_pb2.Status(code=_number(grpc.StatusCode.INTERNAL), message=message)
    _add(
        sent,
        error_details_pb2.ErrorInfo(reason="S120", domain=DOMAIN, metadata={"error_id": error_id}),
    )
    return sent


def _number(code: grpc.StatusCode) -> int:
    return int(code.value[0])


def _short(message: str) -> str:
    line = " ".join(message.split())
    return line if len(line) <= MAX_MESSAGE else f"{line[: MAX_MESSAGE - 1]}…"


def _add(sent: Status, detail: Message) -> None:
    sent.details.add().Pack(detail)


def _bad_request(problems: Sequence[Problem]) -> error_details_pb2.BadRequest:
    bad, room = error_details_pb2.BadRequest(), MAX_VIOLATIONS_BYTES
    for index, problem in enumerate(problems):
        violation = _violation(problem)
        room -= violation.ByteSize() + 4
        if room < 0:
            rest = f"{len(problems) - index} more problems are not listed"
            bad.field_violations.append(
                _violation(Problem("C199", rest, fix="put these right first"))
            )
            break
        bad.field_violations.append(violation)
    return bad


def _violation(problem: Problem) -> error_details_pb2.BadRequest.FieldViolation:
    # The fix has a line of its own: messages have no line breaks, so that it can be told apart.
    description = "\n".join(filter(None, (_short(problem.message), problem.fix)))
    return error_details_pb2.BadRequest.FieldViolation(
        field=problem.field, description=description, reason=problem.code
    )


def status_in(metadata: Mapping[str, str | bytes]) -> Status | None:
    """The rich status in a call's trailing *metadata*, or None if there is none that can be read."""
    raw = metadata.get(DETAILS_KEY)
    try:
        return status_pb2.Status.FromString(raw) if isinstance(raw, bytes) else None
    except DecodeError:
        return None


def problems_in(status: Status) -> tuple[Problem, ...]:
    """The problems that the details of *status* tell, as the server had them."""
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    _unpack(status, (info, bad))
    if bad.field_violations:
        return tuple(map(_problem, bad.field_violations))
    if info.reason:
        return (Problem(info.reason, status.message, fix=info.metadata.get("fix", "")),)
    return ()


def retry_after_s(status: Status) -> float | None:
    """When the server says that it is worth trying again, or None if it does not."""
    retry = error_details_pb2.RetryInfo()
    if not _unpack(status, (retry,)):
        return None
    return float(retry.retry_delay.ToTimedelta().total_seconds())


def _unpack(status: Status, into: Iterable[Message]) -> bool:
    found = False
    for detail in status.details:
        for message in into:
            try:
                found |= detail.Unpack(message)
            except DecodeError:  # not from a server of ours; its code and message still count
                continue
    return found


def _problem(violation: error_details_pb2.BadRequest.FieldViolation) -> Problem:
    message, _, fix = violation.description.partition("\n")
    return Problem(violation.reason, message, field=violation.field, fix=fix)

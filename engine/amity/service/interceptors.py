"""What stands between gRPC and the servicers: bytes, errors, and one log line a call."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple, cast

import grpc
import grpc.aio
from google.protobuf import descriptor_pool
from google.protobuf.message import DecodeError, Message
from structlog.typing import FilteringBoundLogger

from amity.errors import AmityError
from amity.service.failures import Expired
from amity.service.logs import where
from amity.service.metrics import Metrics
from amity.service.status import DETAILS_KEY, Status, code_numbered, internal_status, status_of
from amity.service.undecodable import undecodable

__all__ = ["REQUEST_ID_KEY", "Boundary", "report_fault"]

REQUEST_ID_KEY = "x-request-id"
MAX_REQUEST_ID = 128
OURS = "/amity.v1."

Context = grpc.aio.ServicerContext[Any, Any]
Behaviour = Callable[[Any, Context], Awaitable[Message]]
StreamBehaviour = Callable[[Any, Context], AsyncIterator[Message]]


class Incoming(NamedTuple):
    """A request as it came: its size, and the message or the bytes that are none."""

    size: int
    message: Message | None
    raw: bytes = b""


class Boundary(grpc.aio.ServerInterceptor):
    """Wraps each method of ours; other services on the server pass through untouched.

    Errors of ours become statuses with rich details. Any other exception becomes INTERNAL with an
    error id, which is in the log too; the caller gets no more than that.
    """

    def __init__(
        self,
        log: FilteringBoundLogger,
        metrics: Metrics | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._log = log
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._wrapped: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        self._idle = asyncio.Event()
        self._idle.set()
        self._running = 0

    async def until_idle(self) -> None:
        """Return when every call of ours has been answered."""
        await self._idle.wait()

    async def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """The handler of a method, wrapped once."""
        method = handler_call_details.method
        wrapped = self._wrapped.get(method)
        if wrapped is not None:
            return wrapped
        handler = await continuation(handler_call_details)
        if not method.startswith(OURS) or handler is None or handler.request_streaming:
            return handler
        wrapped = self._wrapped[method] = self._wrap(method, handler)
        return wrapped

    def _wrap(self, method: str, handler: Any) -> grpc.RpcMethodHandler[Any, Any]:
        parse = handler.request_deserializer

        def deserialise(raw: bytes) -> Incoming:
            try:
                return Incoming(len(raw), parse(raw))
            except DecodeError:
                return Incoming(len(raw), None, raw)

        async def call(incoming: Incoming, context: Context) -> Message:
            self._enter(context)
            ours = _Call(self._log, self._metrics, self._clock, method, incoming, context)
            return await ours.run(handler.unary_unary)

        async def stream(incoming: Incoming, context: Context) -> AsyncIterator[Message]:
            self._enter(context)
            ours = _Call(self._log, self._metrics, self._clock, method, incoming, context)
            async for message in ours.stream(handler.unary_stream):
                yield message

        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(
                stream, request_deserializer=deserialise, response_serializer=_serialise
            )
        return grpc.unary_unary_rpc_method_handler(
            call, request_deserializer=deserialise, response_serializer=_serialise
        )

    def _enter(self, context: Context) -> None:
        self._running += 1
        self._metrics.running.inc()
        self._idle.clear()
        # Called when the answer has been sent, which for a large one is later than the handler's end.
        context.add_done_callback(self._leave)  # type: ignore[arg-type] # stubs name no callable

    def _leave(self, _: Any) -> None:
        self._running -= 1
        self._metrics.running.dec()
        if not self._running:
            self._idle.set()


def _serialise(message: Message) -> bytes:
    return message.SerializeToString(deterministic=True)


class _Call:
    """One call: what it was asked, and how it ends."""

    def __init__(
        self,
        log: FilteringBoundLogger,
        metrics: Metrics,
        clock: Callable[[], float],
        method: str,
        incoming: Incoming,
        context: Context,
    ) -> None:
        self._log, self._metrics = log, metrics
        self._clock, self._began = clock, clock()
        self._method, self._incoming, self._context = method, incoming, context
        self._request_id = _request_id(context)

    async def run(self, behaviour: Behaviour) -> Message:
        try:
            response = await self._answer(behaviour)
        except AmityError as error:
            codes = sorted({problem.code for problem in error.problems})
            return await self._end(status_of(error), codes=codes)
        except asyncio.CancelledError:
            self._record("CANCELLED")
            raise
        except Exception as error:  # noqa: BLE001 - the last boundary before the caller
            error_id = report_fault(self._log, error, self._method, self._request_id)
            return await self._end(internal_status(error_id), error_id=error_id)
        self._context.set_trailing_metadata(((REQUEST_ID_KEY, self._request_id),))
        self._record("OK")
        return response

    async def stream(self, behaviour: StreamBehaviour) -> AsyncIterator[Message]:
        """The messages of a call that answers with several."""
        try:
            async for message in behaviour(self._checked(), self._context):
                yield message
        except AmityError as error:
            codes = sorted({problem.code for problem in error.problems})
            await self._end(status_of(error), codes=codes)
        except (asyncio.CancelledError, GeneratorExit):
            self._record("CANCELLED")
            raise
        except Exception as error:  # noqa: BLE001 - the last boundary before the caller
            error_id = report_fault(self._log, error, self._method, self._request_id)
            await self._end(internal_status(error_id), error_id=error_id)
        self._context.set_trailing_metadata(((REQUEST_ID_KEY, self._request_id),))
        self._record("OK")

    async def _answer(self, behaviour: Behaviour) -> Message:
        return await behaviour(self._checked(), self._context)

    def _checked(self) -> Message:
        """The request, if there is one and somebody still waits for the answer."""
        # Without a deadline it is None, whatever the stubs say.
        left = cast("float | None", self._context.time_remaining())
        if self._context.cancelled() or (left is not None and left <= 0):
            raise Expired
        if self._incoming.message is None:
            service, _, name = self._method[1:].partition("/")
            found = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
            raise undecodable(self._incoming.raw, found.input_type)
        return self._incoming.message

    async def _end(self, status: Status, **facts: object) -> Message:
        code = code_numbered(status.code)
        self._record(code.name, **facts)
        trailing = ((DETAILS_KEY, status.SerializeToString()), (REQUEST_ID_KEY, self._request_id))
        await self._context.abort(code, status.message, trailing)
        raise AssertionError  # abort always raises

    def _record(self, status: str, **facts: object) -> None:
        seconds = self._clock() - self._began
        self._metrics.ended(self._method, status, seconds)
        write = self._log.info if status == "OK" else self._log.warning
        write(
            "call",
            method=self._method,
            status=status,
            duration_ms=round(seconds * 1000, 3),
            items=_items(self._incoming.message),
            request_bytes=self._incoming.size,
            request_id=self._request_id,
            **facts,
        )


def report_fault(
    log: FilteringBoundLogger, error: BaseException, method: str, request_id: str = ""
) -> str:
    """Log a fault of ours by its kind and its place in the code, and give it an id."""
    error_id = secrets.token_hex(8)
    log.error(
        "fault",
        error_id=error_id,
        method=method,
        error=f"{type(error).__module__}.{type(error).__qualname__}",
        where=where(error),
        **({"request_id": request_id} if request_id else {}),
    )
    return error_id


def _request_id(context: Context) -> str:
    for key, value in context.invocation_metadata() or ():
        if key == REQUEST_ID_KEY and _is_request_id(value):
            return str(value)
    return secrets.token_hex(8)


def _is_request_id(value: str | bytes) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= MAX_REQUEST_ID
        and value.isascii()
        and value.isprintable()
    )


def _items(message: Message | None) -> int:
    """How many conversations a request asks about."""
    if message is None:
        return 0
    if "requests" in message.DESCRIPTOR.fields_by_name:
        return len(message.requests)  # type: ignore[attr-defined]
    return int("conversation" in message.DESCRIPTOR.fields_by_name)

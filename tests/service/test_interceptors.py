"""What the boundary does with calls that nobody waits for any more, and with those that are not ours."""

from __future__ import annotations

import io
import json
from contextlib import suppress
from types import SimpleNamespace

import grpc
import pytest

from amity.service.interceptors import Boundary
from amity.service.logs import open_log
from amity.v1 import evaluation_service_pb2

METHOD = "/amity.v1.EvaluationService/Evaluate"


class Aborted(Exception):
    """Raised where gRPC would raise its own."""


class Context:
    """A call as gRPC shows it, with so much time left."""

    def __init__(self, left, metadata=()):
        self._left, self._metadata = left, metadata

    def time_remaining(self):
        return self._left

    def cancelled(self):
        return False

    def add_done_callback(self, callback):
        self.done = callback

    def invocation_metadata(self):
        return self._metadata

    def set_trailing_metadata(self, trailing):
        self.trailing = dict(trailing)

    async def abort(self, code, details, trailing):
        self.code, self.details, self.trailing = code, details, dict(trailing)
        raise Aborted


@pytest.fixture
def call(run):
    """Calls a method that answers nothing, through the boundary; gives the log's only line."""

    def call(context, raw=b"", method=METHOD):
        log = io.StringIO()

        async def behaviour(request, context):
            log.write("judged")
            return evaluation_service_pb2.EvaluateResponse()

        async def continuation(details):
            return grpc.unary_unary_rpc_method_handler(
                behaviour, request_deserializer=evaluation_service_pb2.EvaluateRequest.FromString
            )

        async def main():
            boundary = Boundary(open_log(log))
            handler = await boundary.intercept_service(continuation, SimpleNamespace(method=method))
            with suppress(Aborted):
                await handler.unary_unary(handler.request_deserializer(raw), context)
            context.done(context)
            await boundary.until_idle()

        run(main())
        return log.getvalue()

    return call


def test_a_call_whose_time_is_up_is_not_judged(call):
    context = Context(0.0)
    line = json.loads(call(context))
    assert context.code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert (line["status"], line["codes"]) == ("DEADLINE_EXCEEDED", ["S111"])


@pytest.mark.parametrize("left", [None, 5.0])
def test_a_call_with_time_left_is_judged(call, left):
    assert call(Context(left)).startswith("judged")


@pytest.mark.parametrize("value", ["", "a" * 129, "line\nbreak", "ünï", b"bytes"])
def test_a_request_id_that_cannot_be_logged_is_replaced(call, value):
    context = Context(None, (("x-request-id", value),))
    call(context)
    assert len(context.trailing["x-request-id"]) == 16


def test_services_that_are_not_ours_pass_untouched(run):
    async def continuation(details):
        return "the handler"

    async def main():
        boundary = Boundary(open_log(io.StringIO()))
        return await boundary.intercept_service(
            continuation, SimpleNamespace(method="/grpc.health.v1.Health/Check")
        )

    assert run(main()) == "the handler"

"""Completes replies: the receipt from the log, and the decision of then where it was asked before."""

from __future__ import annotations

from amity.log.errors import BadRecord, RequestReused
from amity.service.judging import Judged, Refused, error_result
from amity.service.recording import Pending, Recording
from amity.service.reloading import in_thread
from amity.service.wire_log import receipt_to_wire, repeated_decision
from amity.v1 import evaluation_service_pb2 as evaluation

__all__ = ["Answering"]


class Answering:
    """Waits for records, so that no reply leaves before its decision is as safe as it says."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def begin(self, judged: Judged | Refused) -> Pending:
        """Have the decision written, if there is one. Raises LogUnavailable."""
        return self._recording.begin(judged.entry) if isinstance(judged, Judged) else None

    async def one(self, judged: Judged, pending: Pending) -> evaluation.EvaluateResponse:
        """The reply to *judged*, once it may leave. Raises what kept the decision from the log."""
        receipt = await self._recording.finish(pending)
        response, is_redacted = judged.response, False
        log = self._recording.log
        if receipt is not None and receipt.is_repeat and log is not None:
            seq = receipt.seq
            payload = await in_thread(lambda: log.payload(seq))
            decision, is_redacted = repeated_decision(payload, response.decision)
            response = evaluation.EvaluateResponse(decision=decision)
        response.receipt.CopyFrom(
            receipt_to_wire(receipt, self._recording.promised(pending), is_redacted=is_redacted)
        )
        return response

    async def each(
        self, batch: list[Judged | Refused], pending: list[Pending]
    ) -> evaluation.EvaluateBatchResponse:
        """The reply to a batch, once it may leave. Raises LogUnavailable."""
        response = evaluation.EvaluateBatchResponse()
        for judged, record in zip(batch, pending, strict=True):
            response.results.append(await self._result(judged, record))
        return response

    async def _result(
        self, judged: Judged | Refused, record: Pending
    ) -> evaluation.EvaluateBatchResult:
        if isinstance(judged, Refused):
            return judged.result
        try:
            answer = await self.one(judged, record)
        except (RequestReused, BadRecord) as error:  # the others of the batch are well
            return error_result(error)
        return evaluation.EvaluateBatchResult(decision=answer.decision, receipt=answer.receipt)

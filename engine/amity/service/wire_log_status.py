"""How the log is doing, as a message."""

from __future__ import annotations

from amity.service.recording import Recording
from amity.service.wire_decision import problem_to_wire
from amity.service.wire_log import DURABILITIES
from amity.v1 import policy_service_pb2

__all__ = ["status_to_wire"]


def status_to_wire(recording: Recording) -> policy_service_pb2.LogStatus:
    """What *recording* promises, and how it goes."""
    sent = policy_service_pb2.LogStatus(
        durability=DURABILITIES[recording.durability],
        written=recording.written,
        lost=recording.lost,
        problem=problem_to_wire(recording.problem) if recording.problem else None,
    )
    if recording.log is not None:
        head = recording.log.head
        sent.log_id, sent.last_seq, sent.head = recording.log.log_id, head.seq, head.digest.hex()
    return sent

"""What the decision log counts, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from amity.service.metrics import counted, gauged
from amity.service.recording import Recording

__all__ = ["log_metrics"]


def log_metrics(recording: Recording) -> Iterator[Metric]:
    """What replies promise, and how writing goes."""
    yield gauged(
        "amity_log_info",
        "Always 1, for what replies promise: durable, async or off.",
        1,
        durability=recording.durability.value,
    )
    yield gauged(
        "amity_log_writable",
        "1 while decisions can be written, else 0; 0 without a log.",
        recording.log is not None and recording.failure is None,
    )
    yield counted("amity_log_written", "Decisions that were written.", recording.written)
    yield counted(
        "amity_log_lost",
        "Decisions that could not be written after their replies had left (async).",
        recording.lost,
    )

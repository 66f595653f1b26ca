"""N1xx: calibrations that cannot be used."""

from __future__ import annotations

from amity.policy.lint.entry import Entry
from amity.policy.lint.excerpts import calibration

__all__ = ["ENTRIES"]

_GOOD = calibration("customer.anger: {curve: [[0.5, 0.4], [0.9, 0.8]], least: 0.5}\n")

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "N101",
        "calibration of an unknown signal",
        "A signal that is not in the catalogue is calibrated.",
        "It changes nothing, and the signal that was meant keeps its scores.",
        bad=calibration("customer.angre: {curve: [[0.5, 0.4], [0.9, 0.8]]}\n"),
        good=_GOOD,
    ),
    Entry(
        "N102",
        "curve that is no rising line",
        "A curve is not a list of pairs [score, share that was right] in which both rise.",
        "A surer finding would be worth less than one that is less sure.",
        bad=calibration("customer.anger: {curve: [[0.5, 0.8], [0.9, 0.4]]}\n"),
        good=_GOOD,
    ),
    Entry(
        "N103",
        "signal that is calibrated twice",
        "Two files calibrate the same signal.",
        "It cannot be known which of them counts.",
        bad=calibration("customer.anger: {least: 0.5}\n", again="customer.anger: {least: 0.6}\n"),
        good=_GOOD,
    ),
    Entry(
        "N104",
        "least score out of range",
        "The least score of a signal is not from 0 to 1.",
        "Everything would be dropped, or nothing could be.",
        bad=calibration("customer.anger: {least: 50}\n"),
        good=_GOOD,
    ),
)

"""What the service itself can refuse, and every code that it can give."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from amity.errors import AmityError, Problem

__all__ = ["CODES", "Busy", "Expired", "NotFound", "Overloaded", "Undecodable"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "C130": "a batch is empty",
        "C131": "a batch has too many conversations",
        "C132": "two conversations of a batch have the same id",
        "C133": "a request id is too long",
        "C134": "two requests of a batch have the same request id",
        "C135": "the request was answered before, and its decision is not kept any more",
        "C140": "the bytes of the request are not the message that the method takes",
        "C141": "a text of the request is not UTF-8",
        "C150": "the text is not JSON",
        "C151": "a JSON field is not known",
        "C152": "a JSON value is not a name of the enum",
        "C153": "a JSON value is of the wrong kind",
        "C154": "a JSON field is given twice",
        "C160": "there is no such policy, or no such rule in it",
        "C161": "there is no such decision in the log",
        "C162": "no decision on the conversation is in the log",
        "C163": "the decision has no finding of that number",
        "C164": "the redacted form of the decision is not kept any more",
        "C165": "there is no such dispute",
        "C166": "the server keeps no decision log",
        "C170": "a page token was changed, or belongs to another filter, list or log",
        "C171": "a page size is not between 1 and 1,000",
        "C172": "a rule is named without its policy",
        "C173": "a name or a reason in a dispute is empty or too long",
        "C174": "the finding is disputed already",
        "C175": "a dispute cannot be decided by leaving it open",
        "C176": "the state that a finding should have had is missing, or not to be given",
        "C177": "the name of an outcome is not of the form that outcomes have",
        "C178": "the value of an outcome is not a finite number",
        "C179": "a value of a request about decisions is not known",
        "C180": "a day of a scorecard is missing, or no day",
        "C181": "the period of a scorecard cannot be used",
        "C182": "a scorecard cannot be broken down so",
        "C183": "too many moments of a scorecard are asked for",
        "C184": "the least number of opportunities is below 0",
        "C185": "too many parts of a scorecard are asked for",
        "S101": "the port is in use",
        "S102": "the address cannot be listened on",
        "S103": "the certificate or its key cannot be used",
        "S104": "there are targets to deliver to, and no decision log",
        "S105": "anchors lack a log, a key or a place",
        "S106": "a place for anchors is not one, or cannot be written to",
        "S110": "the server has too much work waiting; try again after the delay in RetryInfo",
        "S111": "the call's deadline had passed before its work began",
        "S120": "the server failed; its log has the error id",
        "S130": "the server could not be reached, or did not answer in time",
    }
)
"""Codes of requests (C1xx, beside those of `amity.limits`) and of the server (S1xx)."""


class NotFound(AmityError):
    """A caller named something that is not there."""


class Undecodable(AmityError):
    """The bytes of a request are not the message that its method takes."""


class Expired(AmityError):
    """The caller has stopped waiting, so nothing is done."""

    def __init__(self) -> None:
        summary = "the deadline passed before the work began"
        super().__init__(
            summary, [Problem("S111", summary, fix="allow more time, or send less at once")]
        )


class Overloaded(AmityError):
    """Too much work is waiting; ``retry_after_s`` says when it is worth trying again."""

    def __init__(self, waiting: int, retry_after_s: float) -> None:
        summary = f"{waiting} conversations are waiting to be judged"
        super().__init__(
            summary, [Problem("S110", summary, fix=f"try again in {retry_after_s:.2f} s")]
        )
        self.retry_after_s = retry_after_s


class Busy(AmityError):
    """Too many bundles wait to be checked."""

    def __init__(self, waiting: int) -> None:
        summary = f"{waiting} bundles wait to be checked"
        super().__init__(summary, [Problem("B246", summary, fix="try again in a while")])

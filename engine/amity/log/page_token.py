"""Page tokens: where a list goes on, and proof that it is the same list of the same log."""

from __future__ import annotations

import binascii
import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from struct import Struct

from amity.errors import AmityError, Problem

__all__ = ["BadPageToken", "Position", "read_token", "token_of"]

_FORM = Struct(">BQQ")
_VERSION = 1
_SEAL_BYTES = 16


class BadPageToken(AmityError):
    """A page token that is not one of this list's."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the next page begins: below ``before``, in the log as it was when ``upper`` was its last record."""

    upper: int
    before: int


def token_of(position: Position, listed: bytes, log_id: str) -> str:
    """The token of *position* in the list that *listed* tells from all others of the log *log_id*."""
    body = _FORM.pack(_VERSION, position.upper, position.before)
    return urlsafe_b64encode(body + _seal(body, listed, log_id)).decode().rstrip("=")


def read_token(token: str, listed: bytes, log_id: str) -> Position:
    """The position in *token*. Raises BadPageToken where it was changed, or made for another list."""
    try:
        raw = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
    except (binascii.Error, UnicodeEncodeError) as error:
        raise _bad("it is not a page token") from error
    body, seal = raw[: _FORM.size], raw[_FORM.size :]
    if len(body) < _FORM.size or len(seal) != _SEAL_BYTES or body[0] != _VERSION:
        raise _bad("it is not a page token")
    if seal != _seal(body, listed, log_id):
        raise _bad("it was changed, or belongs to another filter, list or log")
    _, upper, before = _FORM.unpack(body)
    return Position(upper, before)


def _seal(body: bytes, listed: bytes, log_id: str) -> bytes:
    parts = (log_id.encode(), listed, body)
    sized = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
    return hashlib.sha256(sized).digest()[:_SEAL_BYTES]


def _bad(why: str) -> BadPageToken:
    message = f"the page token cannot be used: {why}"
    fix = "send the token as the page before gave it, with the same filter; or none, to begin anew"
    return BadPageToken(message, [Problem("C170", message, field="page_token", fix=fix)])

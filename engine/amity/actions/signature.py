"""Signatures of webhooks as https://www.standardwebhooks.com defines them (version 1, HMAC-SHA256)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Key", "headers", "new_secret", "parse_key"]

PREFIX = "whsec_"
SHORTEST, LONGEST = 24, 64  # bytes, as the specification asks


@dataclass(frozen=True, slots=True)
class Key:
    """A secret that a target shares with us; it is never shown."""

    value: bytes = field(repr=False)

    def sign(self, message: bytes) -> str:
        """The signature of *message*: ``v1,`` and base64."""
        digest = hmac.new(self.value, message, hashlib.sha256).digest()
        return f"v1,{base64.b64encode(digest).decode()}"


def new_secret() -> str:
    """A new secret in the form in which it is kept: ``whsec_`` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def parse_key(secret: str) -> Key:
    """The key in *secret*. Raises ValueError that says what is wrong and shows nothing of it."""
    if not secret.startswith(PREFIX):
        raise ValueError(f"it does not begin with {PREFIX}")
    try:
        value = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError(f"what follows {PREFIX} is not base64") from error
    if not SHORTEST <= len(value) <= LONGEST:
        raise ValueError(f"it has {len(value)} bytes, and {SHORTEST} to {LONGEST} are needed")
    return Key(value)


def headers(keys: Sequence[Key], message_id: str, at_s: int, body: bytes) -> dict[str, str]:
    """The three headers for *body*, sent at *at_s* (seconds since 1970); a signature by each key."""
    signed = f"{message_id}.{at_s}.".encode() + body
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(key.sign(signed) for key in keys),
    }

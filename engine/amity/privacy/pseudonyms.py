"""Keyed hashes that stand for ids: the same id has the same hash, and nobody without the key can tell it."""

from __future__ import annotations

import hashlib
import hmac

__all__ = ["KEY_BYTES", "Pseudonyms"]

KEY_BYTES = 32
_HEX_DIGITS = 32


class Pseudonyms:
    """HMAC-SHA256 under one key, which must outlive every rotation of master keys."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a hash key has {KEY_BYTES} bytes, not {len(key)}")
        self._key = key

    def of(self, domain: str, value: str) -> str:
        """``h:`` and 32 hex digits for *value*; another *domain* gives another hash.

        >>> Pseudonyms(bytes(32)).of("customer", "ana")
        'h:858a5f0e2fed465eebbf1cd2cc38deb2'
        """
        message = f"amity/{domain}\0{value}".encode("utf-8", "surrogatepass")
        return f"h:{hmac.new(self._key, message, hashlib.sha256).hexdigest()[:_HEX_DIGITS]}"

"""Sealing: originals compressed and encrypted under a key of the customer, which can be destroyed.

AES-256-GCM. The nonce is random; one data key seals one customer's records, far fewer than the 2^32
that random nonces allow. What is associated binds a ciphertext to its record and its key.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amity.errors import Problem
from amity.privacy.failures import CannotOpen, NothingToErase, cannot_open
from amity.privacy.keys import KeyStore, MasterKey, WrappedKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

__all__ = ["Sealed", "Sealer", "hash_key", "read_hash_key"]

VERSION = b"\x01"
NONCE_BYTES = 12
KEY_BYTES = 32
LEVEL = 1
MOST_BYTES = 256 * 1024 * 1024
MOST_KEYS = 10_000
HASH_KEY = "hash-key"


@dataclass(frozen=True, slots=True)
class Sealed:
    """An encrypted original, and the reference of the key that opens it."""

    data: bytes
    key_ref: str


class Sealer:
    """Seals and opens originals; safe to share between threads.

    The first of *masters* wraps new keys, every one unwraps. *now_us* is the clock, in
    microseconds since 1970.
    """

    def __init__(
        self, masters: Sequence[MasterKey], store: KeyStore, now_us: Callable[[], int]
    ) -> None:
        if not masters:
            raise ValueError("sealing needs a master key")
        self._masters = {master.id: master for master in masters}
        self._current, self._store, self._now_us = masters[0], store, now_us
        self._ciphers: OrderedDict[str, AESGCM] = OrderedDict()
        self._lock = threading.Lock()

    def seal(self, owner: str, record_id: str, original: bytes) -> Sealed:
        """*original* sealed for *owner*, whose data key is made if there is none.

        *owner* is the reference of a customer, or of a conversation without one. After an erasure
        the same owner gets a new key. Raises CannotOpen where the key cannot be unwrapped.
        """
        ref, cipher = self._key_of(owner)
        nonce = secrets.token_bytes(NONCE_BYTES)
        packed = _packed(original)
        return Sealed(VERSION + nonce + cipher.encrypt(nonce, packed, _bound(ref, record_id)), ref)

    def open(self, sealed: Sealed, record_id: str) -> bytes:
        """The original. Raises CannotOpen, whose problem says why."""
        import zstandard  # noqa: PLC0415
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415

        # Looked up each time: another process may have destroyed the key.
        key = self._store.find(sealed.key_ref)
        if key is None:
            raise cannot_open(
                "E123", f"there is no key {sealed.key_ref}", "restore the keys' table"
            )
        cipher = self._cipher(key)
        data = sealed.data
        if data[:1] != VERSION:
            raise cannot_open("E122", "what was sealed is of an unknown version", "update Amity")
        nonce, secret = data[1 : 1 + NONCE_BYTES], data[1 + NONCE_BYTES :]
        try:
            packed = cipher.decrypt(nonce, secret, _bound(sealed.key_ref, record_id))
            return zstandard.ZstdDecompressor().decompress(packed, max_output_size=MOST_BYTES)
        except (InvalidTag, ValueError, zstandard.ZstdError) as error:
            message = "what was sealed is damaged, or belongs to another record"
            raise cannot_open("E122", message, "run `amity log verify`") from error

    def erase(self, owner: str) -> tuple[str, ...]:
        """Destroy every key of *owner*; their references. Raises NothingToErase if there is none whole."""
        whole = [key.ref for key in self._store.list(f"{owner}.") if not key.is_destroyed]
        destroyed = tuple(ref for ref in whole if self._store.destroy(ref, self._now_us()))
        with self._lock:
            for ref in whole:
                self._ciphers.pop(ref, None)
        if not destroyed:
            message = "there is no key to be destroyed"
            fix = "check the id; it may have been erased before"
            raise NothingToErase(message, [Problem("E124", message, fix=fix)])
        return destroyed

    def rotate(self) -> int:
        """Wrap by the first master key every key that another one wraps; how many that were.

        Raises CannotOpen for a key whose master key is not here; those before it are done.
        """
        count = 0
        for key in self._store.list():
            if not key.is_destroyed and key.master != self._current.id:
                raw = _unwrapped(key, self._masters)
                count += self._store.rewrap(_wrapped(key.ref, raw, self._current, key.created_us))
        return count

    def _key_of(self, owner: str) -> tuple[str, AESGCM]:
        generation = 1
        while True:
            ref = f"{owner}.{generation}"
            key = self._store.find(ref)
            if key is None:
                raw = secrets.token_bytes(KEY_BYTES)
                key = self._store.add(_wrapped(ref, raw, self._current, self._now_us()))
            if not key.is_destroyed:
                return ref, self._cipher(key)
            generation += 1

    def _cipher(self, key: WrappedKey) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

        with self._lock:
            cipher = None if key.is_destroyed else self._ciphers.get(key.ref)
            if cipher is None:
                cipher = self._ciphers[key.ref] = AESGCM(_unwrapped(key, self._masters))
            self._ciphers.move_to_end(key.ref)
            if len(self._ciphers) > MOST_KEYS:
                self._ciphers.popitem(last=False)
            return cipher


def hash_key(masters: Sequence[MasterKey], store: KeyStore, now_us: int) -> bytes:
    """The key of pseudonyms, made once and kept in *store* from then on.

    Without a master key it is kept as it is: pseudonyms then hide ids from who sees views and
    exports, and not from who holds the whole database. A master key that comes later wraps it.
    Raises CannotOpen.
    """
    key = store.find(HASH_KEY)
    if key is None:
        raw = secrets.token_bytes(KEY_BYTES)
        made = (
            _wrapped(HASH_KEY, raw, masters[0], now_us)
            if masters
            else WrappedKey(HASH_KEY, raw, "", now_us)
        )
        key = store.add(made)
    if key.master:
        return _unwrapped(key, {master.id: master for master in masters})
    if key.wrapped is None:
        raise _destroyed(key)
    if masters:
        store.rewrap(_wrapped(HASH_KEY, key.wrapped, masters[0], key.created_us))
    return key.wrapped


def read_hash_key(masters: Sequence[MasterKey], store: KeyStore) -> bytes | None:
    """The key of pseudonyms that *store* has, which is left as it is; None if there is none.

    Raises CannotOpen.
    """
    key = store.find(HASH_KEY)
    if key is None:
        return None
    if key.master:
        return _unwrapped(key, {master.id: master for master in masters})
    if key.wrapped is None:
        raise _destroyed(key)
    return key.wrapped


# A compressor belongs to one thread at a time, and costs more to make than to use.
_tools = threading.local()


def _packed(original: bytes) -> bytes:
    if not hasattr(_tools, "pack"):
        import zstandard  # noqa: PLC0415 - a log that keeps views only never needs it

        _tools.pack = zstandard.ZstdCompressor(level=LEVEL).compress
    packed: bytes = _tools.pack(original)
    return packed


def _bound(key_ref: str, record_id: str) -> bytes:
    return f"amity/sealed\0{key_ref}\0{record_id}".encode("utf-8", "surrogatepass")


def _wrapped(ref: str, raw: bytes, master: MasterKey, created_us: int) -> WrappedKey:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    nonce = secrets.token_bytes(NONCE_BYTES)
    secret = AESGCM(master.raw).encrypt(nonce, raw, f"amity/data-key\0{ref}".encode())
    return WrappedKey(ref, VERSION + nonce + secret, master.id, created_us)


def _unwrapped(key: WrappedKey, masters: dict[str, MasterKey]) -> bytes:
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    if key.wrapped is None:
        raise _destroyed(key)
    if not key.master:
        return key.wrapped
    master = masters.get(key.master)
    if master is None:
        message = (
            f"the data key {key.ref} is wrapped by the master key {key.master}, which is not here"
        )
        raise cannot_open("E121", message, "name that master key too")
    nonce, secret = key.wrapped[1 : 1 + NONCE_BYTES], key.wrapped[1 + NONCE_BYTES :]
    try:
        return AESGCM(master.raw).decrypt(nonce, secret, f"amity/data-key\0{key.ref}".encode())
    except (InvalidTag, ValueError) as error:
        raise cannot_open(
            "E122", f"the data key {key.ref} is damaged", "restore the keys' table"
        ) from error


def _destroyed(key: WrappedKey) -> CannotOpen:
    return cannot_open("E120", f"the key {key.ref} was destroyed", "it cannot be undone")

"""Keys: master keys that wrap, data keys that seal, and where the wrapped ones are kept."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from amity.errors import Problem
from amity.privacy.failures import BadKeys

__all__ = [
    "KeyStore",
    "MasterKey",
    "MemoryKeyStore",
    "WrappedKey",
    "load_master_keys",
    "read_secret",
]

MASTER_BYTES = 32
MOST_BYTES = 10_000
_FIX = "make one with: openssl rand -base64 32"


@dataclass(frozen=True, slots=True, repr=False)
class MasterKey:
    """A key that wraps data keys. Its ``id`` is made from the key and tells nothing of it."""

    raw: bytes

    @property
    def id(self) -> str:
        """The first 16 hex digits of a SHA-256 that begins with a word of our own."""
        return hashlib.sha256(b"amity/master\0" + self.raw).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A key as it is stored: encrypted by the master key whose id is ``master``.

    ``wrapped`` is None once the key is destroyed. Times are microseconds since 1970 in UTC.
    """

    ref: str
    wrapped: bytes | None
    master: str
    created_us: int
    destroyed_us: int | None = None

    @property
    def is_destroyed(self) -> bool:
        """Whether what it sealed is lost for good."""
        return self.wrapped is None


class KeyStore(Protocol):
    """Where wrapped keys are kept. A reference, once destroyed, never has a key again."""

    def find(self, ref: str) -> WrappedKey | None:
        """The key of *ref*, a destroyed one as well; None if there never was one."""

    def add(self, key: WrappedKey) -> WrappedKey:
        """Keep *key* unless there is one of its reference already; the one that is kept."""

    def rewrap(self, key: WrappedKey) -> bool:
        """Put *key* in the place of that of its reference, unless that is destroyed; whether it is done."""

    def destroy(self, ref: str, at_us: int) -> bool:
        """Destroy the key of *ref* for good; False if there is none that is whole."""

    def list(self, prefix: str = "") -> Iterator[WrappedKey]:
        """Every key whose reference begins with *prefix*, in the order of references."""


class MemoryKeyStore:
    """Keys that are gone with the process: for tests, and for a log that is not kept."""

    def __init__(self) -> None:
        self._keys: dict[str, WrappedKey] = {}

    def find(self, ref: str) -> WrappedKey | None:
        """The key of *ref*, a destroyed one as well."""
        return self._keys.get(ref)

    def add(self, key: WrappedKey) -> WrappedKey:
        """Keep *key* unless there is one; the one that is kept."""
        return self._keys.setdefault(key.ref, key)

    def rewrap(self, key: WrappedKey) -> bool:
        """Replace the key, unless it is destroyed."""
        there = self._keys.get(key.ref)
        if there is None or there.is_destroyed:
            return False
        self._keys[key.ref] = key
        return True

    def destroy(self, ref: str, at_us: int) -> bool:
        """Destroy the key of *ref*."""
        there = self._keys.get(ref)
        if there is None or there.is_destroyed:
            return False
        self._keys[ref] = replace(there, wrapped=None, destroyed_us=at_us)
        return True

    def list(self, prefix: str = "") -> Iterator[WrappedKey]:
        """Every key whose reference begins with *prefix*."""
        return (key for ref, key in sorted(self._keys.items()) if ref.startswith(prefix))


def load_master_keys(
    references: Sequence[str], environment: Mapping[str, str] = os.environ
) -> tuple[MasterKey, ...]:
    """The master keys at *references*: the first wraps, all of them unwrap.

    Raises BadKeys with everything that is wrong; what is in a secret is never in a problem.
    """
    problems: list[Problem] = []
    keys: dict[str, MasterKey] = {}
    for reference in references:
        raw = _decoded(reference, environment, problems)
        if raw is not None:
            key = MasterKey(raw)
            keys.setdefault(key.id, key)
    if problems:
        raise BadKeys("The master keys cannot be used.", problems)
    return tuple(keys.values())


def _decoded(
    reference: str, environment: Mapping[str, str], problems: list[Problem]
) -> bytes | None:
    secret = read_secret(reference, environment, problems)
    if secret is None:
        return None
    try:
        raw = base64.b64decode(secret, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) == MASTER_BYTES:
        return raw
    message = f"a master key has {MASTER_BYTES} bytes in base64, and this is something else"
    problems.append(Problem("E113", message, field=reference, fix=_FIX))
    return None


def read_secret(
    reference: str,
    environment: Mapping[str, str],
    problems: list[Problem],
    unset_fix: str = _FIX,
) -> str | None:
    """The text that ``env:NAME`` or ``file:PATH`` refers to, without space around it.

    None, with a problem, where there is none; *unset_fix* is what to do about a variable that is
    not set.
    """
    kinds: dict[str, Callable[[str], str]] = {"env": environment.__getitem__, "file": _from_file}
    kind, _, place = reference.partition(":")
    if kind not in kinds or not place:
        # It may be the secret itself, given in the wrong place.
        message = "a secret is referred to, never given itself"
        problems.append(Problem("E110", message, fix="write env:NAME or file:PATH"))
        return None
    try:
        text = kinds[kind](place).strip()
    except KeyError:
        problems.append(Problem("E111", "the variable is not set", field=reference, fix=unset_fix))
    except PermissionError as error:
        fix = f"chmod 600 {place}" if error.filename is None else "let the server's user read it"
        code, said = ("E112", str(error)) if error.filename is None else ("E111", "no permission")
        problems.append(Problem(code, said, field=reference, fix=fix))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        message = f"the file cannot be read: {reason}"
        problems.append(Problem("E111", message, field=reference, fix="check that it is there"))
    else:
        return text
    return None


def _from_file(place: str) -> str:
    path = Path(place)
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise PermissionError("others can read the secret")
    with path.open("rb") as file:
        return file.read(MOST_BYTES).decode()

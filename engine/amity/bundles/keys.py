"""Ed25519 keys for bundles, and the files that they are kept in."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from amity.errors import BadBundle, Problem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

__all__ = ["PrivateKey", "PublicKey", "load_private", "load_trusted", "new_key", "private_key"]

FORMAT = "amity-public-key/1"
MOST_BYTES = 10_000
RAW_BYTES = 32
FIX = "give a key that `amity sign --new-key` made"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that can tell whose signature it is. Its ``id`` is made from the key itself."""

    raw: bytes
    name: str
    created: datetime
    expires: datetime | None

    @property
    def id(self) -> str:
        """The first 16 hex digits of the key's SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:16]

    def verifies(self, value: bytes, message: bytes) -> bool:
        """Whether *value* is this key's signature over *message*."""
        from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - slow, rarely needed
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.raw).verify(value, message)
        except InvalidSignature:
            return False
        return True

    def to_json(self) -> str:
        """The key as it stands in its file."""
        content = {
            "format": FORMAT,
            "id": self.id,
            "name": self.name,
            "key": base64.b64encode(self.raw).decode(),
            "created": self.created.isoformat(),
            "expires": self.expires.isoformat() if self.expires else None,
        }
        return json.dumps(content, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> PublicKey:
        """The key in *text*. Raises ValueError that says what is wrong."""
        try:
            content = json.loads(text)
            if content["format"] != FORMAT:
                raise ValueError(f"its format is not {FORMAT}")
            raw = base64.b64decode(content["key"], validate=True)
            expires = content["expires"]
            found = cls(
                raw, str(content["name"]), moment(content["created"]), expires and moment(expires)
            )
        except (KeyError, TypeError, RecursionError, json.JSONDecodeError) as error:
            raise ValueError("it is not a public key file of Amity") from error
        if len(raw) != RAW_BYTES or found.id != content["id"]:
            raise ValueError("its id is not that of its key")
        return found


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A key that signs."""

    key: Ed25519PrivateKey

    @property
    def raw_public(self) -> bytes:
        """The bytes of the public key that belongs to it."""
        return self.key.public_key().public_bytes_raw()

    @property
    def id(self) -> str:
        """The id of the public key that belongs to it."""
        return hashlib.sha256(self.raw_public).hexdigest()[:16]

    def sign(self, message: bytes) -> bytes:
        """The signature over *message*."""
        return self.key.sign(message)


def moment(text: str) -> datetime:
    """The time in *text*, which must have a zone; ValueError if it has none or is no time."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f'the time "{text}" has no zone')
    return found


def new_key(
    name: str, folder: Path, created: datetime, expires: datetime | None
) -> tuple[PublicKey, Path, Path]:
    """Make a key in *folder*: NAME.key, for its owner's eyes only, and NAME.pub to hand out.

    Raises BadBundle where either file is there already or cannot be written.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    for path in (private, public):
        if path.exists():
            fix = "choose another name, or move the file away"
            raise _bad(Problem("S209", "the file is already there", file=str(path), fix=fix))
    key = ed25519.Ed25519PrivateKey.generate()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    made = PublicKey(key.public_key().public_bytes_raw(), name, created, expires)
    try:
        # Created with its mode, so that there is no moment in which others can open it.
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
        public.write_text(made.to_json(), encoding="utf-8")
    except OSError as error:
        message = f"the key cannot be written: {error.strerror}"
        problem = Problem("S207", message, file=str(private), fix="choose another folder")
        raise _bad(problem) from error
    return made, private, public


def load_private(path: Path) -> PrivateKey:
    """The private key in *path*. Raises BadBundle if it cannot be used or others can read it."""
    try:
        mode = path.stat().st_mode
        raw = path.read_bytes() if path.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        message = f"the key cannot be read: {error.strerror}"
        raise _bad(Problem("S207", message, file=str(path), fix=FIX)) from error
    key = private_key(raw, str(path))
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        message = "others can read the private key"
        raise _bad(Problem("S211", message, file=str(path), fix=f"chmod 600 {path}"))
    return key


def private_key(pem: bytes, place: str) -> PrivateKey:
    """The private key in *pem*, which was had from *place*. Raises BadBundle if there is none."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415

    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        message = "this is not a private key in PEM form without a password"
        raise _bad(Problem("S207", message, file=place, fix=FIX)) from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise _bad(Problem("S207", "the key is not an Ed25519 key", file=place, fix=FIX))
    return PrivateKey(key)


def load_trusted(path: Path) -> Mapping[str, PublicKey]:
    """The public keys in *path*, a file or a folder of .pub files, by their ids. Raises BadBundle."""
    paths = sorted(path.glob("*.pub")) if path.is_dir() else [path]
    if not paths:
        fix = "put the .pub files there that `amity sign --new-key` made"
        raise _bad(Problem("S210", "there are no .pub files", file=str(path), fix=fix))
    problems: list[Problem] = []
    keys: dict[str, PublicKey] = {}
    for each in paths:
        try:
            key = PublicKey.from_json(each.read_bytes()[:MOST_BYTES].decode())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or (
                "it is not text" if isinstance(error, UnicodeDecodeError) else str(error)
            )
            message = f"the public key cannot be used: {reason}"
            fix = "give a .pub file that `amity sign --new-key` made"
            problems.append(Problem("S208", message, file=str(each), fix=fix))
        else:
            keys[key.id] = key
    if problems:
        raise BadBundle("The trusted keys cannot be used.", problems)
    return keys


def _bad(problem: Problem) -> BadBundle:
    return BadBundle("The key cannot be used.", [problem])

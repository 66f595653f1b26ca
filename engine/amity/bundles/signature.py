"""Signing a bundle file, and telling whose signature it bears."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from amity.bundles.archive import Archive
from amity.bundles.keys import PrivateKey, PublicKey, moment
from amity.errors import BadBundle, Problem

__all__ = ["Signature", "sign", "signature_in", "verify"]

FORMAT = "amity-signature/1"
MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, when by their own word, and until when it is good."""

    key_id: str
    signed: datetime
    expires: datetime | None
    value: bytes = b""

    def message(self, archive: Archive) -> bytes:
        """What the signature is over: the whole manifest, which has the digest, and its own terms."""
        manifest = hashlib.sha256(archive.manifest_json).hexdigest()
        content = [FORMAT, self.key_id, *self._times(), manifest, archive.contents.digest]
        return json.dumps(content).encode()

    def to_json(self) -> bytes:
        """The signature as it stands in a bundle file."""
        signed, expires = self._times()
        content = {
            "format": FORMAT,
            "key_id": self.key_id,
            "signed": signed,
            "expires": expires,
            "value": base64.b64encode(self.value).decode(),
        }
        return (json.dumps(content, indent=2) + "\n").encode()

    def _times(self) -> tuple[str, str | None]:
        return self.signed.isoformat(), self.expires.isoformat() if self.expires else None


def sign(
    archive: Archive, key: PrivateKey, signed: datetime, expires: datetime | None = None
) -> Archive:
    """*archive* with the signature of *key*, in place of any other."""
    terms = Signature(key.id, signed, expires)
    value = key.sign(terms.message(archive))
    return archive.signed(Signature(key.id, signed, expires, value).to_json())


def signature_in(archive: Archive, where: str) -> Signature:
    """The signature of *archive*, unchecked. Raises BadBundle if it has none that can be read."""
    if archive.signature_json is None:
        fix = "sign it with `amity sign`"
        raise _bad(Problem("S201", "the bundle is not signed", file=where, fix=fix))
    try:
        return _parsed(archive.signature_json)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        message = "the signature cannot be read"
        problem = Problem("S206", message, file=where, fix="sign the bundle again")
        raise _bad(problem) from error


def _parsed(raw: bytes) -> Signature:
    content = json.loads(raw[:MOST_BYTES].decode())
    if content["format"] != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    expires = content["expires"]
    return Signature(
        str(content["key_id"]),
        moment(content["signed"]),
        moment(expires) if expires is not None else None,
        base64.b64decode(content["value"], validate=True),
    )


def verify(
    archive: Archive, trusted: Mapping[str, PublicKey], now: datetime, where: str
) -> tuple[Signature, PublicKey]:
    """Whose signature *archive* bears. Raises BadBundle if none of *trusted* vouches for it now."""
    signature = signature_in(archive, where)
    key = trusted.get(signature.key_id)
    if key is None:
        message = (
            f"the bundle is signed with the key {signature.key_id!a:.40}, which is not trusted"
        )
        fix = "have it signed with a trusted key, or trust the key that signed it"
        raise _bad(Problem("S202", message, file=where, fix=fix))
    if not key.verifies(signature.value, signature.message(archive)):
        message = f"the signature of {key.name} ({key.id}) is not over this bundle"
        fix = "get the file again from where it came"
        raise _bad(Problem("S203", message, file=where, fix=fix))
    problems = [*_expired("S204", f"the key {key.name} ({key.id})", key.expires, now, where)]
    problems += _expired("S205", "the signature", signature.expires, now, where)
    if problems:
        raise BadBundle("The bundle's signature is no longer good.", problems)
    return signature, key


def _expired(
    code: str, what: str, expires: datetime | None, now: datetime, where: str
) -> list[Problem]:
    if expires is None or now < expires:
        return []
    message = f"{what} expired on {expires:%Y-%m-%d %H:%M %Z}"
    return [
        Problem(code, message, file=where, fix="have the bundle signed again, with a key in date")
    ]


def _bad(problem: Problem) -> BadBundle:
    return BadBundle("The bundle's signature is not good.", [problem])

"""The one way in which a document becomes bytes, and what those bytes are known by."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from amity.log.documents import Document

__all__ = ["canonical", "digest", "parsed"]


def canonical(document: Mapping[str, Any] | list[Any]) -> bytes:
    """*document* as JSON in UTF-8 with sorted names and no spaces: equal documents, equal bytes.

    >>> canonical({"b": [1.5, None], "a": "é"}).decode()
    '{"a":"é","b":[1.5,null]}'
    """
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS)


def parsed(data: bytes) -> Document:
    """The document in *data*. Raises ValueError if there is none."""
    document = orjson.loads(data)
    if not isinstance(document, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - the data is wrong, not the call
    return document


def digest(data: bytes) -> bytes:
    """The SHA-256 of *data*."""
    return hashlib.sha256(data).digest()

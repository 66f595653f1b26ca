"""The building blocks of the schema: small pieces of JSON Schema with a title and a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = [
    "NON_BLANK",
    "choice",
    "described",
    "list_or_one",
    "mapping",
    "number",
    "reference",
    "text",
]

Schema = dict[str, Any]

NON_BLANK = r"\S"


def described(schema: Schema, title: str, description: str) -> Schema:
    """*schema* with what an editor shows for it."""
    return {"title": title, "description": description, **schema}


def reference(name: str) -> Schema:
    """What is defined under *name*."""
    return {"$ref": f"#/$defs/{name}"}


def text(title: str, description: str, **more: Any) -> Schema:
    """Text that is not blank; a whole number counts as text."""
    return described(
        {"type": ["string", "integer"], "pattern": NON_BLANK, **more}, title, description
    )


def number(low: float, high: float, title: str, description: str, **more: Any) -> Schema:
    """A number from *low* to *high*."""
    return described(
        {"type": "number", "minimum": low, "maximum": high, **more}, title, description
    )


def choice(values: Iterable[str], title: str, description: str, **more: Any) -> Schema:
    """One of *values*."""
    return described({"enum": list(values), **more}, title, description)


def list_or_one(item: Schema) -> Schema:
    """*item*, or a list of at least one."""
    return {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}


def mapping(properties: Mapping[str, Schema], required: Sequence[str] = (), **more: Any) -> Schema:
    """A mapping with these keys and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
        **more,
    }

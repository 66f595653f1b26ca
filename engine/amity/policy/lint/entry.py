"""What a code says: its documentation, an example that has the fault and one that has not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

__all__ = ["Entry", "Example", "Level"]

Files = Mapping[str, str | bytes]


class Level(StrEnum):
    """How bad a finding is.

    ``REFUSED`` keeps the files from loading; an ``ERROR`` is a rule that cannot do what it says;
    a ``WARNING`` loads and works, but is probably not what was meant.
    """

    REFUSED = "refused"
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Example:
    """An excerpt as it is shown, and the whole files in which a test tries it."""

    shown: str
    files: Files = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Entry:
    """The documentation of one code.

    ``bad`` gives exactly this code, and ``good`` none.
    """

    code: str
    title: str
    what: str
    why: str
    bad: Example
    good: Example
    level: Level = Level.REFUSED

"""What became of a server's sources so far, as status, health and log tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from amity.bundles.sources import SourceKind
from amity.errors import Problem

__all__ = ["Failure", "Outcome", "ReloadState", "SourceState"]


class Outcome(Enum):
    """What came of a look at the sources."""

    ACTIVATED = "activated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why the newest policies are not active, and since when there have been no good ones.

    ``warnings`` are what lint says of them besides, and would not have kept them from activation.
    """

    problems: tuple[Problem, ...]
    digest: str
    since: datetime
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class SourceState:
    """A source, who signed what it last gave, and why it gives nothing if it does not."""

    name: str
    kind: SourceKind
    signed_by: str = ""
    problem: Problem | None = None


@dataclass(slots=True)
class ReloadState:
    """Counts and the last failure; changed by the reloader alone, in the server's loop.

    ``warnings`` are those of lint about the active policies; ``good_at`` is when the newest were
    last found good.
    """

    sources: list[SourceState] = field(default_factory=list)
    last_checked: datetime | None = None
    failure: Failure | None = None
    warnings: tuple[Problem, ...] = ()
    checks: int = 0
    good_at: datetime | None = None
    activated: int = 0
    unchanged: int = 0
    refused: int = 0
    from_last_good: bool = False

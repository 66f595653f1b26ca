"""Checks a bundle file that somebody sends, and changes nothing."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from amity.bundles.archive import Archive, read_archive
from amity.bundles.sources import Source, SourceKind, Trust
from amity.errors import BadBundle, Problem
from amity.service.active import ActiveJudge
from amity.service.failures import Busy
from amity.service.reloading import in_thread
from amity.service.worker import Report, Worker

__all__ = ["Validation", "Validity"]

MOST_WAITING = 4
WHERE = "bundle"


@dataclass(frozen=True, slots=True)
class Validity:
    """What was found of a bundle; it could be activated if there are no problems."""

    report: Report
    archive: Archive | None = None
    signed_by: str = ""


class Validation:
    """Checks one bundle at a time, in a worker, with the plugins of the active judge."""

    def __init__(
        self,
        active: ActiveJudge,
        worker: Worker,
        sources: tuple[Source, ...] = (),
        trust: Trust | None = None,
    ) -> None:
        self._active, self._worker, self._trust = active, worker, trust
        self._beside = [source for source in sources if source.kind is SourceKind.PLUGIN]
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def check(self, packed: bytes) -> Validity:
        """What is wrong with the bundle file *packed*. Raises Busy when too many wait."""
        if self._waiting >= MOST_WAITING:
            raise Busy(self._waiting)
        self._waiting += 1
        try:
            async with self._turn:
                return await in_thread(lambda: self._checked(packed))
        finally:
            self._waiting -= 1

    def _checked(self, packed: bytes) -> Validity:
        try:
            archive = read_archive(packed, WHERE)
        except BadBundle as error:
            return Validity(Report(error.problems))
        signed_by, problems = self._signed(archive)
        try:
            parts = [archive.contents, *(source.fetch().contents for source in self._beside)]
            report = self._worker.check(parts, self._active.judge.host)
        except BadBundle as error:
            report = Report(error.problems)
        if problems:
            report = replace(report, problems=(*problems, *report.problems))
        return Validity(report, archive, signed_by)

    def _signed(self, archive: Archive) -> tuple[str, tuple[Problem, ...]]:
        if self._trust is None:
            return "", ()
        try:
            return self._trust.check(archive, WHERE), ()
        except BadBundle as error:
            return "", error.problems

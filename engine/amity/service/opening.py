"""Opening the policies that a server starts with, from all of its sources together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from amity.bundles.contents import Contents, digest_of
from amity.bundles.sources import Fetched, Source, SourceKind
from amity.cues.kept import KeptCues
from amity.errors import AmityError, BadBundle, Problem
from amity.judge import Judge
from amity.plugins.host import PluginHost
from amity.service.checking import checked, judge_of
from amity.service.last_good import LastGood
from amity.service.past_policies import PastPolicies
from amity.service.reload_state import Failure, ReloadState, SourceState

__all__ = ["Policies", "contents_of"]


@dataclass(slots=True)
class Policies:
    """The sources of a server's policies, what became of them, and where the last good ones are kept."""

    host: PluginHost
    sources: Sequence[Source]
    last_good: LastGood | None = None
    past: PastPolicies | None = None
    state: ReloadState = field(default_factory=ReloadState)
    marks: list[object] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.state.sources = [SourceState(source.name, source.kind) for source in self.sources]

    def open(self) -> Judge:
        """The first judge: by the sources, or by the last good policies if there is a place for them.

        Raises BadBundle with what is wrong with the sources, and with the last good ones if those
        are no better.
        """
        fetched: list[Fetched] = []
        try:
            fetched = self.fetch()
            found = checked(contents_of(fetched), self.host, kept=KeptCues.default())
            judge = found.good_judge()
        except BadBundle as error:
            if self.last_good is None:
                raise
            return self._stand_in(self.last_good, error, fetched)
        self.keep(fetched)
        self.state.warnings, self.state.good_at = found.warnings, datetime.now(UTC)
        return judge

    def read_marks(self) -> list[object]:
        """What the sources look like from outside; equal to ``marks`` as long as nothing changes."""
        return [source.mark() for source in self.sources]

    def fetch(self) -> list[Fetched]:
        """What each source gives. Raises BadBundle with the problems of all that give nothing. Blocks."""
        # Taken before anything is read, so that what changes meanwhile is seen the next time.
        self.marks = self.read_marks()
        fetched: list[Fetched] = []
        problems: list[Problem] = []
        for source, told in zip(self.sources, self.state.sources, strict=True):
            try:
                found = source.fetch()
            except BadBundle as error:
                problems += error.problems
                told.problem = error.problems[0]
            else:
                fetched.append(found)
                told.signed_by, told.problem = found.signed_by, None
        if problems:
            raise BadBundle("The policies cannot be had.", problems)
        return fetched

    def keep(self, fetched: Sequence[Fetched]) -> str:
        """Keep *fetched* as the last good policies, and for replays; says why it could not, or nothing."""
        reasons = [self._keep_past(fetched)]
        if self.last_good is not None:
            pairs = zip(self.sources, fetched, strict=True)
            kept = [each for source, each in pairs if not _is_plugin(source)]
            reasons.append(self.last_good.keep(kept))
        return "; ".join(filter(None, reasons))

    def _keep_past(self, fetched: Sequence[Fetched]) -> str:
        if self.past is None:
            return ""
        digest = digest_of(file for each in fetched for file in each.contents.files)
        try:
            return self.past.keep(digest, [each.to_bytes() for each in fetched])
        except BadBundle as error:
            return str(error.problems[0])

    def _stand_in(self, kept: LastGood, error: BadBundle, fetched: Sequence[Fetched]) -> Judge:
        try:
            plugins = [source.fetch() for source in self.sources if _is_plugin(source)]
            earlier = [*kept.fetch(), *plugins]
            judge = judge_of(contents_of(earlier), self.host, kept=KeptCues.default())
        except AmityError as other:
            problems = (*error.problems, *other.problems)
            raise BadBundle(error.summary, problems) from error
        digest = digest_of(file for each in fetched for file in each.contents.files)
        refused = digest if fetched else ""
        self.state.failure = Failure(error.problems, refused, datetime.now(UTC))
        self.state.refused += 1
        self.state.from_last_good = True
        self._keep_past(earlier)
        return judge


def _is_plugin(source: Source) -> bool:
    # What a plugin brings is installed beside us, and read anew even when the last good stands in.
    return source.kind is SourceKind.PLUGIN


def contents_of(fetched: Sequence[Fetched]) -> list[Contents]:
    """The contents of each."""
    return [each.contents for each in fetched]

"""Lint with the loaded plugins: what the loader refuses and what lint adds, in one list."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from amity.bundles.contents import Contents
from amity.cues.kept import KeptCues
from amity.cues.matcher import CueMatcher
from amity.errors import Problem
from amity.plugins.contract import Detector
from amity.plugins.host import ALL_PLUGINS, PluginHost, PluginSelection, load_plugins
from amity.policy.bundle import Bundle, read_contents, read_source
from amity.policy.lint.codes import level_of
from amity.policy.lint.entry import Level
from amity.policy.lint.linting import findings, read_files, subject_of
from amity.policy.lint.subject import Subject, Surroundings
from amity.source import Problems

__all__ = ["LintReport", "lint_bundle", "lint_contents", "lint_folders", "surroundings"]

Progress = Callable[[str, int, int], None]


def _silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class LintReport:
    """What lint found, by file and line, and how much it looked at."""

    problems: tuple[Problem, ...]
    files: int
    rules: int

    def count(self, level: Level) -> int:
        """How many findings of *level* there are."""
        return sum(level_of(problem.code) is level for problem in self.problems)


def lint_folders(
    paths: Sequence[Path],
    *,
    plugins: PluginSelection = ALL_PLUGINS,
    kept: KeptCues | None = None,
    progress: Progress = _silent,
) -> LintReport:
    """Lint every file of *paths*, folders or bundle files, together with what *plugins* offer.

    *progress* is told what is being done, and how many of how many steps are behind. Raises
    BadPlugin for a plugin that does not exist, and nothing for what is wrong in the files.
    """
    progress("Loading plugins", 0, 1)
    host = load_plugins(plugins)
    progress("Reading files", 0, 1)
    unread = Problems()
    parts = [read_source(path, unread) for path in (*paths, *host.folders)]
    report = lint_contents(parts, host, found=unread, kept=kept, progress=progress)
    return replace(report, problems=tuple(_placed(report.problems, parts)))


def lint_contents(
    parts: Sequence[Contents],
    host: PluginHost,
    *,
    found: Sequence[Problem] = (),
    kept: KeptCues | None = None,
    progress: Progress = _silent,
) -> LintReport:
    """Lint what was read from some sources, with the problems that were *found* before.

    Files are named by their source and their name in it, those of the loader by the latter alone.
    """
    progress("Loading policies", 0, 1)
    bundle, refused = read_contents(
        parts, host.catalogue, actions=host.actions, kept=kept, found=found
    )
    detectors = [detector for _, detector in host.detectors(bundle.matcher)]
    return _linted(parts, host, bundle, refused, detectors, progress)


def lint_bundle(
    parts: Sequence[Contents],
    host: PluginHost,
    bundle: Bundle,
    refused: Sequence[Problem],
    detectors: Iterable[Detector],
) -> LintReport:
    """Lint *parts*, which have been read as *bundle* with the problems *refused*.

    *detectors* are those that the plugins of *host* have made for the bundle. Files are named by
    their name in their source, as the loader names them.
    """
    report = _linted(parts, host, bundle, refused, detectors)
    return replace(report, problems=tuple(_bare(report.problems, parts)))


def _linted(
    parts: Sequence[Contents],
    host: PluginHost,
    bundle: Bundle,
    refused: Sequence[Problem],
    detectors: Iterable[Detector],
    progress: Progress = _silent,
) -> LintReport:
    files = [file for part in parts for file in read_files(part, _prefix(part))]
    subject = subject_of(files, host.catalogue, Surroundings())
    around = surroundings(host.actions, tuple(detectors), bundle.matcher, subject)
    known = replace(subject, around=around)
    problems = findings(
        known, refused, progress=lambda done, count: progress("Checking", done, count)
    )
    rules = sum(len(policy.rules) for policy in known.policies)
    return LintReport(tuple(problems), len(known.files), rules)


def surroundings(
    actions: Collection[str], detectors: Sequence[Detector], matcher: CueMatcher, subject: Subject
) -> Surroundings:
    """What *actions* and *detectors* of the loaded plugins offer to the policies of *subject*.

    How sure a detector ever is, is known only of signals that cue packs alone report.
    """
    reporting: dict[str, int] = {}
    for detector in detectors:
        for name in detector.signals:
            reporting[name] = reporting.get(name, 0) + 1
    reads_cues = any(
        matcher.signals and frozenset(detector.signals) == matcher.signals for detector in detectors
    )
    scores = _scores(subject) if reads_cues else {}
    alone = {name: found for name, found in scores.items() if reporting.get(name) == 1}
    return Surroundings(
        actions=frozenset(actions),
        detectable=frozenset(reporting),
        highest_scores={name: max(found) for name, found in alone.items()},
        lowest_scores={name: min(found) for name, found in alone.items()},
    )


def _scores(subject: Subject) -> Mapping[str, list[float]]:
    found: dict[str, list[float]] = {}
    for pack in subject.packs:
        for cue in pack.cues:
            found.setdefault(cue.signal, []).append(cue.score)
    return found


def _prefix(part: Contents) -> str:
    """What the files of *part* are called by while they are linted.

    The loader names files from their own source, where two of several sources may have one name;
    and a name that begins with / or .. would be refused as a reference.
    """
    return f"{Path(part.source).absolute().as_posix().lstrip('/')}/"


def _bare(problems: Sequence[Problem], parts: Sequence[Contents]) -> Iterator[Problem]:
    """*problems* with files named without their source."""
    prefixes = [_prefix(part) for part in parts]
    for problem in problems:
        file, message = problem.file, problem.message
        for prefix in prefixes:
            file, message = file.removeprefix(prefix), message.replace(prefix, "")
        yield replace(problem, file=file, message=message)


def _placed(problems: Sequence[Problem], parts: Sequence[Contents]) -> Iterator[Problem]:
    """*problems* with files named as they are from where the command runs."""
    names = {_prefix(part): f"{Path(part.source).as_posix()}/" for part in parts}
    for problem in problems:
        file, message = problem.file, problem.message
        owners = [part for part in parts if any(file == own.name for own in part.files)]
        if len(owners) == 1:
            file = (Path(owners[0].source) / file).as_posix()
        for prefix, shown in names.items():
            if file.startswith(prefix):
                file = f"{shown}{file.removeprefix(prefix)}"
            message = message.replace(prefix, shown)
        yield replace(problem, file=file, message=message)

"""`amity test`: run the cases of policies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.main import BAD_INPUT, FINDINGS, FINE, tell
from amity.cli.options import judge_from, plugin_options, stderr
from amity.errors import AmityError, Problem

if TYPE_CHECKING:
    from amity.case_runs import CaseRun
    from amity.judge import Judge
    from amity.policy.coverage import RuleCoverage

__all__ = ["Outcomes", "command"]


@dataclass(frozen=True, slots=True)
class Wish:
    """What the command line asks for."""

    folders: tuple[Path, ...]
    enabled: tuple[str, ...]
    disabled: tuple[str, ...]
    text: str
    output: str
    junit: Path | None
    with_coverage: bool
    least: float | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What came of a run; ``rows`` is the coverage of all cases, those that did not run as well."""

    runs: tuple[CaseRun, ...]
    rows: tuple[RuleCoverage, ...]
    percent: float
    least: float | None
    with_coverage: bool
    judge: Judge

    @property
    def failed(self) -> list[CaseRun]:
        """The runs in which something came out another way."""
        return [run for run in self.runs if not run.passed]

    @property
    def is_too_little(self) -> bool:
        """Whether the cases cover less than was asked for."""
        return self.least is not None and self.percent < self.least


@click.command("test")
@click.argument("folders", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--filter",
    "text",
    metavar="TEXT",
    default="",
    help="Only cases with this in their name, their policy or a rule that they expect.",
)
@click.option(
    "--watch", is_flag=True, help="Run again whenever a file of the folders changes, until Ctrl-C."
)
@click.option(
    "--junit",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the results as JUnit XML to this file as well.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    help="How to show the results.",
)
@click.option(
    "--coverage",
    "with_coverage",
    is_flag=True,
    help="Show for each rule how many cases expect which outcome.",
)
@click.option(
    "--min-coverage",
    "least",
    metavar="PERCENT",
    type=click.FloatRange(0, 100),
    help="Fail if the cases expect less than this share of the outcomes that rules can have.",
)
@plugin_options
def command(*, watch: bool, **options: Any) -> int:
    """Run the cases of the policies in each DIR, or of those that Amity brings.

    Each case is a conversation with the outcome that rules must have. A case that fails is shown as
    a timeline, with the first outcome that came out another way.
    """
    wish = Wish(**options)
    if not watch:
        return _run(wish)
    from amity.cli.watching import changes
    from amity.policy.bundle import shipped_policies

    code = FINE
    for _ in changes(wish.folders or (shipped_policies(),), wish.junit):
        code = _told(wish)
        click.echo("Waiting for a change; Ctrl-C ends.", err=True)
    return code


def _told(wish: Wish) -> int:
    """Run once; what is wrong with the input is told, and the watch goes on."""
    try:
        return _run(wish)
    except AmityError as error:
        tell(error)
        return BAD_INPUT


def _run(wish: Wish) -> int:
    from amity.cli.case_report import show

    try:
        outcomes = _outcomes(wish)
    except AmityError as error:
        if wish.junit:
            from amity.cli.junit import error_xml

            _write(wish.junit, error_xml(str(error)))
        raise
    if wish.junit:
        from amity.cli.junit import results_xml

        _write(wish.junit, results_xml(outcomes))
    show(outcomes, wish.output)
    return FINDINGS if outcomes.failed or outcomes.is_too_little else FINE


def _outcomes(wish: Wish) -> Outcomes:
    from amity.case_runs import chosen, run_cases
    from amity.policy.coverage import coverage, percent

    judge = judge_from(wish.folders, wish.enabled, wish.disabled)
    cases = chosen(judge.bundle.case_files, wish.text)
    if wish.text and not cases:
        problem = Problem(
            "I121", f'no case, policy or rule has "{wish.text}" in its name', fix="try a part of it"
        )
        raise AmityError("There is nothing to run.", [problem])
    with _progress(len(cases)) as advance:
        runs = tuple(run_cases(judge, cases, advance))
    rows = coverage(judge.bundle.case_files, judge.bundle.policies)
    return Outcomes(runs, tuple(rows), percent(rows), wish.least, wish.with_coverage, judge)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        problem = Problem(
            "I120", reason, file=str(path), fix="name a file in a folder that you can write to"
        )
        raise AmityError("The results cannot be written.", [problem]) from error


@contextmanager
def _progress(total: int) -> Iterator[Any]:
    """A bar on stderr, if a person is watching there."""
    console = stderr()
    if not console.is_terminal:
        yield lambda: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Running cases", total=total)
        yield lambda: progress.advance(task)

"""`amity evaluate`: judge conversations from a file or from standard input."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from amity.cli.main import BAD_INPUT, FINDINGS, FINE, tell, tell_problems
from amity.cli.options import judge_from, judge_options, stderr, stdout
from amity.cli.reading import Entry, Parsed, Source, parsed
from amity.decision import Decision, Verdict
from amity.errors import AmityError, BadConversation, Problem

if TYPE_CHECKING:
    from amity.cli.render.table import Row
    from amity.cli.render.view import View
    from amity.judge import Judge

__all__ = ["command"]


class Report(Protocol):
    """Shows decisions one by one, and what they come to at the end."""

    def show(self, read: Parsed, decision: Decision) -> None:
        """Take the next decision."""

    def close(self) -> None:
        """Say what is left to say when all have been judged."""


@click.command("evaluate")
@click.argument("source", metavar="FILE")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["timeline", "table", "json"]),
    help="How to show it. One conversation is shown as a timeline and many as a table, unless you say.",
)
@click.option(
    "--open",
    "is_open",
    is_flag=True,
    help="The conversation goes on: what may still come is pending.",
)
@click.option(
    "--svg",
    type=click.Path(path_type=Path),
    help="Write the timeline as a picture to this file as well.",
)
@judge_options
def command(
    source: str,
    output: str | None,
    *,
    is_open: bool,
    svg: Path | None,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> int:
    """Judge the conversations in FILE, or on standard input for "-".

    FILE holds one conversation in JSON, or one on each line (JSON lines). A line that cannot be
    judged is reported, and the rest carries on.
    """
    given = Source(source)
    if svg is not None and given.is_many:
        fix = "give it a file with one conversation"
        raise AmityError(
            "A picture shows one conversation.", [Problem("I104", "there are many here", fix=fix)]
        )
    judge = judge_from(policies, enabled, disabled)
    report = _report(output, judge, svg, is_many=given.is_many)
    with _progress(given) as advance:
        verdicts = [
            _judged(entry, judge, report, advance, is_open=is_open) for entry in given.entries()
        ]
    report.close()
    return _exit_code(verdicts)


def _judged(
    entry: Entry, judge: Judge, report: Report, advance: Advance, *, is_open: bool
) -> Verdict | None:
    """The verdict on *entry*, shown by *report*; None if it could not be judged, which is told."""
    try:
        read = parsed(entry)
    except BadConversation as error:
        (tell_problems if entry.line else tell)(error)
        return None
    finally:
        advance(len(entry.raw))
    decision = judge.evaluate(read.conversation, is_open=is_open or read.is_open)
    report.show(read, decision)
    return decision.verdict


def _exit_code(verdicts: list[Verdict | None]) -> int:
    if None in verdicts or not verdicts:
        return BAD_INPUT
    return FINDINGS if {Verdict.COACH, Verdict.INTERVENE} & set(verdicts) else FINE


class Advance(Protocol):
    """Told how many more bytes have been judged."""

    def __call__(self, count: int, /) -> object:
        """Move on by *count* bytes."""


@contextmanager
def _progress(given: Source) -> Iterator[Advance]:
    """A bar on stderr for many conversations, if a person is watching there and not here."""
    console = stderr()
    if not (given.is_many and console.is_terminal):
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Judging", total=given.size)
        yield lambda count: progress.advance(task, count)


def _report(output: str | None, judge: Judge, svg: Path | None, *, is_many: bool) -> Report:
    reports = {"json": _Decisions, "table": _Table, "timeline": _Timelines}
    return reports[output or ("table" if is_many else "timeline")](judge, svg, is_many=is_many)


class _Decisions:
    """Each decision as the JSON of its message; on one line where there are many."""

    def __init__(self, judge: Judge, svg: Path | None, *, is_many: bool) -> None:
        self._judge = judge
        self._svg = svg
        self._is_many = is_many

    def show(self, read: Parsed, decision: Decision) -> None:
        text = decision_text(decision)
        click.echo(json.dumps(json.loads(text), ensure_ascii=False) if self._is_many else text)
        self._picture(read, decision)

    def _picture(self, read: Parsed, decision: Decision) -> None:
        if self._svg is not None:
            from amity.cli.render.picture import save_picture

            save_picture(
                self._view(read, decision), self._svg, title=read.title or read.conversation.id
            )

    def _view(self, read: Parsed, decision: Decision) -> View:
        from amity.cli.render.view import view_of

        return view_of(
            read.conversation, json.loads(decision_text(decision)), self._judge.catalogue
        )

    def close(self) -> None:
        """Nothing is left to say."""


class _Timelines(_Decisions):
    """Each conversation as a timeline."""

    def show(self, read: Parsed, decision: Decision) -> None:
        from amity.cli.render.timeline import print_timeline

        console = stdout()
        print_timeline(self._view(read, decision), console, title=read.title, look_at=read.look_at)
        if self._is_many:
            console.print()
        self._picture(read, decision)


class _Table(_Decisions):
    """A row for each conversation, printed when all have been judged."""

    def __init__(self, judge: Judge, svg: Path | None, *, is_many: bool) -> None:
        super().__init__(judge, svg, is_many=is_many)
        self._rows: list[Row] = []

    def show(self, read: Parsed, decision: Decision) -> None:
        from amity.cli.render.table import row_of

        self._rows.append(row_of(decision))
        self._picture(read, decision)

    def close(self) -> None:
        from amity.cli.render.table import print_rows

        print_rows(self._rows, stdout())


def decision_text(decision: Decision) -> str:
    """The JSON of the message Decision."""
    from amity.service.wire import decision_json

    return decision_json(decision)

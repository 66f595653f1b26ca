"""`amity lint`: everything that is wrong or unwise in policies, cues and cases, all at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.main import BAD_INPUT, FINDINGS, FINE
from amity.cli.options import stderr, stdout
from amity.errors import AmityError, Problem

if TYPE_CHECKING:
    from amity.linting import LintReport, Progress
    from amity.plugins.host import PluginSelection

__all__ = ["command"]

_STYLES = {"refused": "bold red", "error": "red", "warning": "yellow"}


@click.command("lint")
@click.argument("folders", metavar="[DIR]...", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json", "sarif"]),
    default="text",
    help="How to show what is found.  [default: text]",
)
@click.option("--strict", is_flag=True, help="Warnings count as well: end with exit code 1.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the files, and lint none.")
@click.option("--explain", metavar="CODE", help="Say what a code means, and lint nothing.")
@click.option(
    "--plugin",
    "enabled",
    metavar="NAME",
    multiple=True,
    help="Load only this plugin, or an optional one beside all; repeatable.",
)
@click.option(
    "--no-plugin",
    "disabled",
    metavar="NAME",
    multiple=True,
    help="Leave out the plugin of this name; repeatable.",
)
def command(
    folders: tuple[Path, ...],
    output: str,
    *,
    strict: bool,
    schema: bool,
    explain: str | None,
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> int:
    """Lint the policies, cues and cases in the folders DIR together, or those that Amity brings.

    A bundle file can stand in place of a folder.

    Exit codes: 0 nothing that counts was found, 1 something was, 2 the files do not load.
    """
    from amity.plugins.host import PluginSelection

    selection = PluginSelection(enabled=enabled, disabled=disabled)
    if explain:
        _explain(explain)
        return FINE
    if schema:
        _print_schema(selection)
        return FINE
    report = _linted(folders, selection)
    _SHOWN[output](report)
    return _exit_code(report, strict=strict)


def _linted(folders: tuple[Path, ...], selection: PluginSelection) -> LintReport:
    from amity.cues.kept import KeptCues
    from amity.linting import lint_folders
    from amity.policy.bundle import shipped_policies

    with _progress() as progress:
        return lint_folders(
            folders or (shipped_policies(),),
            plugins=selection,
            kept=KeptCues.default(),
            progress=progress,
        )


@contextmanager
def _progress() -> Iterator[Progress]:
    """What is being done, on stderr, if a person is watching there."""
    console = stderr()
    if not console.is_terminal:
        yield lambda _what, _done, _all: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=console, transient=True) as bar:
        task = bar.add_task("Linting", total=None)
        yield lambda what, done, count: bar.update(
            task, description=what, completed=done, total=count if done else None
        )


def _exit_code(report: LintReport, *, strict: bool) -> int:
    from amity.policy.lint.entry import Level

    if report.count(Level.REFUSED):
        return BAD_INPUT
    return FINDINGS if report.count(Level.ERROR) or (strict and report.problems) else FINE


def _show_text(report: LintReport) -> None:
    from rich.text import Text

    from amity.policy.lint.codes import level_of

    console = stdout()
    for problem in report.problems:
        level = level_of(problem.code).value
        place, _, said = str(problem).partition(f"{problem.code} ")
        line = Text.assemble(place, (f"{problem.code} {level}", _STYLES[level]), f": {said}")
        console.print(line, soft_wrap=True)
    console.print(_counts(report), soft_wrap=True)


def _counts(report: LintReport) -> str:
    from amity.policy.lint.entry import Level

    counted = [
        (report.count(Level.REFUSED), f"{report.count(Level.REFUSED)} refused"),
        *(
            (report.count(level), _several(report.count(level), level.value))
            for level in (Level.ERROR, Level.WARNING)
        ),
    ]
    found = ", ".join(words for count, words in counted if count)
    looked = f"{_several(report.files, 'file')} with {_several(report.rules, 'rule')}"
    if not found:
        return f"{looked}: nothing to say."
    return f"{looked}: {found}. `amity lint --explain CODE` says more about a code."


def _several(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _show_json(report: LintReport) -> None:
    from amity.policy.lint.codes import level_of
    from amity.policy.lint.entry import Level

    found = [
        {
            "code": problem.code,
            "level": level_of(problem.code).value,
            "message": problem.message,
            "fix": problem.fix,
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
        }
        for problem in report.problems
    ]
    counts = {level.value: report.count(level) for level in Level}
    plain = {"problems": found, "counts": counts, "files": report.files, "rules": report.rules}
    click.echo(json.dumps(plain, indent=2, ensure_ascii=False))


def _show_sarif(report: LintReport) -> None:
    from amity.cli.render.sarif import sarif

    click.echo(json.dumps(sarif(report.problems), indent=2, ensure_ascii=False))


_SHOWN: dict[str, Callable[[LintReport], None]] = {
    "text": _show_text,
    "json": _show_json,
    "sarif": _show_sarif,
}


def _explain(code: str) -> None:
    from amity.bundles.codes import CODES
    from amity.fields import nearest
    from amity.policy.lint.codes import ENTRIES
    from amity.policy.lint.pages import markdown

    wanted = code.upper()
    if wanted in ENTRIES:
        entry = ENTRIES[wanted]
        click.echo(f"{entry.code} {entry.title}\n\n{markdown(entry).rstrip()}")
    elif wanted in CODES:
        click.echo(f"{wanted} {CODES[wanted]}")
    else:
        fix = nearest(wanted, list(ENTRIES), otherwise="docs/lint.md lists them")
        problem = Problem("I130", f'there is no code "{code}"', fix=fix)
        raise AmityError("That code is not known.", [problem])


def _print_schema(selection: PluginSelection) -> None:
    from amity.plugins.host import load_plugins
    from amity.policy.schema.document import json_schema

    host = load_plugins(selection)
    click.echo(
        json.dumps(json_schema(host.catalogue, sorted(host.actions)), indent=2, ensure_ascii=False)
    )

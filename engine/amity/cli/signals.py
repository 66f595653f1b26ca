"""`amity signals`: what detectors look for and policies speak of."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.options import judge_from, judge_options, stdout
from amity.errors import AmityError, Problem

if TYPE_CHECKING:
    from amity.judge import Judge
    from amity.signals import Catalogue, SignalDefinition

__all__ = ["command", "wanted_signals"]


@click.command("signals")
@click.argument("name", required=False)
@click.option("--subject", help="Only signals about this subject: customer, agent or team.")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How to show them.",
)
@judge_options
def command(
    name: str | None,
    subject: str | None,
    output: str,
    *,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> None:
    """List the signals, or show the one called NAME with what it is not and who reports it."""
    judge = judge_from(policies, enabled, disabled)
    wanted = wanted_signals(judge.catalogue, name, subject)
    if output == "json":
        click.echo(json.dumps([_plain(d, judge) for d in wanted], indent=2, ensure_ascii=False))
    elif name:
        _print_one(wanted[0], judge)
    else:
        _print_table(wanted)


def wanted_signals(
    catalogue: Catalogue, name: str | None, subject: str | None
) -> list[SignalDefinition]:
    """The signal called *name*, or all about *subject*, or all. Raises AmityError for unknown ones."""
    if name is not None:
        if name not in catalogue:
            raise _unknown(f'there is no signal "{name}"', name, catalogue.names())
        return [catalogue[name]]
    subjects = list(dict.fromkeys(definition.subject for definition in catalogue))
    if subject is not None and subject not in subjects:
        raise _unknown(f'there are no signals about "{subject}"', subject, subjects)
    return [definition for definition in catalogue if subject in (None, definition.subject)]


def _unknown(message: str, word: str, known: Sequence[str]) -> AmityError:
    from amity.fields import nearest

    fix = nearest(word, known, otherwise="`amity signals` lists them")
    return AmityError("That signal is not known.", [Problem("I105", message, fix=fix)])


def _plain(definition: SignalDefinition, judge: Judge) -> dict[str, object]:
    """The JSON of the message SignalDefinition."""
    plain = {
        "name": definition.name,
        "kind": f"SIGNAL_KIND_{definition.kind.name}",
        "meaning": definition.meaning,
        "notMeant": definition.not_meant,
        "detectors": list(judge.detectors_of(definition.name)),
    }
    return {key: value for key, value in plain.items() if value}


def _print_table(wanted: Sequence[SignalDefinition]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from amity.cli.render.look import TONE_STYLES
    from amity.cli.render.view import TONES

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Signal", no_wrap=True)
    table.add_column("Kind", no_wrap=True)
    table.add_column("It means that somebody …", ratio=1)
    for definition in wanted:
        style = TONE_STYLES[TONES[definition.kind]]
        table.add_row(definition.name, Text(definition.kind, style=style), definition.meaning)
    stdout().print(table)


def _print_one(definition: SignalDefinition, judge: Judge) -> None:
    console = stdout()
    detectors = ", ".join(judge.detectors_of(definition.name)) or "no detector that is loaded"
    console.print(f"{definition.name}  ({definition.kind})", style="bold")
    for label, text in (
        ("It is", definition.meaning),
        ("It is not", definition.not_meant or "(nothing is easily mistaken for it)"),
        ("Reported by", detectors),
    ):
        console.print(f"  {label}: {text}")

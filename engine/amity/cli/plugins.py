"""`amity plugins`: which plugins are loaded, and how they are doing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.options import judge_from, judge_options, stdout

if TYPE_CHECKING:
    from amity.plugins.host import PluginRecord

__all__ = ["command"]

_STYLES = {"ok": "green", "failing": "red", "not_loaded": "red", "disabled": "dim"}


@click.group("plugins")
def command() -> None:
    """See which plugins are loaded and how they are doing."""


@command.command("list")
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    help="How to show them.",
)
@judge_options
def list_plugins(
    output: str,
    *,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> None:
    """List the plugins, what each contributes, and what is wrong with it."""
    records = judge_from(policies, enabled, disabled).host.records
    if output == "json":
        click.echo(json.dumps([_plain(record) for record in records], indent=2, ensure_ascii=False))
    else:
        _print(records)


def _plain(record: PluginRecord) -> dict[str, object]:
    """The JSON of the message Plugin."""
    plain: dict[str, object] = {
        "name": record.name,
        "version": record.version,
        "distribution": record.distribution,
        "health": f"PLUGIN_HEALTH_{record.health.upper()}",
        "detectors": list(record.detectors),
        "actions": list(record.actions),
        # 64-bit numbers are text in the JSON of protobuf messages.
        "failures": str(record.failures) if record.failures else "",
        "problem": _problem(record),
    }
    return {key: value for key, value in plain.items() if value}


def _problem(record: PluginRecord) -> dict[str, str]:
    if record.problem is None:
        return {}
    parts = {
        "code": record.problem.code,
        "message": record.problem.message,
        "fix": record.problem.fix,
    }
    return {key: value for key, value in parts.items() if value}


def _print(records: Sequence[PluginRecord]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = stdout()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("Plugin", "Health", "Version", "From"):
        table.add_column(heading, no_wrap=True)
    table.add_column("Contributes", ratio=1)
    for record in records:
        health = Text(record.health.replace("_", " "), style=_STYLES[record.health])
        table.add_row(
            record.name, health, record.version, record.distribution, _contributes(record)
        )
    console.print(table)
    for record in records:
        if record.problem is not None:
            console.print(f"{record.name}: {record.problem}", soft_wrap=True)


def _contributes(record: PluginRecord) -> str:
    parts = [("detectors", record.detectors), ("actions", record.actions)]
    return "; ".join(f"{word} {', '.join(names)}" for word, names in parts if names) or "-"

"""Messages of the outbox and their targets, as tables or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amity.actions.listing import Backlog, Entry
from amity.actions.outbox import SECOND
from amity.actions.targets import Target, Targets

__all__ = ["print_backlog", "print_entries", "print_targets"]

_STYLES = {"waiting": "yellow", "claimed": "cyan", "delivered": "green", "dead": "red"}
_TIMES = ("created_at", "not_before", "ended_at")


def print_entries(console: Console, entries: Sequence[Entry], output: str) -> None:
    """Print *entries*, the newest first."""
    if output == "json":
        click.echo(json.dumps([_plain(entry) for entry in entries], indent=2, ensure_ascii=False))
        return
    if not entries:
        console.print("There are none.")
        return
    table = _table("Message", "Made", "State", "Tries", "Action", "Target")
    table.add_column("What went wrong", ratio=1)
    for entry in entries:
        state = Text(entry.state, style=_STYLES[entry.state])
        made, tries = _short(entry.created_at), str(entry.attempts)
        table.add_row(
            entry.id, made, state, tries, entry.action, entry.target, entry.last_error or "-"
        )
    console.print(table)


def print_backlog(console: Console, backlog: Iterable[Backlog]) -> None:
    """Print a line for each target: how many of its messages are in which state."""
    by_target: dict[str, list[str]] = {}
    for found in backlog:
        by_target.setdefault(found.target, []).append(f"{found.count:,} {found.state}")
    for target, counts in by_target.items():
        console.print(f"{target}: {', '.join(counts)}", soft_wrap=True)


def print_targets(console: Console, targets: Targets, output: str) -> None:
    """Print *targets* without their addresses and secrets, which may open doors."""
    if output == "json":
        click.echo(json.dumps([_plain_target(target) for target in targets], indent=2))
        return
    table = _table("Target", "Host", "Keys", "Sent")
    table.add_column("Actions", ratio=1)
    for target in targets:
        table.add_row(
            target.name,
            target.host,
            str(len(target.keys)),
            target.include.value,
            ", ".join(sorted(target.actions)),
        )
    console.print(table)


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in headings:
        table.add_column(heading, no_wrap=True)
    return table


def _plain(entry: Entry) -> dict[str, object]:
    plain = {key: value for key, value in asdict(entry).items() if value not in {"", None}}
    return {key: _time(value) if key in _TIMES else value for key, value in plain.items()}


def _plain_target(target: Target) -> dict[str, object]:
    return {
        "name": target.name,
        "kind": target.kind,
        "host": target.host,
        "actions": sorted(target.actions),
        "keys": len(target.keys),
        "include": target.include.value,
        "timeout_s": target.timeout_s,
        "concurrency": target.concurrency,
        "retries": asdict(target.retries),
        "allow_private": target.allow_private,
    }


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).isoformat(timespec="milliseconds")


def _short(at: int) -> str:
    return datetime.fromtimestamp(at / SECOND, UTC).strftime("%Y-%m-%d %H:%M")

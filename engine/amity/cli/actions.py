"""`amity actions`: what is to be delivered, what cannot be, and a worker that delivers it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from amity.cli.options import plugin_options, stdout

if TYPE_CHECKING:
    from amity.actions.delivery import Delivery
    from amity.actions.targets import Targets

__all__ = ["command"]

Command = TypeVar("Command", bound=Callable[..., Any])
STATES = ("waiting", "claimed", "delivered", "dead")
FINDINGS = 1


@click.group("actions")
def command() -> None:
    """See what is to be delivered, retry what failed, and deliver it.

    DATABASE is the decision log: the file of a SQLite database, or a URL such as
    postgresql://user@host/amity.
    """


def _output(function: Command) -> Command:
    return click.option(
        "-o",
        "--output",
        type=click.Choice(["table", "json"]),
        default="table",
        help="How to show them.",
    )(function)


def _targets_option(*, required: bool) -> Callable[[Command], Command]:
    return click.option(
        "--targets",
        "targets_file",
        metavar="FILE",
        required=required,
        type=click.Path(path_type=Path),
        help="The file of targets.",
    )


TARGET = click.option("--target", metavar="NAME", default="", help="Only those of this target.")
LIMIT = click.option(
    "--limit",
    type=click.IntRange(1, 100_000),
    default=100,
    show_default=True,
    help="At most so many.",
)


@command.command("list")
@click.argument("database")
@click.option("--state", "states", type=click.Choice(STATES), multiple=True, help="Repeatable.")
@TARGET
@LIMIT
@_output
def list_actions(
    database: str, *, states: tuple[str, ...], target: str, limit: int, output: str
) -> None:
    """List messages, the newest first, and how many there are of each state."""
    from amity.actions import listing
    from amity.actions.database import open_database
    from amity.cli.render.outbox import print_backlog, print_entries

    with closing(open_database(database)) as opened, opened.read() as connection:
        entries = listing.entries(connection, states=states, target=target, limit=limit)
        backlog = listing.backlog(connection)
    print_entries(stdout(), entries, output)
    if output == "table":
        print_backlog(stdout(), backlog)


@command.command("dead")
@click.argument("database")
@TARGET
@LIMIT
@_output
def dead(database: str, *, target: str, limit: int, output: str) -> None:
    """List what was given up, and why.

    Exit codes: 0 there is nothing, 1 there is something, 2 the input is not right.
    """
    from amity.actions import listing
    from amity.actions.database import open_database
    from amity.cli.render.outbox import print_entries

    with closing(open_database(database)) as opened, opened.read() as connection:
        entries = listing.entries(connection, states=("dead",), target=target, limit=limit)
    print_entries(stdout(), entries, output)
    click.get_current_context().exit(FINDINGS if entries else 0)


@command.command("retry")
@click.argument("database")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--all", "is_all", is_flag=True, help="Everything that was given up.")
@TARGET
@_output
def retry(database: str, ids: tuple[str, ...], *, is_all: bool, target: str, output: str) -> None:
    """Try again what was given up: the messages ID, all of a target, or all.

    Each has all its attempts before it again. Messages that were not given up are left alone.
    """
    import json

    from amity.actions import listing, outbox
    from amity.actions.database import open_database
    from amity.actions.delivery import wall_clock

    if not ids and not target and not is_all:
        raise click.UsageError("name messages, a --target, or --all")
    with closing(open_database(database)) as opened:
        with opened.read() as connection:
            _check_ids(ids, listing.known(connection, ids))
        retried = opened.write(
            lambda connection: outbox.retry(connection, wall_clock(), ids=ids, target=target)
        )
    if output == "json":
        click.echo(json.dumps({"retried": retried}, indent=2))
        return
    for message_id in retried:
        click.echo(message_id)
    left = len(ids) - len(retried) if ids else 0
    note = f" {left} not, since they were not given up." if left else ""
    click.echo(f"{len(retried)} will be tried again.{note}", err=True)


def _check_ids(ids: tuple[str, ...], known: set[str]) -> None:
    from amity.errors import AmityError, Problem

    problems = [
        Problem("A102", f"there is no message {found}", fix="see `amity actions dead`")
        for found in ids
        if found not in known
    ]
    if problems:
        raise AmityError("Nothing was retried.", problems)


@command.command("deliver")
@click.argument("database")
@_targets_option(required=True)
@click.option("--once", is_flag=True, help="End when nothing is due any more.")
@plugin_options
def deliver(
    database: str,
    *,
    targets_file: Path,
    once: bool,
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> None:
    """Deliver until SIGTERM or Ctrl+C; a line of JSON on standard error for each attempt.

    Any number of these may run, beside a server or alone. What is under way when it stops is
    finished, or given back.
    """
    from amity.actions.database import open_database
    from amity.actions.worker import Worker

    targets = _targets(targets_file, enabled, disabled)
    with closing(open_database(database)) as opened:
        worker = Worker(opened, targets, report=_report)
        _run(worker.drain if once else worker.run, worker.stop)


def _run(work: Callable[[], Any], stop: Callable[[], None]) -> None:
    import asyncio
    import signal

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop)
        await work()

    asyncio.run(main())


def _report(delivery: Delivery) -> None:
    import json
    from dataclasses import asdict
    from datetime import UTC, datetime

    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    told = {key: value for key, value in asdict(delivery).items() if value not in {"", None}}
    told["seconds"] = round(delivery.seconds, 3)
    told["breaker"] = delivery.breaker.value
    click.echo(json.dumps({"timestamp": at, "event": "delivery", **told}), err=True)


@command.command("targets")
@click.argument("targets_file", metavar="FILE", type=click.Path(path_type=Path))
@_output
@plugin_options
def targets(
    targets_file: Path, *, output: str, enabled: tuple[str, ...], disabled: tuple[str, ...]
) -> None:
    """Check a file of targets with its secrets, and show what goes where."""
    from amity.cli.render.outbox import print_targets

    print_targets(stdout(), _targets(targets_file, enabled, disabled), output)


def _targets(path: Path, enabled: tuple[str, ...], disabled: tuple[str, ...]) -> Targets:
    from amity.actions.read_targets import read_targets
    from amity.plugins.host import PluginSelection, load_plugins

    host = load_plugins(PluginSelection(enabled=enabled, disabled=disabled))
    return read_targets(path, host.actions)


@command.command("secret")
def secret() -> None:
    """Make a secret for a target, as Standard Webhooks want it, and print it."""
    from amity.actions.signature import new_secret

    click.echo(new_secret())

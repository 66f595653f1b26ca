"""`amity log list`: decisions, the newest first."""

from __future__ import annotations

from typing import Any

import click

from amity.cli.log_options import (
    LOG,
    each_decision,
    filter_from,
    filter_options,
    names_option,
    opened,
    wanted_in,
)
from amity.cli.options import stdout

__all__ = ["command"]


@click.command("list")
@LOG
@filter_options
@names_option
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1),
    default=50,
    show_default=True,
    help="At most so many.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to show them; json is a DecisionSummary on each line.",
)
def command(
    log: str, *, limit: int, output: str, master_keys: tuple[str, ...], **options: Any
) -> None:
    """List the decisions in LOG, the newest first."""
    from amity.cli.render.logged import print_summaries
    from amity.service.wire import summary_json

    asked = filter_from(options)
    with opened(log) as reader:
        wanted = wanted_in(reader, asked, master_keys)
        with reader.read() as connection:
            found = each_decision(connection, wanted, reader.log_id, limit)
            if output == "json":
                for stored in found:
                    click.echo(summary_json(stored))
            else:
                print_summaries(list(found), stdout())

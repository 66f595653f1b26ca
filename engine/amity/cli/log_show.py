"""`amity log show`: one decision with its conversation and all that followed."""

from __future__ import annotations

import click

from amity.cli.log_options import LOG, names_option, opened, seq_named
from amity.cli.options import stdout

__all__ = ["command"]


@click.command("show")
@LOG
@click.argument("name", metavar="ID")
@names_option
@click.option(
    "-o",
    "--output",
    type=click.Choice(["timeline", "json"]),
    default="timeline",
    show_default=True,
    help="How to show it; json is a LoggedDecision.",
)
def command(log: str, name: str, *, master_keys: tuple[str, ...], output: str) -> None:
    """Show the decision ID of LOG with its conversation, as people may see it.

    ID is the number of its record, the decision's id or the conversation's; of several decisions on
    a conversation it is the newest.
    """
    from amity.cli.render.logged import print_logged
    from amity.service.decisions import logged
    from amity.service.wire import logged_json

    with opened(log) as reader:
        found = logged(reader, seq_named(reader, name, master_keys))
    if output == "json":
        click.echo(logged_json(found))
    else:
        print_logged(found, stdout())

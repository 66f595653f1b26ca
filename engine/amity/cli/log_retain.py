"""`amity log retain`: what has been kept for its time goes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

__all__ = ["command"]


@click.command("retain")
@click.argument("log", metavar="LOG")
@click.option(
    "--privacy",
    metavar="FILE",
    required=True,
    type=click.Path(path_type=Path),
    help="The privacy file, which says how long each form is kept.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
def command(log: str, *, privacy: Path, dry_run: bool) -> None:
    """Drop the forms of records in LOG that have been kept for their time.

    A server that is given the privacy file does this by itself (`amity serve --retain-every`).

    Each step is itself a record, so that the log stays provable. A server may be writing to it
    meanwhile. Verdicts, states and sums stay.
    """
    from amity.cli.log_guest import NoForms
    from amity.log.log import open_log, open_reader
    from amity.log.retaining import planned, retain
    from amity.privacy.read_policy import load_privacy

    retention = load_privacy(privacy).retention
    now = datetime.now(UTC)
    if dry_run:
        with open_reader(log) as reader:
            found = planned(reader, retention, now)
    else:
        with open_log(log, NoForms(), is_guest=True) as writer:
            found = retain(writer, retention, now)
    click.echo(
        f"{'would drop' if dry_run else 'dropped'} {found.views:,} views and "
        f"{found.sealed:,} sealed originals of {found.looked_at:,} records that are old enough"
    )

"""`amity log erase`: a customer is forgotten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from amity.log.log import DecisionLog
    from amity.privacy.erasure import Erasure
    from amity.privacy.forms import Privacy

__all__ = ["command"]


@click.command("erase")
@click.argument("log", metavar="LOG")
@click.option("--customer", metavar="ID", help="The customer's own id, as conversations have it.")
@click.option(
    "--conversation",
    metavar="ID",
    help="The id of a conversation whose customer has no id of their own.",
)
@click.option(
    "--reason", required=True, help="Why, without a name: it is kept in the log for good."
)
@click.option("--by", "requested_by", default="", metavar="WHO", help="Who asked for it.")
@click.option(
    "--master-key",
    "masters",
    metavar="REF",
    multiple=True,
    help="The master key, as env:NAME or file:PATH; repeatable, the current one first.",
)
@click.option(
    "--privacy",
    "privacy_file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="The privacy file of the server, if it has one.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go, and change nothing.")
def command(
    log: str,
    *,
    customer: str | None,
    conversation: str | None,
    reason: str,
    requested_by: str,
    masters: tuple[str, ...],
    privacy_file: Path | None,
    dry_run: bool,
) -> None:
    """Forget a customer in LOG for good: keys, originals, views, words.

    Verdicts and sums stay, without anything that leads to the customer. The erasure is itself a
    record, and the log stays provable. A server may be writing to it meanwhile. It cannot be undone.
    """
    from amity.log.erasure import erase
    from amity.log.log import now_us, open_log
    from amity.log.private_forms import private_forms
    from amity.privacy.erasure import Erasure, Subject
    from amity.privacy.keys import load_master_keys
    from amity.privacy.policy import DEFAULT_POLICY
    from amity.privacy.read_policy import load_privacy

    if (customer is None) == (conversation is None):
        raise click.UsageError("Give either --customer or --conversation.")
    subject = Subject.CUSTOMER if customer is not None else Subject.CONVERSATION
    erasure = Erasure(subject, customer or conversation or "", reason, requested_by)
    policy = load_privacy(privacy_file) if privacy_file is not None else DEFAULT_POLICY
    forms = private_forms(load_master_keys(masters), policy, now_us=now_us, starts=False)
    with open_log(log, forms, is_guest=True) as opened:
        privacy: Privacy = opened.forms.privacy  # type: ignore[union-attr]  # as they were made
        if dry_run:
            click.echo(_would(opened, erasure, privacy))
            return
        done = erase(opened, erasure, privacy)
    click.echo(f"erased {_counted(done.records, done.keys)}; record {done.receipt.seq} says so")


def _would(log: DecisionLog, erasure: Erasure, privacy: Privacy) -> str:
    from amity.log.erasure import found_of

    with log.read() as connection:
        refs, seqs = found_of(connection, erasure, privacy)
    return f"would erase {_counted(len(seqs), len(refs))}"


def _counted(records: int, keys: int) -> str:
    return f"{records:,} record{'s' * (records != 1)} and {keys:,} key{'s' * (keys != 1)}"

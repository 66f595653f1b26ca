"""`amity bench fairness`: whether decisions turn on who somebody is, or on how they write."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.main import FINDINGS, FINE
from amity.cli.options import judge_from, judge_options, stderr, stdout

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from amity.conversation import Conversation
    from amity.measuring.fairness import Tested
    from amity.reports.intervals import Rate

__all__ = ["fairness"]


@click.command("fairness")
@click.argument("source", metavar="FILE")
@click.option(
    "-o", "--output", type=click.Choice(["table", "json"]), default="table", help="How to show it."
)
@click.option("--list", "is_listed", is_flag=True, help="List every rule that ended otherwise.")
@click.option(
    "--at-most",
    type=click.FloatRange(0, 1),
    default=0.02,
    show_default=True,
    help="Leave with 1 when a larger share of the verdicts of a group flips, or anything on a name.",
)
@judge_options
def fairness(
    source: str,
    output: str,
    *,
    is_listed: bool,
    at_most: float,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> int:
    """See whether decisions on the conversations in FILE turn on who says it, or how.

    Each conversation is judged again under other names, in another spelling, register and typing,
    and in the grammar of somebody who learned English later. FILE is as for `amity evaluate`.
    """
    from amity.cli.reading import Source, parsed
    from amity.measuring.fairness import fairness_of

    judge = judge_from(policies, enabled, disabled)
    conversations = [parsed(entry).conversation for entry in Source(source).entries()]
    tested = fairness_of(_tracked(conversations), judge.evaluate)
    if output == "json":
        click.echo(json.dumps(_fairness_plain(tested), indent=1))
    else:
        _print_fairness(tested, is_listed=is_listed)
    is_fair = all(
        group.verdicts <= at_most * group.tried and not (group.group == "names" and group.decisions)
        for group in tested.groups
    )
    return FINE if is_fair else FINDINGS


def _tracked(conversations: Sequence[Conversation]) -> Iterable[Conversation]:
    from rich.progress import track

    return track(conversations, "Judging", console=stderr(), transient=True)


def _fairness_plain(tested: Tested) -> dict[str, Any]:
    return {
        "groups": [
            {
                "group": group.group,
                "tried": group.tried,
                "verdicts": group.verdicts,
                "decisions": group.decisions,
            }
            for group in tested.groups
        ],
        "flips": [asdict(flip) for flip in tested.flips],
    }


def _print_fairness(tested: Tested, *, is_listed: bool) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for heading in ("Changed", "Tried", "Verdicts", "95%", "Any rule", "95%"):
        table.add_column(heading, justify="left" if heading == "Changed" else "right")
    for group in tested.groups:
        verdicts, decisions = group.verdict_rate, group.decision_rate
        table.add_row(group.group, f"{group.tried:,}", *_rate(verdicts), *_rate(decisions))
    console = stdout()
    console.print(table)
    if not tested.groups:
        console.print("Nothing in these conversations could be changed.")
    for flip in tested.flips if is_listed else ():
        before, after = (
            ", ".join(states) or "no opportunity" for states in (flip.before, flip.after)
        )
        console.print(
            f"{flip.conversation}: {flip.change}: {flip.policy} {flip.rule}: {before} → {after}"
        )


def _rate(rate: Rate) -> tuple[str, str]:
    return f"{rate.value:.1%}", f"{rate.low:.1%}-{rate.high:.1%}"

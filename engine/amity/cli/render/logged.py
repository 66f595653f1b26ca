"""Decisions of the log: as rows, and one with all that followed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amity.cli.render.look import VERDICT_STYLES
from amity.cli.render.timeline import print_timeline
from amity.cli.render.view import view_of
from amity.cli.render.wrap import clean
from amity.decision import Verdict
from amity.evaluate.outcome import State
from amity.log.disputes import Dispute
from amity.log.documents import conversation_from_document
from amity.log.stored import StoredDecision
from amity.service.wire import Logged, decision_of, message_json
from amity.signals import builtin_catalogue

if TYPE_CHECKING:
    from amity.log.outcomes import WorldOutcome

__all__ = ["print_logged", "print_summaries"]

MICROS = 1_000_000
DIGEST_SHOWN = len("sha256:") + 12


def print_summaries(found: Sequence[StoredDecision], console: Console) -> None:
    """Print *found* as a table, a row for each."""
    if not found:
        console.print("No decision in the log is like that.")
        return
    # Narrow enough for 80 columns: what is missed must not fall off the end.
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("Record", justify="right", no_wrap=True)
    table.add_column("Recorded (UTC)", no_wrap=True)
    table.add_column("Conversation", overflow="fold", min_width=12)
    table.add_column("Agent", overflow="fold")
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Overall", justify="right", no_wrap=True)
    table.add_column("Missed", justify="right", no_wrap=True)
    for each in found:
        missed = sum(finding.state == State.MISSED for finding in each.findings)
        table.add_row(
            str(each.seq),
            _time(each.at_us),
            Text(clean(each.conversation_id)),
            Text(clean(each.agent_id or "-")),
            Text(each.verdict.upper(), style=VERDICT_STYLES[Verdict(each.verdict)]),
            "-" if each.score is None else f"{each.score:.0%}",
            str(missed or "-"),
        )
    console.print(table)
    console.print(f"\n{len(found):,} decision{'s' * (len(found) != 1)}", soft_wrap=True)


def print_logged(logged: Logged, console: Console) -> None:
    """Print the timeline of *logged* where it is kept, then its record and all that followed."""
    view = logged.payload.view
    if view is None:
        console.print("The conversation is not kept any more: retention or an erasure.\n")
    else:
        conversation = conversation_from_document(view["conversation"])
        decision = json.loads(message_json(decision_of(view["decision"])))
        print_timeline(view_of(conversation, decision, builtin_catalogue()), console)
        console.print()
    for line in _facts(logged):
        console.print(Text(clean(line)), soft_wrap=True)


def _facts(logged: Logged) -> Iterator[str]:
    stored, header = logged.stored, logged.payload.header
    yield (
        f"Record {stored.seq}, {_time(stored.at_us)} UTC, {header.get('durability', 'durable')}; "
        f"decision {stored.decision_id}"
    )
    yield f"Judged by {stored.policy_digest[:DIGEST_SHOWN]}"
    kept = "kept, so that it can be replayed" if logged.has_original else "not kept"
    yield f"The sealed original is {kept}"
    if stored.superseded_by:
        yield f"A later decision on this conversation is record {stored.superseded_by}"
    for dispute in logged.disputes:
        yield from _dispute(dispute)
    for outcome in logged.outcomes:
        yield _outcome(outcome)


def _dispute(dispute: Dispute) -> Iterator[str]:
    yield ""
    corrected = f", should have been {dispute.corrected}" if dispute.corrected else ""
    yield (
        f"Dispute {dispute.dispute_id}: {dispute.policy}/{dispute.rule} was {dispute.finding}; "
        f"{dispute.state}{corrected}"
    )
    for step in dispute.steps:
        yield f"  {_time(step.at_us)}  {step.by} ({step.party}, {step.state}): {step.reason}"


def _outcome(outcome: WorldOutcome) -> str:
    return f"{_time(outcome.at_us)}  {outcome.name} {outcome.value:g}"


def _time(at_us: int) -> str:
    return datetime.fromtimestamp(at_us / MICROS, UTC).strftime("%Y-%m-%d %H:%M:%S")

"""Decisions as rows of a table, and what they come to together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amity.cli.render.look import VERDICT_STYLES
from amity.cli.render.wrap import clean
from amity.decision import Decision, ModuleResult, Verdict
from amity.evaluate.outcome import State

__all__ = ["percent", "print_decisions", "verdict_text"]


def print_decisions(decisions: Sequence[Decision], console: Console) -> None:
    """Print a row for each of *decisions*, then how many came to which verdict."""
    if not decisions:
        return
    console.print(_table(decisions))
    verdicts = Counter(decision.verdict for decision in decisions)
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in Verdict if verdicts[verdict])
    many = f"{len(decisions):,} conversation{'s' * (len(decisions) != 1)}"
    console.print(f"{many}: {counts}.", soft_wrap=True)


def _table(decisions: Sequence[Decision]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Conversation", overflow="fold", min_width=12)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Overall", justify="right")
    for module in decisions[0].modules:
        table.add_column(module.policy.title, justify="right")
    table.add_column("Missed", justify="right")
    for decision in decisions:
        missed = sum(outcome.state is State.MISSED for outcome in decision.outcomes)
        table.add_row(
            clean(decision.conversation_id),
            verdict_text(decision.verdict),
            percent(decision.score),
            *(_module(module) for module in decision.modules),
            str(missed or "–"),
        )
    return table


def _module(module: ModuleResult) -> str:
    return "n/a" if module.out_of_scope else percent(module.score)


def percent(score: float | None) -> str:
    """A score as a percentage, or a dash where there was no opportunity."""
    return "–" if score is None else f"{score:.0%}"


def verdict_text(verdict: Verdict) -> Text:
    """The verdict in its colour."""
    return Text(verdict.value.upper(), style=VERDICT_STYLES[verdict])

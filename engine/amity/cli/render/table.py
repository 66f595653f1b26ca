"""Decisions as rows of a table, and what they come to together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amity.cli.render.look import VERDICT_STYLES
from amity.cli.render.view import View
from amity.cli.render.wrap import clean
from amity.decision import Decision, Verdict
from amity.evaluate.outcome import State

__all__ = ["Row", "print_rows", "row_of", "row_of_view"]

# What the columns beside the modules take up, with an id of a usual length.
_OTHER_COLUMNS = 52


@dataclass(frozen=True, slots=True)
class Row:
    """One decision in a line; ``modules`` has each module's title and its score in words."""

    conversation: str
    verdict: Verdict
    overall: str
    modules: tuple[tuple[str, str], ...]
    missed: int


def row_of(decision: Decision) -> Row:
    """The row of *decision*."""
    return Row(
        decision.conversation_id,
        decision.verdict,
        _percent(decision.score),
        tuple((m.policy.title, _percent(m.score, m.out_of_scope)) for m in decision.modules),
        sum(outcome.state is State.MISSED for outcome in decision.outcomes),
    )


def row_of_view(view: View) -> Row:
    """The row of the decision that *view* shows."""
    return Row(
        view.conversation.id,
        view.verdict,
        _percent(view.score),
        tuple((bar.title, _percent(bar.score, bar.out_of_scope)) for bar in view.bars),
        sum(duty.state is State.MISSED for duty in view.duties),
    )


def _percent(score: float | None, out_of_scope: str = "") -> str:
    """A score as a percentage; a dash where there was no opportunity, nothing where it does not apply."""
    if score is None:
        return "" if out_of_scope else "-"
    return f"{score:.0%}"


def print_rows(rows: Sequence[Row], console: Console) -> None:
    """Print *rows* as a table, then how many came to which verdict."""
    if not rows:
        return
    titles = [title for title, _ in rows[0].modules]
    is_numbered = sum(map(len, titles)) + 3 * len(titles) > console.width - _OTHER_COLUMNS
    console.print(_table(rows, is_numbered=is_numbered))
    if is_numbered:
        key = "\n".join(f"[{number}] {title}" for number, title in enumerate(titles, start=1))
        console.print(f"\n{key}", soft_wrap=True)
    verdicts = Counter(row.verdict for row in rows)
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in Verdict if verdicts[verdict])
    console.print(f"\n{len(rows):,} conversation{'s' * (len(rows) != 1)}: {counts}", soft_wrap=True)


def _table(rows: Sequence[Row], *, is_numbered: bool) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column("Conversation", overflow="fold", min_width=12)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Overall", justify="right", no_wrap=True)
    for number, (title, _) in enumerate(rows[0].modules, start=1):
        table.add_column(f"[{number}]" if is_numbered else title, justify="right", no_wrap=True)
    table.add_column("Missed", justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            Text(clean(row.conversation)),
            Text(row.verdict.value.upper(), style=VERDICT_STYLES[row.verdict]),
            row.overall,
            *(score for _, score in row.modules),
            str(row.missed or "-"),
        )
    return table

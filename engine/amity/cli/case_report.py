"""How a run of cases is shown: failures with their timeline, counts, and what no case covers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from amity.cli.options import stdout
from amity.cli.render.timeline import print_timeline
from amity.cli.render.view import View, view_of
from amity.cli.render.wrap import clean
from amity.policy.coverage import COVERED, RuleCoverage

if TYPE_CHECKING:
    from amity.case_runs import CaseRun
    from amity.cli.cases import Outcomes
    from amity.judge import Judge
    from amity.policy.model import Place

__all__ = ["divergence_lines", "print_failure", "show", "words"]

_COLUMNS = (*COVERED, "abstained")
_MOST_GAPS = 20


def words(states: tuple[str, ...]) -> str:
    """States as they are read: "missed, no opportunity"."""
    return ", ".join(state.replace("_", " ") for state in states) or "nothing"


def show(outcomes: Outcomes, output: str) -> None:
    """Print *outcomes* on standard output."""
    if output == "json":
        click.echo(json.dumps(_plain(outcomes), indent=2, ensure_ascii=False))
        return
    console = stdout()
    for run in outcomes.failed:
        print_failure(run, outcomes.judge, console)
    if outcomes.with_coverage:
        _print_table(outcomes.rows, console)
    for row in _summary(outcomes):
        console.print(row, soft_wrap=True)


def print_failure(run: CaseRun, judge: Judge, console: Console) -> None:
    """Print the timeline of a case that failed, and where it first went another way."""
    console.print(
        Text(clean(f"FAILED {run.policy}: {run.case.name}"), style="bold"), soft_wrap=True
    )
    console.print(Text(_at(run.case.place), style="dim"), soft_wrap=True)
    console.print()
    print_timeline(_view(run, judge), console, title=run.case.name)
    console.print()
    for line in divergence_lines(run):
        console.print(clean(line), soft_wrap=True)
    console.print()


def divergence_lines(run: CaseRun) -> Iterator[str]:
    """Where *run* first went another way: the rule, what was expected, what came, and why."""
    difference = run.difference
    if difference is None:
        return
    which = ""
    if max(len(difference.expected), len(difference.got)) > 1:
        which = f", outcome {difference.index + 1}"
    yield f"First divergence: {difference.rule}{which} ({_at(difference.place)})"
    yield f"  expected: {words(difference.expected)}"
    yield f"  got:      {words(difference.got)}"
    yield f"  reason:   {run.reason}"


def _view(run: CaseRun, judge: Judge) -> View:
    """The decision as its timeline shows it, with the duties of the case's own policy only."""
    from amity.service.wire import decision_json

    decision = json.loads(decision_json(run.decision))
    view = view_of(run.case.conversation, decision, judge.catalogue)
    title = next(policy.title for policy in judge.bundle.policies if policy.name == run.policy)
    return replace(
        view,
        duties=tuple(duty for duty in view.duties if duty.module == title),
        bars=tuple(bar for bar in view.bars if bar.title == title),
        steps=(),
    )


def _at(place: Place) -> str:
    return f"{place.file}:{place.line}:{place.column}"


def _print_table(rows: tuple[RuleCoverage, ...], console: Console) -> None:
    for policy in dict.fromkeys(row.policy for row in rows):
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column(policy, overflow="fold", min_width=30)
        for state in _COLUMNS:
            table.add_column(state.replace("_", " "), justify="right")
        for row in rows:
            if row.policy == policy:
                table.add_row(row.rule, *(_cell(row, state) for state in _COLUMNS))
        console.print(table)


def _cell(row: RuleCoverage, state: str) -> Text:
    if state in COVERED and state not in row.possible:
        return Text("-", style="dim")
    count = row.counts.get(state, 0)
    return Text(str(count), style="bold red" if state in row.missing else "")


def _summary(outcomes: Outcomes) -> Iterator[str]:
    gaps = [
        f"{row.policy}/{row.rule}: {words(row.missing)}" for row in outcomes.rows if row.missing
    ]
    if gaps:
        yield "No case expects:"
        yield from (f"  {gap}" for gap in gaps[:_MOST_GAPS])
        if len(gaps) > _MOST_GAPS:
            yield f"  and {len(gaps) - _MOST_GAPS} more rules (--coverage shows all)"
    least = ""
    if outcomes.is_too_little:
        least = f"; at least {outcomes.least:g}% is asked for"
    yield f"Coverage: {_floor(outcomes.percent)}% of the outcomes that rules can have{least}."
    total, failed = len(outcomes.runs), len(outcomes.failed)
    count = "1 case" if total == 1 else f"{total} cases"
    yield f"{count}: {total - failed} passed, {failed} failed." if total else "There are no cases."


def _floor(value: float) -> str:
    """A percentage that is never rounded up to the whole."""
    return f"{int(value * 10) / 10:g}"


def _plain(outcomes: Outcomes) -> dict[str, Any]:
    return {
        "passed": len(outcomes.runs) - len(outcomes.failed),
        "failed": len(outcomes.failed),
        "policyDigest": outcomes.judge.bundle.digest,
        "cases": [_case(run) for run in outcomes.runs],
        "coveragePercent": round(outcomes.percent, 2),
        **({} if outcomes.least is None else {"minCoverage": outcomes.least}),
        "coverage": [_row(row) for row in outcomes.rows],
    }


def _case(run: CaseRun) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "policy": run.policy,
        "name": run.case.name,
        "passed": run.passed,
        "place": _place(run.case.place),
    }
    if run.difference:
        plain["difference"] = {
            "rule": run.difference.rule,
            "expected": list(run.difference.expected),
            "got": list(run.difference.got),
            "index": run.difference.index,
            "reason": run.reason,
            "place": _place(run.difference.place),
        }
    return plain


def _row(row: RuleCoverage) -> dict[str, Any]:
    counts = {state: row.counts.get(state, 0) for state in (*_COLUMNS, "pending")}
    return {
        "policy": row.policy,
        "rule": row.rule,
        "counts": counts,
        "possible": list(row.possible),
        "missing": list(row.missing),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.file, "line": place.line, "column": place.column}

"""`amity bench`: how well detectors do on labelled turns, and whether decisions turn on who speaks."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.fairness import fairness
from amity.cli.main import FINDINGS, FINE
from amity.cli.options import judge_from, judge_options, stderr, stdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from amity.judge import Judge
    from amity.measuring.labels import LabelledTurn
    from amity.measuring.peers import PeerResult
    from amity.measuring.tallies import Measured, Sightings, SignalResult

__all__ = ["command", "watched"]

HEADINGS = ("Signal", "Turns", "Found", "Prec.", "Recall", "F1", "95%", "Overlap", "ECE")


@click.group("bench", commands=[fairness])
def command() -> None:
    """Measure how well things are detected, and whether it is fair."""


@command.command("detection")
@click.argument("data", metavar="DATA", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    help="How to show it.",
)
@click.option("--signal", metavar="NAME", help="List what is wrong with this signal instead.")
@click.option(
    "--min-score",
    type=click.FloatRange(0, 1),
    default=0.0,
    help="Findings that score less do not count.",
)
@click.option(
    "--baseline",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What `-o json` printed before: leave with 1 if the F1 over all signals is now below its interval.",
)
@judge_options
def detection(
    data: Path,
    output: str,
    *,
    signal: str | None,
    min_score: float,
    baseline: Path | None,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
) -> int:
    """Hold what is detected in the labelled turns of DATA against their labels.

    DATA has a JSON object on each line, and may be gzip. A signal counts once a turn. Intervals are
    those of 1,000 draws of the turns; overlap compares the words found with the words quoted; ECE
    is the expected calibration error of the scores. Where VADER and TextBlob are installed, they
    are compared by how they rank customers' turns by negative feeling.
    """
    from amity.measuring.labels import read_labels
    from amity.measuring.peers import compare
    from amity.measuring.tallies import measure

    judge = judge_from(policies, enabled, disabled)
    turns = read_labels(data, judge.catalogue)
    sightings = watched(judge, turns)
    if signal:
        _list_errors(judge, turns, sightings, signal, min_score)
        return FINE
    measured = measure(sightings, min_score)
    _show(measured, compare(turns, sightings), output)
    return _held(measured, baseline) if baseline else FINE


def watched(judge: Judge, turns: Sequence[LabelledTurn]) -> Sightings:
    """What *judge* detects in *turns*, with a bar on stderr while a person waits."""
    from rich.progress import Progress

    from amity.measuring.tallies import watch

    with Progress(console=stderr(), transient=True) as progress:
        task = progress.add_task("Reading turns", total=len(turns))
        return watch(
            turns,
            judge.catalogue.names(),
            lambda turn: judge.detect(turn.conversation, turn.index),
            lambda: progress.advance(task),
        )


def _show(measured: Measured, peers: Sequence[PeerResult], output: str) -> None:
    if output == "json":
        click.echo(json.dumps(_plain(measured, peers), indent=1))
    elif output == "markdown":
        click.echo("\n".join(_markdown(measured, peers)))
    else:
        _print_table(measured, peers)


def _plain(measured: Measured, peers: Sequence[PeerResult]) -> dict[str, Any]:
    plain = asdict(measured) | {"peers": [asdict(peer) for peer in peers]}
    result: dict[str, Any] = json.loads(
        json.dumps(plain), parse_constant=lambda _: None
    )  # JSON has no NaN
    return result


def _rows(measured: Measured) -> list[SignalResult]:
    seen = [row for row in measured.signals if row.labelled or row.found]
    return sorted(seen, key=lambda row: row.signal)


def _cells(row: SignalResult) -> tuple[str, ...]:
    return (
        row.signal,
        f"{row.labelled:,}",
        f"{row.found:,}",
        _number(row.precision),
        _number(row.recall),
        _number(row.f1),
        f"{_number(row.f1_low)}-{_number(row.f1_high)}",
        _number(row.overlap),
        _number(row.calibration_error),
    )


def _number(value: float) -> str:
    """Two places and no leading zero, so that a row fits a terminal; empty for NaN."""
    return "" if isnan(value) else f"{value:.2f}".removeprefix("0")


def _print_table(measured: Measured, peers: Sequence[PeerResult]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    for heading in HEADINGS:
        table.add_column(heading, no_wrap=True, justify="left" if heading == "Signal" else "right")
    for row in _rows(measured):
        table.add_row(*_cells(row))
    table.add_section()
    for row in (measured.macro, measured.frequent):
        table.add_row(*_cells(row), style="bold")
    console = stdout()
    console.print(table)
    console.print(f"{measured.turns:,} labelled turns.")
    for line in _peer_lines(peers):
        console.print(line)


def _peer_lines(peers: Sequence[PeerResult]) -> list[str]:
    if not peers or not peers[0].turns:
        return []
    areas = ", ".join(f"{peer.name} {peer.area:.2f}" for peer in peers)
    return [f"Ranking {peers[0].turns:,} customers' turns by negative feeling (AUC): {areas}."]


def _markdown(measured: Measured, peers: Sequence[PeerResult]) -> list[str]:
    rows = [_cells(row) for row in (*_rows(measured), measured.macro, measured.frequent)]
    table = [HEADINGS, tuple("---" for _ in HEADINGS), *rows]
    lines = [f"| {' | '.join(cells)} |" for cells in table]
    return [*lines, "", f"{measured.turns:,} labelled turns.", *_peer_lines(peers)]


def _list_errors(
    judge: Judge, turns: Sequence[LabelledTurn], sightings: Sightings, name: str, at_least: float
) -> None:
    from amity.cli.signals import wanted_signals

    (definition,) = wanted_signals(judge.catalogue, name, None)
    column = sightings.signals.index(definition.name)
    for turn, score, is_there in zip(
        turns, sightings.score[:, column], sightings.is_there[:, column], strict=True
    ):
        is_found = score > 0 and score >= at_least
        if turn.counts(name) and is_found != is_there:
            click.echo(f"{'missed' if is_there else f'false {score:.2f}'}: {turn.text!r}")
            if len(turn.conversation.turns) > 1:
                click.echo(f"    after: {turn.conversation.turns[-2].text!r}")


def _held(measured: Measured, baseline: Path) -> int:
    """1 if the figures have become worse than the interval of *baseline* allows."""
    from amity.errors import AmityError, Problem

    try:
        before = json.loads(baseline.read_text(encoding="utf-8"))["macro"]
        least, was = float(before["f1_low"]), float(before["f1"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = Problem(
            "M104", f"it cannot be read: {error}", file=str(baseline), fix="make it with -o json"
        )
        raise AmityError("The baseline cannot be used.", [problem]) from error
    is_worse = measured.macro.f1 < least
    verdict = "worse than its interval allows" if is_worse else "within its interval or better"
    click.echo(
        f"F1 over all signals {measured.macro.f1:.3f}; it was {was:.3f}, at least {least:.3f}: {verdict}.",
        err=True,
    )
    return FINDINGS if is_worse else FINE

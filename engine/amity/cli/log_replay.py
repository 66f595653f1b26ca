"""`amity log replay`: judge recorded conversations again, and compare byte by byte."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.log_options import (
    LOG,
    each_decision,
    filter_from,
    filter_options,
    seq_named,
    wanted_in,
)
from amity.cli.main import FINDINGS, FINE
from amity.cli.options import judge_from, judge_options, master_key_option, stderr

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amity.log.filter import Filter
    from amity.log.reading import LogReader
    from amity.log.replay import Replay

__all__ = ["command"]


@click.command("replay")
@LOG
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option(
    "--all", "is_all", is_flag=True, help="All decisions, or those that the filter leaves."
)
@filter_options
@judge_options
@master_key_option
@click.option(
    "--kept-policies",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Where the server kept the policies that judged; beside the log unless you say.",
)
@click.option(
    "-o",
    "--output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to tell what came of it; json is an object on each line.",
)
def command(
    log: str,
    names: tuple[str, ...],
    *,
    is_all: bool,
    policies: tuple[Path, ...],
    enabled: tuple[str, ...],
    disabled: tuple[str, ...],
    kept_policies: Path | None,
    master_keys: tuple[str, ...],
    output: str,
    **options: Any,
) -> int:
    """Judge the decisions ID of LOG again by the policies of then, and compare every byte.

    Policies are looked for among those named, then among those that the server kept. The exit code
    is 1 where a decision comes out otherwise, or cannot be judged again.
    """
    from amity.log.replay import Result, replay
    from amity.service.log_forms import opened_reader
    from amity.service.past_policies import PastJudges, PastPolicies, beside

    if bool(names) == is_all:
        raise click.UsageError("Name decisions, or give --all.")
    wanted = filter_from(options)
    folder = kept_policies or beside(log)
    judge = judge_from(policies, enabled, disabled)
    judges = PastJudges(lambda: [judge], PastPolicies(folder) if folder else None)
    results: Counter[Result] = Counter()
    with opened_reader(log, master_keys) as reader, reader.read() as connection:
        total = None if is_all else len(names)
        seqs = (
            _wanted(reader, connection, wanted_in(reader, wanted, master_keys))
            if is_all
            else (seq_named(reader, name, master_keys) for name in names)
        )
        for seq in _progress(seqs, total):
            found = replay(reader, seq, judges)
            results[found.result] += 1
            _tell(found, output)
    if output == "text":
        counts = ", ".join(f"{results[each]:,} {each}" for each in Result if results[each])
        click.echo(
            f"{results.total():,} decision{'s' * (results.total() != 1)}: {counts or 'none'}"
        )
    return FINE if results.keys() <= {Result.SAME} else FINDINGS


def _wanted(reader: LogReader, connection: Connection, wanted: Filter) -> Iterator[int]:
    for stored in each_decision(connection, wanted, reader.log_id):
        yield stored.seq


def _progress(seqs: Iterator[int], total: int | None) -> Iterator[int]:
    """*seqs*, with a bar on stderr if a person is watching there."""
    console = stderr()
    if not console.is_terminal:
        yield from seqs
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        yield from progress.track(seqs, total=total, description="Judging again")


def _tell(found: Replay, output: str) -> None:
    if output == "json":
        content = {
            "seq": found.seq,
            "decisionId": found.decision_id,
            "result": found.result.value,
            "recordedSha256": found.recorded_sha256,
            "replayedSha256": found.replayed_sha256,
            "problems": [
                {"code": p.code, "message": p.message, "field": p.field, "fix": p.fix}
                for p in found.problems
            ],
        }
        click.echo(json.dumps(content, ensure_ascii=False))
        return
    for index, problem in enumerate(found.problems):
        lead = f"{found.seq}: {found.result}" if not index else " " * len(f"{found.seq}: ")
        click.echo(f"{lead}  {problem}")

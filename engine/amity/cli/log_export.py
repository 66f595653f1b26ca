"""`amity log export`: decisions as JSON lines or Parquet, disputes as cases or labels."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from amity.cli.files import replace_file
from amity.cli.log_options import (
    LOG,
    each_decision,
    filter_from,
    filter_options,
    names_option,
    opened,
    wanted_in,
)
from amity.errors import AmityError, Problem

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amity.log.filter import Filter
    from amity.log.reading import LogReader

__all__ = ["command"]


@click.command("export")
@LOG
@filter_options
@names_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["jsonl", "parquet"]),
    default="jsonl",
    show_default=True,
    help="jsonl has a LoggedDecision on each line; parquet has a row for each decision.",
)
@click.option(
    "--disputes-as",
    type=click.Choice(["cases", "labels"]),
    help="Export decided disputes instead: as cases for `amity test`, or as labelled turns for `amity calibrate`.",
)
@click.option(
    "--out",
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="Where to write; a folder for cases. Standard output unless you say, for lines.",
)
def command(
    log: str,
    *,
    form: str,
    disputes_as: str | None,
    out: Path | None,
    master_keys: tuple[str, ...],
    **options: Any,
) -> None:
    """Write the decisions in LOG, or the disputes that were decided, as people may see them.

    Conversations and quotes are redacted. Decisions come the newest first, disputes in the order
    in which they were opened.
    """
    if out is None and (form == "parquet" or disputes_as == "cases"):
        raise click.UsageError("Name the place with --out.")
    asked = filter_from(options)
    with opened(log) as reader:
        wanted = wanted_in(reader, asked, master_keys)
        with reader.read() as connection:
            if disputes_as == "cases":
                _cases(reader, connection, wanted, out or Path())
            elif disputes_as == "labels":
                _lines(_labels(reader, connection, wanted), out)
            elif form == "parquet":
                _parquet(reader, connection, wanted, out or Path())
            else:
                _lines(_decisions(reader, connection, wanted), out)


def _lines(lines: Iterator[str], out: Path | None) -> None:
    count = 0
    try:
        with out.open("w", encoding="utf-8") if out else _stdout() as stream:
            for line in lines:
                stream.write(f"{line}\n")
                count += 1
    except OSError as error:
        if out is None:
            raise
        raise _unwritable(out, error) from error
    if out is not None:
        click.echo(f"{count:,} lines in {out}", err=True)


def _stdout() -> Any:
    from contextlib import nullcontext

    return nullcontext(sys.stdout)


def _unwritable(out: Path, error: OSError) -> AmityError:
    problem = Problem("I150", f"{error.strerror}", file=str(out), fix="choose another place")
    return AmityError("The export cannot be written.", [problem])


def _decisions(reader: LogReader, connection: Connection, wanted: Filter) -> Iterator[str]:
    from amity.service.decisions import logged
    from amity.service.wire import logged_json

    for stored in each_decision(connection, wanted, reader.log_id):
        yield logged_json(logged(reader, stored.seq), is_line=True)


def _labels(reader: LogReader, connection: Connection, wanted: Filter) -> Iterator[str]:
    from amity.log.dispute_export import decided
    from amity.log.dispute_labels import label_lines

    count = silent = 0
    for seqs in _some(each_decision(connection, wanted, reader.log_id)):
        by_decision = defaultdict(list)
        for dispute in decided(connection, seqs):
            by_decision[dispute.seq].append(dispute)
        for seq, disputes in by_decision.items():
            lines = list(label_lines(disputes, reader.payload(seq)))
            count, silent = count + len(disputes), silent + len(disputes) * (not lines)
            yield from lines
    if silent:
        told = f"{silent:,} of {count:,} decided disputes say nothing certain about a signal"
        click.echo(told, err=True)


def _cases(reader: LogReader, connection: Connection, wanted: Filter, out: Path) -> None:
    from amity.log.dispute_export import CaseFiles, decided

    files = CaseFiles()
    for seqs in _some(each_decision(connection, wanted, reader.log_id)):
        for dispute in decided(connection, seqs):
            files.add(dispute, reader.payload(dispute.seq))
    try:
        for name, text in files.written().items():
            path = out / name
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, text.encode())
    except OSError as error:
        raise _unwritable(out, error) from error
    left = f"; {files.left_out:,} without a conversation left out" if files.left_out else ""
    click.echo(f"{files.count:,} case{'s' * (files.count != 1)} in {out}{left}", err=True)


def _parquet(reader: LogReader, connection: Connection, wanted: Filter, out: Path) -> None:
    from amity.cli.log_parquet import write_parquet

    try:
        count = write_parquet(each_decision(connection, wanted, reader.log_id), out)
    except OSError as error:
        raise _unwritable(out, error) from error
    click.echo(f"{count:,} rows in {out}", err=True)


def _some(found: Iterator[Any]) -> Iterator[list[int]]:
    """The records of *found*, some hundreds at a time."""
    kept: list[int] = []
    for stored in found:
        kept.append(stored.seq)
        if len(kept) == 500:  # noqa: PLR2004 - of no further meaning
            yield kept
            kept = []
    if kept:
        yield kept

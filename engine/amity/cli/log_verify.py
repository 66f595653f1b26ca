"""`amity log verify`: is the log as it was written?"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.options import stderr
from amity.errors import AmityError

if TYPE_CHECKING:
    from amity.log.anchors import Anchor
    from amity.log.flaws import Verified
    from amity.log.reading import LogReader

__all__ = ["command"]

PATH = click.Path(path_type=Path)
FINDINGS = 1


@click.command("verify")
@click.argument("log", metavar="LOG")
@click.option(
    "--anchors",
    "files",
    metavar="FILE",
    multiple=True,
    type=PATH,
    help="A file of heads that were anchored; repeatable. Without any, a log whose end was cut off still proves.",
)
@click.option(
    "--trusted",
    metavar="DIR|FILE",
    type=PATH,
    help="The public keys to trust, a .pub file or a folder of them; each anchor must then be signed by one.",
)
@click.option(
    "--thorough",
    is_flag=True,
    help="Make the rows of every decision again from its view as well; about four times the time.",
)
@click.option(
    "-o", "--output", type=click.Choice(["text", "json"]), default="text", help="How to tell it."
)
def command(
    log: str, *, files: tuple[Path, ...], trusted: Path | None, thorough: bool, output: str
) -> int:
    """Prove that LOG is as it was written: the chain, every payload and column, and all sums.

    A server may be writing to it meanwhile; what is proved is the log as it was at the start.
    Exit codes: 0 it is, 1 it is not, 2 it cannot be opened.
    """
    from amity.log.log import open_reader
    from amity.log.verify import verify

    anchors = _anchors(files, trusted)
    with open_reader(log) as reader, _bar(reader) as tell:
        found = verify(reader, anchors, is_thorough=thorough, progress=tell)
    click.echo(_json(found) if output == "json" else _text(found, trusted is not None))
    return 0 if found.is_good else FINDINGS


def _size(reader: LogReader) -> int:
    from amity.log.stored import last_seq

    # What cannot be read is told by the check itself.
    with suppress(AmityError), reader.read() as connection:
        return last_seq(connection)
    return 0


@contextmanager
def _bar(reader: LogReader) -> Iterator[Callable[[int], None]]:
    """A bar on the standard error of a terminal; what it gives is told how many records are read."""
    console = stderr()
    if not console.is_terminal:
        yield lambda _: None
        return
    from rich.progress import Progress

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Verifying", total=_size(reader))
        yield lambda read: progress.update(task, completed=read)


def _anchors(files: tuple[Path, ...], trusted: Path | None) -> list[Anchor]:
    from amity.bundles.keys import load_trusted
    from amity.log.anchors import read_anchors

    keys = load_trusted(trusted) if trusted is not None else None
    return [anchor for file in files for anchor in read_anchors(file, keys)]


def _text(found: Verified, is_signed: bool) -> str:
    head = found.head
    lines = [str(flaw) for flaw in found.flaws]
    if found.is_good:
        lines.append(
            f"{found.records:,} records in {head.number:,} batches are as they were written"
        )
    if found.forgotten:
        lines.append(f"{found.forgotten:,} of them lack a form that was dropped by order")
    if found.anchors:
        checked = (
            "signed by trusted keys"
            if is_signed
            else "signatures not checked: that needs --trusted"
        )
        lines.append(
            f"compared with {found.anchors:,} anchor{'s' * (found.anchors != 1)}, {checked}"
        )
    else:
        lines.append("compared with no anchor: if its end was cut off, this cannot tell")
    lines.append(f"log {found.log_id}, record {head.seq}, head {head.digest.hex()}")
    return "\n".join(lines)


def _json(found: Verified) -> str:
    content = {
        "good": found.is_good,
        "log": found.log_id,
        "records": found.records,
        "forgotten": found.forgotten,
        "batches": found.head.number,
        "lastSeq": found.head.seq,
        "head": found.head.digest.hex(),
        "anchors": found.anchors,
        "flaws": [
            {"record": flaw.seq, "code": flaw.problem.code, "message": flaw.problem.message}
            for flaw in found.flaws
        ],
    }
    return json.dumps(content, indent=2)

"""Decisions as a Parquet file: a row for each, with its findings as a list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from amity.errors import AmityError, Problem
from amity.log.stored import StoredDecision

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["write_parquet"]

ROWS = 10_000


def write_parquet(found: Iterable[StoredDecision], out: Path) -> int:
    """Write *found* to *out*; how many there were. Raises AmityError where pyarrow is not installed."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        fix = "pip install 'amity-engine[parquet]', or export JSON lines"
        problem = Problem("I151", "pyarrow is not installed", fix=fix)
        raise AmityError("Parquet cannot be written.", [problem]) from error
    schema, count = _schema(pa), 0
    rows = map(_row, found)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        while some := list(islice(rows, ROWS)):
            writer.write_table(pa.Table.from_pylist(some, schema=schema))
            count += len(some)
    return count


def _schema(pa: Any) -> pa.Schema:
    time = pa.timestamp("us", tz="UTC")
    text, flag, number = pa.string(), pa.bool_(), pa.int64()
    finding = pa.struct(
        [
            ("number", pa.int32()),
            ("policy", text),
            ("rule", text),
            ("state", text),
            ("severity", text),
            ("turn", pa.int32()),
            ("agent_id", text),
            ("team", text),
            ("text", text),
        ]
    )
    columns = [
        ("seq", number),
        ("recorded_at", time),
        ("decision_id", text),
        ("conversation_id", text),
        ("channel", text),
        ("team", text),
        ("agent_id", text),
        ("customer_ref", text),
        ("verdict", text),
        ("score", pa.float64()),
        ("is_open", flag),
        ("policy_digest", text),
        ("superseded_by", number),
        ("findings", pa.list_(finding)),
    ]
    return pa.schema(columns)


def _row(stored: StoredDecision) -> dict[str, Any]:
    row = asdict(stored)
    row["recorded_at"] = row.pop("at_us")
    row["findings"] = [dict(_without_seq(each._asdict())) for each in stored.findings]
    return row


def _without_seq(finding: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    return ((name, value) for name, value in finding.items() if name != "seq")

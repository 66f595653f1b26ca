"""Every code of the log: G1xx where it cannot do something, G2xx where it is not as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["CODES"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "G101": "the log cannot be opened: it is not there, or may not be written to",
        "G102": "another process writes to this file",
        "G103": "a newer version of Amity has opened it",
        "G104": "the file or database is not a decision log",
        "G105": "the address is not one of a store that lasts",
        "G106": "there is no log of this version there to read",
        "G107": "the driver of PostgreSQL is not installed",
        "G110": "the disk is full",
        "G111": "another program holds the database's lock",
        "G112": "the database is read-only",
        "G113": "the store failed",
        "G114": "the database file is damaged",
        "G115": "the database server cannot be reached",
        "G116": "the connection was lost while committing: whether it is written is not known",
        "G117": "too much waits to be written",
        "G118": "the log is closed",
        "G120": "the record cannot be made",
        "G121": "an event says too little",
        "G122": "the store refuses this record",
        "G123": "this request id was used for another request",
        "G124": "there is no such record",
        "G125": "the key of this record's original is no longer good",
        "G126": "a command logs no decisions",
        "G130": "the clock is behind the last record",
        "G201": "a record is not there",
        "G202": "a header was changed",
        "G203": "a header is not that of its row, as when records changed places",
        "G204": "a time is earlier than that of the record before",
        "G205": "records are not those of which their batch was made",
        "G206": "a head does not follow from the one before it",
        "G207": "rows belong to no record of the chain",
        "G208": "a batch is not there, or does not begin where the last one ended",
        "G210": "a view was changed",
        "G211": "a view or a payload is gone, and no record says why",
        "G212": "a sealed original was changed",
        "G213": "a sealed original is gone, and no record says why",
        "G214": "a row of a decision is not that of its record",
        "G215": "a finding is not that of its record",
        "G216": "a text, a customer or the name of a key was changed",
        "G217": "what supersedes a decision is not the next one of its conversation",
        "G218": "something is there that was to be forgotten",
        "G220": "a sum is not what it counts",
        "G221": "a dispute is not what its records say",
        "G222": "an outcome is not what its record says",
        "G223": "the key of a sealed original is not there",
        "G230": "an anchored batch is another now: the log was rewritten",
        "G231": "the log ends before an anchor: its end was cut off",
        "G233": "an anchor is of another log",
        "G240": "an anchor could not be written",
        "G241": "a file of anchors cannot be read",
        "G242": "a line is not an anchor",
        "G243": "there is no anchor in the file",
        "G244": "an anchor is signed with a key that is not trusted",
        "G245": "a signature is not over this anchor",
        "G299": "the database cannot be read further",
    }
)
"""What each code means, in the words of docs/log.md."""

"""Judged conversations with blanks in place of people, ids, channel and policies: for `fill_log.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Table

from amity.conversation import Role
from amity.decision import Verdict
from amity.judge import Judge
from amity.log.canonical import canonical
from amity.log.documents import conversation_document, decision_document
from amity.log.rows import rows_of
from amity.log.tables import decisions, findings

# What a template has in place of each thing that differs; none of it can occur in a conversation.
OPENING, CLOSING = "\ue000", "\ue001"


class Blank:
    """A text with blanks, cut into pieces once, so that filling it in is one join."""

    def __init__(self, text: bytes) -> None:
        self._pieces: list[bytes] = []
        self._names: list[str] = []
        for piece in text.split(OPENING.encode()):
            name, _, rest = piece.rpartition(CLOSING.encode())
            if self._pieces:
                self._names.append(name.decode())
            self._pieces.append(rest)

    def filled(self, values: Mapping[str, Any]) -> bytes:
        """The text with *values* in its blanks."""
        parts = [self._pieces[0]]
        for name, piece in zip(self._names, self._pieces[1:], strict=True):
            parts += (str(values[name]).encode(), piece)
        return b"".join(parts)


class BlankRow:
    """A row with blanks; what the table has and *row* has not is a blank as well."""

    def __init__(self, table: Table, row: Mapping[str, Any]) -> None:
        names = [column.name for column in table.columns]
        cells = [row.get(name, mark(name)) for name in names]
        for name in ("seq", "at_us", "day", "superseded_by"):
            if name in names:
                cells[names.index(name)] = mark(name)
        self._cells = cells
        self._blanks = [
            (place, cell.strip(OPENING + CLOSING))
            for place, cell in enumerate(cells)
            if isinstance(cell, str) and cell.startswith(OPENING)
        ]

    def filled(self, values: Mapping[str, Any]) -> list[Any]:
        """The row with *values* in its blanks."""
        cells = self._cells.copy()
        for place, name in self._blanks:
            cells[place] = values[name]
        return cells


@dataclass(frozen=True, slots=True)
class Template:
    """A judged conversation whose people, ids, channel and policies are left blank."""

    view: Blank
    decision: BlankRow
    findings: tuple[BlankRow, ...]
    is_good: bool


def mark(name: str) -> str:
    return f"{OPENING}{name}{CLOSING}"


def templates(judge: Judge) -> list[Template]:
    """The shipped cases as templates, those judged finished and then those that still go on."""
    cases = [case for case_file in judge.bundle.case_files for case in case_file.cases]
    return [
        template(judge, case.conversation, is_open=is_open)
        for is_open in (False, True)
        for case in cases
    ]


def template(judge: Judge, conversation: Any, *, is_open: bool) -> Template:
    decision = judge.evaluate(conversation, is_open=is_open)
    agents = [person.id for person in conversation.participants if person.role is Role.AGENT]
    names = {agents[0]: mark("agent")} if agents else {}
    told = replace(
        conversation,
        id=mark("conversation"),
        participants=tuple(
            replace(person, id=names[person.id], team=mark("team"))
            if person.id in names
            else person
            for person in conversation.participants
        ),
        turns=tuple(
            replace(turn, participant_id=names.get(turn.participant_id, turn.participant_id))
            for turn in conversation.turns
        ),
    )
    judged = replace(
        decision,
        decision_id=mark("decision"),
        conversation_id=mark("conversation"),
        policy_digest=mark("digest"),
    )
    document = {**conversation_document(told), "channel": f"CHANNEL_{mark('channel')}"}
    view = {
        "conversation": document,
        "decision": decision_document(judged),
        "customerRef": mark("customer"),
    }
    rows = rows_of(view, 0)
    is_good = decision.verdict in {Verdict.COMMEND, Verdict.CLEAR}
    return Template(
        Blank(canonical(view)),
        BlankRow(decisions, rows.decision),
        tuple(BlankRow(findings, each) for each in rows.findings),
        is_good,
    )

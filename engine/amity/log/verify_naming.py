"""A decision that is not plainly as it was written: what of it was changed, by name.

Most decisions of most logs never come here: `verify_records` sees at once that they are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from amity.log.canonical import digest, parsed
from amity.log.days import DAY_US
from amity.log.flaws import Flaws
from amity.log.forgotten import Ranges
from amity.log.preparing import unpacked
from amity.log.rows import FINDING_PROVED, PROVED, Rows, proof, rows_of, words_proof
from amity.log.verify_rows import AT_US, CUSTOMER, Row

__all__ = ["Naming"]


class Naming:
    """Checks decisions one thing after the other, and tells of what is wrong.

    *views_gone* and *sealed_gone* are the records of which a form went by order, and *whole_keys*
    the keys that are there.
    """

    def __init__(
        self,
        flaws: Flaws,
        views_gone: Ranges,
        sealed_gone: Ranges,
        whole_keys: set[str],
        *,
        is_thorough: bool,
    ) -> None:
        self._flaws = flaws
        self._views_gone, self._sealed_gone = views_gone, sealed_gone
        self._whole_keys = whole_keys
        self._is_thorough = is_thorough

    def decision(
        self,
        header: dict[str, Any],
        payload: Row | None,
        decided: Row | None,
        found: Sequence[Row],
    ) -> None:
        """Check the decision whose *header* is that of its record; *found* are its findings."""
        seq = header["seq"]
        if payload is None:
            self._flaws.add("G211", seq, "its payload is not there")
            payload = (seq, None, None, None, None)
        if decided is None:
            self._flaws.add("G214", seq, "its row in decisions is not there")
            self._payload(header, payload)
            return
        has_view = self._payload(header, payload)
        self._rows(header, decided, found, payload if has_view else None)
        salt = payload[1]
        texts = [row[-1] for row in found]
        words = [decided[CUSTOMER], payload[4] or "", texts]
        if salt is None:
            if seq not in self._views_gone:
                self._flaws.add("G211", seq, "its salt is gone, and no record says why")
            elif any((words[0], *texts)):
                self._flaws.add("G218", seq, "words are there that were to be forgotten")
        elif not _matches(header, "wordsSha256", lambda: words_proof(bytes(salt), *words)):
            self._words_differ(seq, decided, found, payload if has_view else None)

    def _payload(self, header: dict[str, Any], payload: Row) -> bool:
        """Check both forms; whether the view is there and as it was."""
        seq, salt, view, sealed, key_ref = payload
        is_gone = (seq in self._views_gone, seq in self._sealed_gone)
        is_whole = False
        if view is None:
            if not is_gone[0]:
                self._flaws.add("G211", seq, "its view is gone, and no record says why")
        elif is_gone[0]:
            self._flaws.add("G218", seq, "its view is there, and was to be forgotten")
        elif _matches(header, "viewSha256", lambda: digest(_bytes(salt or b"") + _bytes(view))):
            is_whole = True
        else:
            self._flaws.add("G210", seq, "its view was changed")
        if sealed is None:
            if "sealedSha256" in header and not is_gone[1]:
                self._flaws.add("G213", seq, "its sealed original is gone, and no record says why")
        elif is_gone[1]:
            self._flaws.add("G218", seq, "its sealed original is there, and was to be forgotten")
        elif not _matches(header, "sealedSha256", lambda: digest(_bytes(sealed))):
            self._flaws.add("G212", seq, "its sealed original was changed")
        elif key_ref not in self._whole_keys:
            self._flaws.add("G223", seq, "the key of its sealed original is not there")
        return is_whole

    def _rows(
        self, header: dict[str, Any], decided: Row, found: Sequence[Row], payload: Row | None
    ) -> None:
        seq, at_us = header["seq"], header["atUs"]
        if decided[AT_US : AT_US + 2] != (at_us, at_us // DAY_US):
            self._flaws.add("G214", seq, "its time in decisions is not that of its header")
        values = decided[1 : 1 + len(PROVED)]
        if _matches(header, "rowsSha256", lambda: proof(values, [row[:-1] for row in found])):
            if not self._is_thorough or payload is None:
                return
            made = rows_of(parsed(unpacked(bytes(payload[2]))), at_us)
            if not _differences(made, decided, found):
                return
        if payload is None:
            self._flaws.add("G214", seq, "its rows in decisions or findings were changed")
            return
        made = rows_of(parsed(unpacked(bytes(payload[2]))), at_us)
        for message in _differences(made, decided, found):
            self._flaws.add(*message[:1], seq, *message[1:])
            return
        self._flaws.add("G214", seq, "its rows are not those of its header, although its view is")

    def _words_differ(
        self, seq: int, decided: Row, found: Sequence[Row], payload: Row | None
    ) -> None:
        """Say which of the words were changed; what they are is never told."""
        if payload is not None:
            made = rows_of(parsed(unpacked(bytes(payload[2]))), 0)
            for ours, row in zip(made.findings, found, strict=False):
                if ours["text"] != row[-1]:
                    message = f"the text of finding {row[0]} is not that of its view"
                    self._flaws.add("G216", seq, message)
                    return
            if len(made.findings) != len(found):
                return  # told with the rows
            if made.decision["customer_ref"] != decided[CUSTOMER]:
                self._flaws.add("G216", seq, "its customer is not that of its view")
                return
        self._flaws.add("G216", seq, "its words, its customer or the name of its key was changed")


def _bytes(value: Any) -> bytes:
    """*value* as bytes; of text, which can stand in no such column, something that is not its own."""
    return value.encode() + b"?" if isinstance(value, str) else bytes(value)


def _matches(header: dict[str, Any], name: str, computed: Any) -> bool:
    try:
        return bool(header.get(name) == computed().hex())
    except (TypeError, ValueError):
        return False  # a column holds what no column of its kind can


def _differences(made: Rows, decided: Row, found: Sequence[Row]) -> list[tuple[str, str]]:
    """Where the rows are not those *made* from the view, as code and words."""
    told: list[tuple[str, str]] = []
    for name, value in zip(PROVED, decided[1:], strict=False):
        if made.decision[name] != value:
            message = f"{name} in decisions is {value!r}, and its view says {made.decision[name]!r}"
            told.append(("G214", message))
    ours = {row["number"]: row for row in made.findings}
    theirs = {row[0]: row for row in found}
    for number in sorted({*ours, *theirs}):
        if number not in theirs:
            told.append(("G215", f"finding {number} is not there"))
        elif number not in ours:
            told.append(("G215", f"finding {number} is not in its view"))
        else:
            told += [
                (
                    "G215",
                    f"{name} of finding {number} is {value!r}, and its view says {ours[number][name]!r}",
                )
                for name, value in zip(FINDING_PROVED, theirs[number], strict=False)
                if ours[number][name] != value
            ]
    return told

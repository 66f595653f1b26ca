"""Placeholders: the same value has the same one within a conversation."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Labels"]

_LABEL = re.compile(r"\[[A-Z_]{2,40}_[0-9]{1,9}\]")


class Labels:
    """Gives out ``[EMAIL_1]``, ``[EMAIL_2]``…, none of which stands in *texts* already.

    >>> labels = Labels(["I wrote [PHONE_1]"])
    >>> labels.of("PHONE", "020 7946"), labels.of("PHONE", "0207946"), labels.of("CARD", "4111")
    ('[PHONE_2]', '[PHONE_2]', '[CARD_1]')
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._taken = {label for text in texts if "[" in text for label in _LABEL.findall(text)}
        self._given: dict[tuple[str, str], str] = {}
        # The same as it was written: to bare a value costs more than to find it.
        self._written: dict[tuple[str, str], str] = {}
        self._counts: dict[str, int] = {}

    def of(self, kind: str, value: str) -> str:
        """The placeholder of *value*; spaces, marks and case make no difference."""
        written = kind, value
        if (known := self._written.get(written)) is not None:
            return known
        key = kind, "".join(filter(str.isalnum, value)).casefold() or value
        label = self._given.get(key)
        if label is None:
            label = self._given[key] = self._next(kind)
        self._written[written] = label
        return label

    def _next(self, kind: str) -> str:
        while True:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
            label = f"[{kind}_{number}]"
            if label not in self._taken:
                return label

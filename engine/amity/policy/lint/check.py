"""What a check is: a small class that documents one code and finds where it applies."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from amity.errors import Problem
from amity.policy.lint.entry import Entry, Example, Level
from amity.policy.lint.subject import Subject
from amity.policy.model import Place

__all__ = ["Check", "Remark"]


@dataclass(frozen=True, slots=True)
class Remark:
    """One finding: where, what, and what to do."""

    place: Place
    message: str
    fix: str


class Check:
    """Finds one kind of fault. The class's docstring says what the fault is."""

    code: ClassVar[str]
    title: ClassVar[str]
    why: ClassVar[str]
    level: ClassVar[Level] = Level.WARNING
    bad: ClassVar[Example]
    good: ClassVar[Example]

    def look(self, subject: Subject) -> Iterator[Remark]:
        """Every place in *subject* that has the fault."""
        raise NotImplementedError

    def problems(self, subject: Subject) -> Iterator[Problem]:
        """The findings as problems of this code."""
        for remark in self.look(subject):
            place = remark.place
            yield Problem(
                self.code,
                remark.message,
                file=place.file,
                line=place.line,
                column=place.column,
                fix=remark.fix,
            )

    @classmethod
    def entry(cls) -> Entry:
        """The documentation on the class."""
        what = " ".join((inspect.getdoc(cls) or "").split())
        return Entry(cls.code, cls.title, what, cls.why, cls.bad, cls.good, cls.level)

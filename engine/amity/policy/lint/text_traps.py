"""L10x: what YAML lets pass and another reader, or another tool, takes for something else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from amity.policy.lint.check import Check, Remark
from amity.policy.lint.excerpts import cases, cues, rules
from amity.policy.lint.subject import LintFile, Subject, Written

__all__ = ["CHECKS"]

# Fixed patterns over single lines and scalars; each is linear (no nested repetition).
_YES_NO = re.compile(r"(?:yes|no|on|off|y|n)", re.IGNORECASE)
_TIME_OR_DATE = re.compile(
    r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[Tt ].{0,40})?"
)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]{1,18}")
_COLON = re.compile(r"[^\W\d]:(?=[^\s/])")
_INVISIBLE = {
    "\u00a0": "non-breaking space",
    "\u2007": "figure space",
    "\u202f": "narrow non-breaking space",
    "\u200b": "zero-width space",
    "\u2060": "word joiner",
    "\ufeff": "byte order mark",
}
_FACTS = frozenset({"where", "attributes"})


class _TextCheck(Check):
    """A check of one file at a time."""

    def look(self, subject: Subject) -> Iterator[Remark]:
        """Look at each file that is YAML at all."""
        for file in subject.files:
            if file.node is not None:
                yield from self.look_at(file)

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        """Every place in *file* that has the fault."""
        raise NotImplementedError


class _PlainCheck(_TextCheck):
    """A check of the unquoted values of a file."""

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        """Look at each unquoted value."""
        for scalar in file.scalars:
            if scalar.is_plain:
                yield from self.look_at_plain(scalar)

    def look_at_plain(self, scalar: Written) -> Iterator[Remark]:
        """A remark if the value has the fault."""
        raise NotImplementedError


class Tab(_TextCheck):
    """A tab stands in the file."""

    code = "L101"
    title = "tab"
    why = (
        "Tabs look like spaces and are not: one more in the indentation, and the file no longer loads (Y102); "
        "inside a text they become part of it."
    )
    bad = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\t# not later\n"
    )
    good = rules(
        "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn # not later\n"
    )

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        for number, line in enumerate(file.lines, start=1):
            if "\t" in line:
                place = file.place(number, line.index("\t") + 1)
                yield Remark(place, "a tab stands here", "replace it with spaces")


class YesOrNo(_PlainCheck):
    """The value of an attribute is `yes`, `no`, `on` or `off` without quotes."""

    code = "L102"
    title = "`yes` or `no` where true or false may be meant"
    why = (
        'Here it is the text "no"; to many YAML tools, and perhaps to its author, it is false. A text '
        '"no" never equals the attribute "false".'
    )
    bad = rules("- forbid: {signal: agent.handoff, where: {warm: no}}\n")
    good = rules("- forbid: {signal: agent.handoff, where: {warm: false}}\n")

    def look_at_plain(self, scalar: Written) -> Iterator[Remark]:
        if _YES_NO.fullmatch(scalar.text) and _FACTS & set(scalar.keys):
            fix = "write true or false, or put the word in quotes if it is meant as text"
            yield Remark(
                scalar.place, f"{scalar.text} is read as text here, not as true or false", fix
            )


class TimeOrDate(_PlainCheck):
    """A time or a date stands without quotes."""

    code = "L103"
    title = "unquoted time or date"
    why = (
        "Amity reads it as text; other YAML tools make a number of 10:05 (605 minutes) and a date of "
        "2026-01-05, and write it back as such."
    )
    bad = cases(
        "- name: It was late\n  conversation:\n    turns:\n      - customer: I am furious\n        at: 10:05\n"
        "  expect: {anger-is-heard: missed}\n"
    )
    good = cases(
        '- name: It was late\n  conversation:\n    turns:\n      - customer: I am furious\n        at: "10:05"\n'
        "  expect: {anger-is-heard: missed}\n"
    )

    def look_at_plain(self, scalar: Written) -> Iterator[Remark]:
        if _TIME_OR_DATE.fullmatch(scalar.text):
            fix = f'write "{scalar.text}", with the quotes'
            yield Remark(
                scalar.place, f"{scalar.text} is a number or a date to other YAML tools", fix
            )


class LeadingZero(_PlainCheck):
    """A number begins with a zero."""

    code = "L104"
    title = "number with a leading zero"
    why = (
        "Amity reads 010 as ten and drops the zero from a text; other YAML tools read it as eight, because "
        "it looks octal."
    )
    bad = rules("- forbid: {signal: agent.handoff, where: {desk: 007}}\n")
    good = rules('- forbid: {signal: agent.handoff, where: {desk: "007"}}\n')

    def look_at_plain(self, scalar: Written) -> Iterator[Remark]:
        if _LEADING_ZERO.fullmatch(scalar.text):
            fix = "put it in quotes if it is a text, or leave out the zero"
            yield Remark(scalar.place, f"{scalar.text} loses its zero, or counts as octal", fix)


class Colon(_PlainCheck):
    """A colon stands inside an unquoted text."""

    code = "L105"
    title = "colon in an unquoted text"
    why = (
        "It loads by luck: with a space after the colon the text becomes a key, and the file no longer loads "
        "or means something else."
    )
    bad = rules("- forbid: agent.dismissal\n  why: One thing counts:people want to be heard.\n")
    good = rules('- forbid: agent.dismissal\n  why: "One thing counts: people want to be heard."\n')

    def look_at_plain(self, scalar: Written) -> Iterator[Remark]:
        if " " in scalar.text and "://" not in scalar.text and _COLON.search(scalar.text):
            yield Remark(scalar.place, "an unquoted text has a colon", "put the text in quotes")


class CutByComment(_TextCheck):
    """An unquoted text is cut off by ` #`, which begins a comment."""

    code = "L106"
    title = "text cut off by a comment"
    why = 'What follows ` #` is silently dropped: "Our issue #12 is closed" is read as "Our issue".'
    bad = rules(
        "- forbid: agent.dismissal\n  why: Of all the complaints it is #1 of every month.\n"
    )
    good = rules(
        '- forbid: agent.dismissal\n  why: "Of all the complaints it is #1 of every month."\n'
    )

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        for scalar in file.scalars:
            line = file.lines[scalar.end.line - 1] if scalar.end.line <= len(file.lines) else ""
            rest = line[scalar.end.column - 1 :]
            comment = rest.lstrip()
            is_text = scalar.is_plain and " " in scalar.text
            if is_text and rest != comment and comment[:1] == "#" and comment[1:2].isalnum():
                place = file.place(scalar.end.line, len(line) - len(comment) + 1)
                fix = "put the text in quotes; put a space after # if a comment is meant"
                yield Remark(place, "the rest of the line is a comment, not part of the text", fix)


class TrailingSpace(_TextCheck):
    """A line ends with spaces."""

    code = "L107"
    title = "trailing space"
    why = "Nobody sees it, it shows up as a change in reviews, and in a block of text it counts."
    bad = rules("- forbid: agent.dismissal  \n")
    good = rules("- forbid: agent.dismissal\n")

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        for number, line in enumerate(file.lines, start=1):
            bare = line.rstrip(" ")
            if bare != line:
                yield Remark(
                    file.place(number, len(bare) + 1), "the line ends with a space", "remove it"
                )


class InvisibleCharacter(_TextCheck):
    """A non-breaking space, or another character that cannot be seen, stands in the file."""

    code = "L108"
    title = "invisible character"
    why = (
        "It usually comes with text that was pasted from a document. A key with such a space is another key, "
        "and nobody can see why."
    )
    bad = rules("- forbid: agent.dismissal\n  title: Nobody is told\u00a0how to feel\n")
    good = rules("- forbid: agent.dismissal\n  title: Nobody is told how to feel\n")

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        for number, line in enumerate(file.lines, start=1):
            for column, character in enumerate(line if not line.isascii() else "", start=1):
                if name := _INVISIBLE.get(character):
                    place = file.place(number, column)
                    yield Remark(place, f"a {name} stands here", "type a plain space, or remove it")


class Anchor(_TextCheck):
    """A value has an anchor (`&name`) that nothing refers to."""

    code = "L109"
    title = "anchor"
    why = "A reviewer must be able to read a file from top to bottom; an alias to it would be refused (Y104)."
    bad = rules("- given: &upset customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n")
    good = rules("- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n")

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        for name, place in file.anchors:
            yield Remark(place, f"the anchor &{name} is not used", "remove it")


class Tag(_TextCheck):
    """A value has a YAML tag such as `!!str`."""

    code = "L110"
    title = "tag"
    why = 'Amity ignores tags: `!!str 5` is still the number 5, and `!!bool yes` still the text "yes".'
    bad = cues(
        "customer.anger:\n  - cue: !!str furious\n    matches: [I am furious]\n    rejects: [the fury of it]\n"
    )
    good = cues(
        'customer.anger:\n  - cue: "furious"\n    matches: [I am furious]\n    rejects: [the fury of it]\n'
    )

    def look_at(self, file: LintFile) -> Iterator[Remark]:
        for tag, place in file.tags:
            shown = tag.replace("tag:yaml.org,2002:", "!!")
            yield Remark(place, f"the tag {shown} is ignored", "remove it; quote what must be text")


CHECKS: tuple[type[Check], ...] = (
    Tab,
    YesOrNo,
    TimeOrDate,
    LeadingZero,
    Colon,
    CutByComment,
    TrailingSpace,
    InvisibleCharacter,
    Anchor,
    Tag,
)

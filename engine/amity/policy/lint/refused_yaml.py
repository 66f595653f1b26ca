"""Y1xx: files that are no YAML that everybody reads alike, and values of the wrong kind."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import cases, file, rules, standard

__all__ = ["ENTRIES"]

_GOOD = rules("- forbid: agent.dismissal\n")
_DEEP = 45

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "Y101",
        "file that cannot be read",
        "The file is not UTF-8, is too large, or may not be read.",
        "What cannot be read cannot be judged by, and a bundle is loaded whole or not at all.",
        bad=file(
            b"title: caf\xe9\n", shown="title: café        # saved as Latin-1, not as UTF-8\n"
        ),
        good=_GOOD,
    ),
    Entry(
        "Y102",
        "not YAML",
        "The file is not valid YAML: a tab in the indentation, a bracket that is not closed, a colon "
        "and a space inside an unquoted text.",
        "Nothing in the file can be read from there on.",
        bad=rules("- forbid: agent.dismissal\n  why: One thing counts: people want to be heard.\n"),
        good=rules(
            '- forbid: agent.dismissal\n  why: "One thing counts: people want to be heard."\n'
        ),
    ),
    Entry(
        "Y103",
        "empty file",
        "The file holds no document, or nothing but comments.",
        "Somebody meant to write something here.",
        bad=file("# to be written\n"),
        good=_GOOD,
    ),
    Entry(
        "Y104",
        "anchor and alias",
        "A value is an alias (`*name`) of another value.",
        "A reviewer must be able to read a file from top to bottom, and a change in one place must not "
        "change another.",
        bad=rules(
            "- given: &upset customer.anger\n  unless: *upset\n  expect: agent.apology\n  within: 1 agent turn\n"
        ),
        good=rules(
            "- given: customer.anger\n  unless: customer.abuse\n  expect: agent.apology\n  within: 1 agent turn\n"
        ),
    ),
    Entry(
        "Y105",
        "nested too deeply",
        "Lists and mappings are nested more than 40 levels deep.",
        "Nobody can read that, and it is how files are made that break programs.",
        bad=file(
            f"apiVersion: amity/v1\nkind: Cases\nmetadata: {{policy: example}}\ncases: {'[' * _DEEP}{']' * _DEEP}\n",
            shown=f"cases: {'[' * _DEEP}{']' * _DEEP}\n",
        ),
        good=_GOOD,
    ),
    Entry(
        "Y106",
        "key that is not a word",
        "A key of a mapping is a list or a mapping itself.",
        "It usually is a text in braces or brackets that was not quoted.",
        bad=rules("- forbid: agent.dismissal\n  [why]: It tells people that they do not count.\n"),
        good=rules("- forbid: agent.dismissal\n  why: It tells people that they do not count.\n"),
    ),
    Entry(
        "Y107",
        "merge key",
        "A mapping takes entries over from another (`<<`).",
        "What a rule says has to stand in the rule.",
        bad=rules("- <<: {severity: major}\n  forbid: agent.dismissal\n  actions: [coach]\n"),
        good=rules("- severity: major\n  forbid: agent.dismissal\n  actions: [coach]\n"),
    ),
    Entry(
        "Y108",
        "key that stands twice",
        "A mapping has the same key twice.",
        "Most YAML tools silently take the last one.",
        bad=rules("- forbid: agent.dismissal\n  weight: 1\n  weight: 3\n"),
        good=rules("- forbid: agent.dismissal\n  weight: 3\n"),
    ),
    Entry(
        "Y109",
        "file with too many values",
        "A file has more than 100,000 values, keys included.",
        "Nobody reads that, and every start would wait for it.",
        bad=file(
            "apiVersion: amity/v1\nkind: Cases\ncases:\n" + "- x\n" * 100_000,
            shown="cases:\n- x\n- x\n… (and so on, more than 100,000)\n",
        ),
        good=_GOOD,
    ),
    Entry(
        "Y110",
        "value of the wrong kind",
        "A value is a list where a text is wanted, a text where a number is wanted, or empty.",
        "The file does not say what it must say.",
        bad=rules("- forbid: agent.dismissal\n  weight: three\n"),
        good=rules("- forbid: agent.dismissal\n  weight: 3\n"),
    ),
    Entry(
        "Y111",
        "unknown key",
        "A mapping has a key that means nothing there.",
        "It is usually a slip of the pen, and what it was to say would be ignored.",
        bad=rules("- forbid: agent.dismissal\n  wieght: 3\n"),
        good=rules("- forbid: agent.dismissal\n  weight: 3\n"),
    ),
    Entry(
        "Y112",
        "missing key",
        "A mapping lacks a key that it must have: an owner, an intent, a `why`.",
        "Somebody has to answer for a policy, and people ask why.",
        bad=file(
            "apiVersion: amity/v1\nkind: Cases\nmetadata: {}\ncases:\n  - name: It was late\n"
            "    conversation: {turns: [{customer: Hello}]}\n    expect: {anger-is-heard: no_opportunity}\n"
        ),
        good=_GOOD,
    ),
    Entry(
        "Y113",
        "number out of range",
        "A number is too small, too large, or has a fraction where a whole number is wanted.",
        "It cannot be meant.",
        bad=rules("- forbid: {signal: agent.dismissal, count: 0}\n"),
        good=rules("- forbid: {signal: agent.dismissal, count: 2}\n"),
    ),
    Entry(
        "Y114",
        "word that is no choice",
        "A value is not one of the words that are possible there.",
        "It is usually a slip of the pen, or an emotion where only wording may be scored.",
        bad=rules("- forbid: agent.dismissal\n", metadata="scores: feelings of agents\n"),
        good=rules("- forbid: agent.dismissal\n", metadata="scores: wording of agents\n"),
    ),
    Entry(
        "Y120",
        "not JSON",
        "A conversation file to which a case refers is not JSON.",
        "The case has no conversation to judge.",
        bad=Example(
            "- name: It was late\n  conversation: {file: late.json}    # and late.json ends too early\n"
            "  expect: {anger-is-heard: missed}\n",
            {
                **standard(),
                **cases(
                    "- name: It was late\n  conversation: {file: late.json}\n  expect: {anger-is-heard: missed}\n"
                ).files,
                "late.json": '{"id": "late", "participants": [',
            },
        ),
        good=cases(
            "- name: It was late\n  conversation: {turns: [{customer: I am furious}]}\n"
            "  expect: {anger-is-heard: missed}\n"
        ),
    ),
)

"""V11x: conditions that cannot be judged by."""

from __future__ import annotations

from amity.policy.lint.entry import Entry
from amity.policy.lint.excerpts import heard, rules

__all__ = ["ENTRIES"]

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "V110",
        "condition of the wrong kind",
        "A condition is neither the name of a signal nor a mapping.",
        "It does not say what to look for.",
        bad=heard("given: customer.anger", "given: [customer.anger]"),
        good=heard("given: customer.anger", "given: {any: [customer.anger]}"),
    ),
    Entry(
        "V111",
        "condition with no head, or with two",
        "A condition has none, or more than one, of `signal`, `any`, `all` and `none`.",
        "It cannot be known how the parts combine.",
        bad=heard("customer.anger", "{any: [customer.anger], none: [customer.abuse]}"),
        good=heard("customer.anger", "{all: [customer.anger, {none: [customer.abuse]}]}"),
    ),
    Entry(
        "V112",
        "threshold out of range",
        "`min_score` is not from 0 to 1.",
        "Scores are confidences: 0.8 says that about 80 of 100 such findings are right.",
        bad=rules("- forbid: {signal: agent.dismissal, min_score: 80}\n"),
        good=rules("- forbid: {signal: agent.dismissal, min_score: 0.8}\n"),
    ),
    Entry(
        "V113",
        "`where` that is no mapping of attributes",
        "`where` is empty, no mapping, or asks for a mapping, a list of lists or nothing.",
        "An attribute is text, a number, true or false.",
        bad=rules("- forbid: {signal: agent.handoff, where: warm}\n"),
        good=rules("- forbid: {signal: agent.handoff, where: {warm: false}}\n"),
    ),
    Entry(
        "V114",
        "unknown role",
        "`by` names somebody who is none of customer, agent, bot and colleague.",
        "Nobody would ever fit.",
        bad=rules("- forbid: {signal: agent.dismissal, by: manager}\n"),
        good=rules("- forbid: {signal: agent.dismissal, by: agent}\n"),
    ),
    Entry(
        "V115",
        "signal that nobody named speaks",
        "`by` names people who never speak the signal.",
        "It would never be found.",
        bad=heard("given: customer.anger", "given: {signal: customer.anger, by: agent}"),
        good=heard("given: customer.anger", "given: {signal: customer.anger, by: customer}"),
    ),
    Entry(
        "V116",
        "group without members",
        "`any`, `all` or `none` is empty, or no list.",
        "Nothing, or everything, would meet it.",
        bad=heard("customer.anger", "{any: []}"),
        good=heard("customer.anger", "{any: [customer.anger, customer.frustration]}"),
    ),
    Entry(
        "V117",
        "at_least that can never be met",
        "`at_least` asks for more members than the group has.",
        "It would never hold.",
        bad=heard("customer.anger", "{any: [customer.anger, customer.abuse], at_least: 3}"),
        good=heard("customer.anger", "{any: [customer.anger, customer.abuse], at_least: 2}"),
    ),
    Entry(
        "V118",
        "count over more than signals",
        "`count` on a group whose members are groups, or beside `at_least`.",
        "It cannot be known what is counted.",
        bad=heard("customer.anger", "{any: [customer.anger, {all: [customer.effort]}], count: 2}"),
        good=heard("customer.anger", "{any: [customer.anger, customer.effort], count: 2}"),
    ),
    Entry(
        "V119",
        "option where it means nothing",
        "`count` or `at_least` on a condition that cannot have it.",
        "It would be ignored.",
        bad=heard("customer.anger", "{all: [customer.anger, customer.effort], at_least: 2}"),
        good=heard("customer.anger", "{any: [customer.anger, customer.effort], at_least: 2}"),
    ),
)

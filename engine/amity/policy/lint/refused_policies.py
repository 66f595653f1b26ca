"""V1xx: policies that cannot be judged by."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import another_policy, rules

__all__ = ["ENTRIES"]

_HEARD = "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
_GOOD = rules("- forbid: agent.dismissal\n")


def _heard(old: str, new: str) -> Example:
    """The usual rule with *new* where it says *old*."""
    return rules(_HEARD.replace(old, new))


def _no_coach() -> Example:
    example = rules(
        "- id: no-dismissal\n  title: Nobody is told how to feel\n  forbid: agent.dismissal\n"
    )
    name = "example/policy.yaml"
    lines = str(example.files[name]).splitlines(keepends=True)
    kept = "".join(line for line in lines if "coach:" not in line)
    return Example(example.shown, {**example.files, name: kept})


def _two() -> Example:
    """Two policies of the same name."""
    example = another_policy("anger-is-heard", name="example")
    files = {key: text for key, text in example.files.items() if key != "another/cases.yaml"}
    return Example(example.shown, files)


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "V101",
        "policy without rules, or with too many",
        "A policy has no rule, or more than a thousand.",
        "A policy without a rule judges nothing; one of a thousand nobody can read.",
        bad=Example(
            "rules: []\n",
            {
                "example/policy.yaml": str(_GOOD.files["example/policy.yaml"]).partition("rules:")[
                    0
                ]
                + "rules: []\n"
            },
        ),
        good=_GOOD,
    ),
    Entry(
        "V102",
        "name or id that is none",
        "A name or an id is not lower-case words with hyphens, of 80 characters at most.",
        "Names stand in decisions, addresses and file names, where other characters do harm.",
        bad=rules("- id: No_Dismissal\n  forbid: agent.dismissal\n"),
        good=rules(
            "- id: no-dismissal\n  title: Nobody is told how to feel\n  forbid: agent.dismissal\n"
        ),
    ),
    Entry(
        "V103",
        "id that is used twice",
        "Two rules of a policy have the same id.",
        "A finding names the rule by its id.",
        bad=rules(
            "- id: be-kind\n  forbid: agent.dismissal\n- id: be-kind\n  forbid: agent.rushing\n"
        ),
        good=rules(
            "- id: no-dismissal\n  title: Nobody is told how to feel\n  forbid: agent.dismissal\n- id: take-time\n  title: Nobody is hurried\n  forbid: agent.rushing\n"
        ),
    ),
    Entry(
        "V104",
        "unknown signal",
        "A condition names a signal that is not in the catalogue.",
        "It would never be found; the nearest name is offered.",
        bad=rules("- forbid: agent.dismisal\n"),
        good=_GOOD,
    ),
    Entry(
        "V105",
        "weight out of range",
        "A weight is not from 0.01 to 100.",
        "A rule of no weight counts for nothing; one of a thousand is all that counts.",
        bad=rules("- forbid: agent.dismissal\n  weight: 0\n"),
        good=rules("- forbid: agent.dismissal\n  weight: 2\n"),
    ),
    Entry(
        "V106",
        "rule that asks nothing, or two things",
        "A rule has none, or more than one, of `expect`, `forbid` and `recognise`.",
        "It is one sentence, and has one verb.",
        bad=rules("- forbid: agent.dismissal\n  recognise: agent.learning\n"),
        good=rules("- forbid: agent.dismissal\n- recognise: agent.learning\n"),
    ),
    Entry(
        "V107",
        "expectation without an occasion",
        "A rule expects something and does not say when: it has no `given`.",
        "Nobody can be asked to apologise in every turn.",
        bad=rules("- expect: agent.apology\n"),
        good=_heard("", ""),
    ),
    Entry(
        "V108",
        "condition that silence meets",
        "The occasion, or what is forbidden or recognised, holds where nothing is said at all.",
        "It would hold nearly everywhere, for a thousand harmless messages.",
        bad=_heard("customer.anger", "{none: [customer.anger]}"),
        good=_heard("customer.anger", "{all: [customer.problem, {none: [customer.anger]}]}"),
    ),
    Entry(
        "V109",
        "wording of somebody who is not scored",
        "A rule expects, forbids or recognises a signal of people whom the policy does not score.",
        "Agents would answer for what customers say.",
        bad=rules(
            "- given: agent.apology\n  expect: customer.gratitude\n  within: 1 customer turn\n"
        ),
        good=rules(
            "- given: customer.gratitude\n  expect: agent.gratitude\n  within: 1 agent turn\n"
        ),
    ),
    Entry(
        "V110",
        "condition of the wrong kind",
        "A condition is neither the name of a signal nor a mapping.",
        "It does not say what to look for.",
        bad=_heard("given: customer.anger", "given: [customer.anger]"),
        good=_heard("given: customer.anger", "given: {any: [customer.anger]}"),
    ),
    Entry(
        "V111",
        "condition with no head, or with two",
        "A condition has none, or more than one, of `signal`, `any`, `all` and `none`.",
        "It cannot be known how the parts combine.",
        bad=_heard("customer.anger", "{any: [customer.anger], none: [customer.abuse]}"),
        good=_heard("customer.anger", "{all: [customer.anger, {none: [customer.abuse]}]}"),
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
        bad=_heard("given: customer.anger", "given: {signal: customer.anger, by: agent}"),
        good=_heard("given: customer.anger", "given: {signal: customer.anger, by: customer}"),
    ),
    Entry(
        "V116",
        "group without members",
        "`any`, `all` or `none` is empty, or no list.",
        "Nothing, or everything, would meet it.",
        bad=_heard("customer.anger", "{any: []}"),
        good=_heard("customer.anger", "{any: [customer.anger, customer.frustration]}"),
    ),
    Entry(
        "V117",
        "at_least that can never be met",
        "`at_least` asks for more members than the group has.",
        "It would never hold.",
        bad=_heard("customer.anger", "{any: [customer.anger, customer.abuse], at_least: 3}"),
        good=_heard("customer.anger", "{any: [customer.anger, customer.abuse], at_least: 2}"),
    ),
    Entry(
        "V118",
        "count over more than signals",
        "`count` on a group whose members are groups, or beside `at_least`.",
        "It cannot be known what is counted.",
        bad=_heard("customer.anger", "{any: [customer.anger, {all: [customer.effort]}], count: 2}"),
        good=_heard("customer.anger", "{any: [customer.anger, customer.effort], count: 2}"),
    ),
    Entry(
        "V119",
        "option where it means nothing",
        "`count` or `at_least` on a condition that cannot have it.",
        "It would be ignored.",
        bad=_heard("customer.anger", "{all: [customer.anger, customer.effort], at_least: 2}"),
        good=_heard("customer.anger", "{any: [customer.anger, customer.effort], at_least: 2}"),
    ),
    Entry(
        "V120",
        "window that cannot be read",
        "`within` is none of the windows that there are.",
        "It cannot be known until when the duty is due.",
        bad=_heard("1 agent turn", "soon"),
        good=_heard("1 agent turn", "2 agent turns"),
    ),
    Entry(
        "V121",
        "empty or huge window",
        "The number in a window is 0 or more than a thousand (of days, in windows of time).",
        "Nothing could be in time, or everything would be.",
        bad=_heard("1 agent turn", "0 agent turns"),
        good=_heard("1 agent turn", "1 agent turn"),
    ),
    Entry(
        "V122",
        "duty without a window",
        "A rule with `given` does not say until when: it has no `within`.",
        "A duty that is never due is never missed.",
        bad=rules("- given: customer.anger\n  expect: agent.apology\n"),
        good=_heard("", ""),
    ),
    Entry(
        "V123",
        "key that does not belong there",
        "`within` without `given`, or `then` on a rule that expects nothing.",
        "It would be ignored.",
        bad=rules("- forbid: agent.dismissal\n  within: 1 agent turn\n"),
        good=_GOOD,
    ),
    Entry(
        "V124",
        "missing `coach`",
        "A rule that can be missed gives no advice.",
        "The agent is told that it was wrong, and not what to do instead.",
        bad=_no_coach(),
        good=rules(
            "- id: no-dismissal\n  title: Nobody is told how to feel\n  forbid: agent.dismissal\n  coach: Leave the feeling be and answer the need.\n"
        ),
    ),
    Entry(
        "V125",
        "unknown channel",
        "`channels` names a channel that there is not.",
        "The policy would never apply there.",
        bad=rules("- forbid: agent.dismissal\n", scope="channels: [chat, mail]\n"),
        good=rules("- forbid: agent.dismissal\n", scope="channels: [chat, email]\n"),
    ),
    Entry(
        "V126",
        "language that is none",
        "`languages` has something else than a subtag such as `en`.",
        "Conversations are compared by the subtag alone, so that en-GB would never fit.",
        bad=rules("- forbid: agent.dismissal\n", scope="languages: [en-GB]\n"),
        good=rules("- forbid: agent.dismissal\n", scope="languages: [en]\n"),
    ),
    Entry(
        "V127",
        "unknown action",
        "A rule asks for an action that no loaded plugin offers.",
        "Nothing would be proposed.",
        bad=rules("- forbid: agent.dismissal\n  actions: [coach, call-the-boss]\n"),
        good=rules("- forbid: agent.dismissal\n  actions: [coach, notify-supervisor]\n"),
    ),
    Entry(
        "V128",
        "policy that is defined twice",
        "Two files define policies of the same name.",
        "Decisions name the policy; nobody could tell the two apart.",
        bad=_two(),
        good=another_policy("no-dismissal"),
    ),
    Entry(
        "V130",
        "`when` that is no condition",
        "`when` is a number, a list or empty.",
        "It does not say when.",
        bad=rules("- forbid: agent.dismissal\n  when: 5\n"),
        good=rules("- forbid: agent.dismissal\n  when: conversation.turns > 5\n"),
    ),
    Entry(
        "V131",
        "`when` that is too long",
        "`when` has more than a thousand characters.",
        "Nobody can read that.",
        bad=Example(
            "- forbid: agent.dismissal\n  when: conversation.turns > 1 && … (more than 1,000 characters)\n",
            rules(
                f"- forbid: agent.dismissal\n  when: {' && '.join(['conversation.turns > 1'] * 50)}\n"
            ).files,
        ),
        good=rules("- forbid: agent.dismissal\n  when: conversation.turns > 5\n"),
    ),
    Entry(
        "V132",
        "`when` that does not type-check",
        "`when` is not CEL, names a fact that there is not, or compares what cannot be compared.",
        "It could never be worked out.",
        bad=rules("- forbid: agent.dismissal\n  when: conversation.turns > 'five'\n"),
        good=rules("- forbid: agent.dismissal\n  when: conversation.turns > 5\n"),
    ),
    Entry(
        "V133",
        "`when` that is neither true nor false",
        "`when` is a number or a text.",
        "A rule applies or does not.",
        bad=rules("- forbid: agent.dismissal\n  when: conversation.turns\n"),
        good=rules("- forbid: agent.dismissal\n  when: conversation.turns > 5\n"),
    ),
    Entry(
        "V134",
        "`when` with loops in loops",
        "Loops stand inside each other more than two deep.",
        "It could take seconds for one conversation.",
        bad=rules(
            "- forbid: agent.dismissal\n"
            "  when: attributes.a.all(x, attributes.b.all(y, attributes.c.all(z, x == z)))\n"
        ),
        good=rules("- forbid: agent.dismissal\n  when: attributes.a.all(x, x > 1)\n"),
    ),
    Entry(
        "V135",
        "`when` that makes new lists",
        "`map` stands in a condition.",
        "A chain of them doubles a list as often as it is long.",
        bad=rules("- forbid: agent.dismissal\n  when: attributes.a.map(x, x) == [1]\n"),
        good=rules("- forbid: agent.dismissal\n  when: attributes.a.exists(x, x == 1)\n"),
    ),
    Entry(
        "V136",
        "`when` with costly work in a loop",
        "Lists are joined, or a pattern matched, for each member of a list.",
        "It could take seconds for one conversation.",
        bad=rules("- forbid: agent.dismissal\n  when: attributes.a.all(x, x.matches('a.*b'))\n"),
        good=rules("- forbid: agent.dismissal\n  when: attributes.a.all(x, x.startsWith('a'))\n"),
    ),
    Entry(
        "V137",
        "`when` with long loops",
        "There are more than 200 characters inside loops.",
        "It could take seconds for one conversation.",
        bad=Example(
            "- forbid: agent.dismissal\n  when: attributes.a.all(x, x > 1 && … (more than 200 characters))\n",
            rules(
                f"- forbid: agent.dismissal\n  when: attributes.a.all(x, {' && '.join(['x > 1000'] * 40)})\n"
            ).files,
        ),
        good=rules("- forbid: agent.dismissal\n  when: attributes.a.all(x, x > 1000)\n"),
    ),
)

"""V10x and V12x: policies and rules that cannot be judged by."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import another_policy, heard, rules

__all__ = ["ENTRIES"]

_GOOD = rules("- forbid: agent.dismissal\n")


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
        good=heard("", ""),
    ),
    Entry(
        "V108",
        "condition that silence meets",
        "The occasion, or what is forbidden or recognised, holds where nothing is said at all.",
        "It would hold nearly everywhere, for a thousand harmless messages.",
        bad=heard("customer.anger", "{none: [customer.anger]}"),
        good=heard("customer.anger", "{all: [customer.problem, {none: [customer.anger]}]}"),
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
        "V120",
        "window that cannot be read",
        "`within` is none of the windows that there are.",
        "It cannot be known until when the duty is due.",
        bad=heard("1 agent turn", "soon"),
        good=heard("1 agent turn", "2 agent turns"),
    ),
    Entry(
        "V121",
        "empty or huge window",
        "The number in a window is 0 or more than a thousand (of days, in windows of time).",
        "Nothing could be in time, or everything would be.",
        bad=heard("1 agent turn", "0 agent turns"),
        good=heard("1 agent turn", "1 agent turn"),
    ),
    Entry(
        "V122",
        "duty without a window",
        "A rule with `given` does not say until when: it has no `within`.",
        "A duty that is never due is never missed.",
        bad=rules("- given: customer.anger\n  expect: agent.apology\n"),
        good=heard("", ""),
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
)

"""K1xx: cases that cannot be run, or could never fail."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import cases, file, with_file

__all__ = ["ENTRIES"]

_HEAD = "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: example}\n"


def _case(
    turns: str = "[{customer: I am furious}]",
    *,
    more: str = "",
    expect: str = "{anger-is-heard: missed}",
    name: str = "It was late",
) -> Example:
    return cases(
        f"- name: {name}\n  conversation:\n{f'    {more}{chr(10)}' if more else ''}    turns: {turns}\n  expect: {expect}\n"
    )


def _file(body: str) -> Example:
    return file(_HEAD + body, shown=body, name="more-cases.yaml")


def _with_shared(head: str) -> Example:
    """A file of cases beside a file of fixtures that others share."""
    body = (
        f"{head}cases:\n  - name: It was late\n    conversation: {{use: furious}}\n"
        "    expect: {anger-is-heard: missed}\n"
    )
    return with_file(_file(body), "shared/openings.yaml", _SHARED)


_SHARED = (
    "apiVersion: amity/v1\nkind: CaseFixtures\nfixtures:\n  furious: [{customer: I am furious}]\n"
)
_GOOD = _case()
_OWN = (
    "    conversation: {turns: [{customer: I am furious}]}\n    expect: {anger-is-heard: missed}\n"
)

ENTRIES: tuple[Entry, ...] = (
    Entry(
        "K100",
        "no cases, or too many",
        "The list of cases is empty or no list, or has more than a thousand, rows counted.",
        "A file of cases without a case tries nothing.",
        bad=_file("cases: []\n"),
        good=_GOOD,
    ),
    Entry(
        "K101",
        "turn without one speaker",
        "A turn has no speaker or two, or there are no turns.",
        "It cannot be known who said it.",
        bad=_case("[{customer: I am furious, agent: I am sorry}]"),
        good=_case(
            "[{customer: I am furious}, {agent: I am sorry}]", expect="{anger-is-heard: shown}"
        ),
    ),
    Entry(
        "K102",
        "unknown speaker",
        "A speaker is none of customer, agent, bot and colleague, with a name after it perhaps.",
        "Rules ask who said something.",
        bad=_case("[{client: I am furious}]"),
        good=_case("[{customer Ana: I am furious}]"),
    ),
    Entry(
        "K103",
        "time that is none",
        "`at` is no time, or the time in a conversation file has no zone.",
        "It cannot be known when it was said.",
        bad=_case('[{customer: I am furious, at: "ten past ten"}]'),
        good=_case('[{customer: I am furious, at: "10:10"}]'),
    ),
    Entry(
        "K104",
        "turn out of order",
        "A turn was sent before one that stands above it.",
        "Turns stand in the order in which they were said.",
        bad=_case('[{customer: I am furious, at: "10:10"}, {agent: I am sorry, at: "10:05"}]'),
        good=_case('[{customer: I am furious, at: "10:05"}, {agent: I am sorry, at: "10:10"}]'),
    ),
    Entry(
        "K105",
        "unknown state",
        "A case expects a state that there is not.",
        "It could never come true.",
        bad=_case(expect="{anger-is-heard: mised}"),
        good=_GOOD,
    ),
    Entry(
        "K106",
        "case that expects nothing",
        "A case names no rule, or an empty list of states.",
        "It could never fail.",
        bad=_case(expect="{}"),
        good=_GOOD,
    ),
    Entry(
        "K107",
        "name that is used twice",
        "Two cases of a policy have the same name.",
        "A failing case is told by its name.",
        bad=_file(f"cases:\n  - name: It was late\n{_OWN}  - name: It was late\n{_OWN}"),
        good=_file(f"cases:\n  - name: It was late\n{_OWN}  - name: It was very late\n{_OWN}"),
    ),
    Entry(
        "K108",
        "cases of an unknown policy",
        "A file of cases names a policy that no file defines.",
        "Nothing would be tried.",
        bad=file(
            f"apiVersion: amity/v1\nkind: Cases\nmetadata: {{policy: exmaple}}\ncases:\n  - name: It was late\n{_OWN}",
            shown="metadata: {policy: exmaple}\n",
            name="more-cases.yaml",
        ),
        good=_GOOD,
    ),
    Entry(
        "K109",
        "case of an unknown rule",
        "A case names a rule that the policy does not have.",
        "It could never come true.",
        bad=_case(expect="{anger-is-herd: missed}"),
        good=_GOOD,
    ),
    Entry(
        "K110",
        "name that is too long",
        "The name of a case has more than 200 characters.",
        "A failing case is told by its name.",
        bad=Example(
            "- name: It was late, and … (more than 200 characters)\n",
            _case(name="It was very late" * 13).files,
        ),
        good=_GOOD,
    ),
    Entry(
        "K111",
        "conversation that cannot be judged",
        "The engine would refuse the conversation.",
        "The case tries nothing that could happen.",
        bad=_case(more="locale: English (UK)"),
        good=_case(more="locale: en-GB"),
    ),
    Entry(
        "K112",
        "`open` that is neither true nor false",
        "`open` is something else than true or false.",
        "It cannot be known whether duties may still be met.",
        bad=_case(more="open: yes"),
        good=_case(more="open: true"),
    ),
    Entry(
        "K113",
        "attributes that are no mapping",
        "`attributes` is something else than names with values.",
        "A policy asks for attributes by name.",
        bad=_case(more="attributes: gold"),
        good=_case(more="attributes: {tier: gold}"),
    ),
    Entry(
        "K114",
        "pending in a closed conversation",
        "A case expects `pending`, and its conversation is closed.",
        "Nothing is pending once a conversation is over.",
        bad=_case(expect="{anger-is-heard: pending}"),
        good=_case(more="open: true", expect="{anger-is-heard: pending}"),
    ),
    Entry(
        "K115",
        "no_opportunity beside other states",
        "`no_opportunity` stands in a list with other states.",
        "It says that the rule had no other outcome.",
        bad=_case(expect="{anger-is-heard: [missed, no_opportunity]}"),
        good=_case(expect="{anger-is-heard: [missed]}"),
    ),
    Entry(
        "K116",
        "turn that says nothing",
        "The text of a turn is empty.",
        "Nobody sends that.",
        bad=_case('[{customer: I am furious}, {agent: ""}]'),
        good=_GOOD,
    ),
    Entry(
        "K117",
        "clock that is none",
        "`clock` is no time with its date.",
        "It cannot be known when the conversation begins.",
        bad=_file(f"clock: noon\ncases:\n  - name: It was late\n{_OWN}"),
        good=_file(f'clock: "2026-01-05T12:00:00Z"\ncases:\n  - name: It was late\n{_OWN}'),
    ),
    Entry(
        "K120",
        "fixture that is none",
        "A fixture is neither a list of turns nor a conversation.",
        "It cannot stand in for one.",
        bad=_file(
            "fixtures:\n  furious: I am furious\ncases:\n  - name: It was late\n    conversation: {use: furious, turns: [{customer: Hello}]}\n    expect: {anger-is-heard: missed}\n"
        ),
        good=_file(
            "fixtures:\n  furious: [{customer: I am furious}]\ncases:\n  - name: It was late\n    conversation: {use: furious}\n    expect: {anger-is-heard: missed}\n"
        ),
    ),
    Entry(
        "K121",
        "variable that is none",
        "A variable has a name or a value that it cannot have.",
        "It cannot be put into a text.",
        bad=_file(
            "variables: {how: [very]}\ncases:\n  - name: It was late\n    conversation: {turns: [{customer: 'I am ${how} furious'}]}\n    expect: {anger-is-heard: missed}\n"
        ),
        good=_file(
            "variables: {how: very}\ncases:\n  - name: It was late\n    conversation: {turns: [{customer: 'I am ${how} furious'}]}\n    expect: {anger-is-heard: missed}\n"
        ),
    ),
    Entry(
        "K122",
        "use of an unknown fixture",
        "`use` names a fixture that there is not, stands beside something else in a turn, or inside a fixture.",
        "It cannot be known what was said.",
        bad=_file(
            "cases:\n  - name: It was late\n    conversation: {turns: [{use: furious}, {customer: Hello}]}\n    expect: {anger-is-heard: missed}\n"
        ),
        good=_file(
            "fixtures:\n  furious: [{customer: I am furious}]\ncases:\n  - name: It was late\n    conversation: {turns: [{use: furious}, {agent: Hello}]}\n    expect: {anger-is-heard: missed}\n"
        ),
    ),
    Entry(
        "K123",
        "unknown variable",
        "A text names a variable that there is not.",
        "It cannot be known what was said.",
        bad=_file(
            "cases:\n  - name: It was late\n    conversation: {turns: [{customer: 'I am ${how} furious'}]}\n    expect: {anger-is-heard: missed}\n"
        ),
        good=_file(
            "variables: {how: very}\ncases:\n  - name: It was late\n    conversation: {turns: [{customer: 'I am ${how} furious'}]}\n    expect: {anger-is-heard: missed}\n"
        ),
    ),
    Entry(
        "K124",
        "name that is not used",
        "A fixture or a variable is not used by any case.",
        "It is usually a slip of the pen in the place that should use it.",
        bad=_file(f"variables: {{how: very}}\ncases:\n  - name: It was late\n{_OWN}"),
        good=_file(
            "variables: {how: very}\ncases:\n  - name: It was late\n    conversation: {turns: [{customer: 'I am ${how} furious'}]}\n    expect: {anger-is-heard: missed}\n"
        ),
    ),
    Entry(
        "K125",
        "table without rows",
        "`variants` is empty, or no list.",
        "A table without a row tries nothing.",
        bad=_file(f"cases:\n  - name: It was late\n    variants: []\n{_OWN}"),
        good=_file(
            "cases:\n  - name: It was late\n    variants: [{variables: {how: very}}, {variables: {how: quite}}]\n    conversation: {turns: [{customer: 'I am ${how} furious'}]}\n    expect: {anger-is-heard: missed}\n"
        ),
    ),
    Entry(
        "K126",
        "one name in two files",
        "A fixture or a variable that files share is in two of them, or a fixture of the file itself too.",
        "It cannot be known which of the two is meant.",
        bad=_with_shared(
            "shared: shared/openings.yaml\nfixtures:\n  furious: [{customer: I am livid}]\n"
        ),
        good=_with_shared("shared: shared/openings.yaml\n"),
    ),
    Entry(
        "K127",
        "shared file that is none",
        "`shared` names nothing, a file twice or one of another kind, or a file of fixtures is empty.",
        "It has nothing to share.",
        bad=_file(f"shared: more-cases.yaml\ncases:\n  - name: It was late\n{_OWN}"),
        good=_with_shared("shared: [shared/openings.yaml]\n"),
    ),
    Entry(
        "K130",
        "file outside the bundle",
        "`file`, or a name under `shared`, leads out of the folder of policies.",
        "A bundle is whole: what it is tried with has to be in it.",
        bad=cases(
            "- name: It was late\n  conversation: {file: ../late.json}\n  expect: {anger-is-heard: missed}\n"
        ),
        good=_GOOD,
    ),
    Entry(
        "K131",
        "file that is not there",
        "`file`, or a name under `shared`, names no file of the bundle.",
        "The case has no conversation to judge, or lacks what it shares.",
        bad=cases(
            "- name: It was late\n  conversation: {file: late.json}\n  expect: {anger-is-heard: missed}\n"
        ),
        good=_GOOD,
    ),
)

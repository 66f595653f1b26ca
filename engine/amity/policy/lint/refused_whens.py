"""V13x: `when` conditions that cannot be worked out, or could take too long."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import rules

__all__ = ["ENTRIES"]

ENTRIES: tuple[Entry, ...] = (
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
    Entry(
        "V138",
        "`when` that could take too long",
        "On the largest conversation, the condition could take more than 80 ms: it compares lists in "
        "a loop, filters one list for each member of another, searches long texts again and again, "
        "or matches a pattern of many states, or one that an attribute holds.",
        "Everybody else's conversations wait meanwhile.",
        bad=rules(
            "- forbid: agent.dismissal\n"
            "  when: attributes.a.all(x, attributes.b.filter(y, y > x) == attributes.c)\n"
        ),
        good=rules("- forbid: agent.dismissal\n  when: attributes.a.all(x, x in [1, 2])\n"),
    ),
    Entry(
        "V139",
        "conditions that could take too long together",
        "All conditions of a policy could take more than 250 ms on the largest conversation.",
        "Each of them is bearable, and there are many.",
        bad=Example(
            "- id: first\n"
            "  forbid: agent.dismissal\n"
            "  when: conversation.response_times_s.filter(t, t > 1).size() > 1\n"
            "… (and seven more such rules)\n",
            rules(
                "".join(
                    f"- id: r{number}\n"
                    "  forbid: agent.dismissal\n"
                    f"  when: conversation.response_times_s.filter(t, t > {number}).size() > 1\n"
                    for number in range(8)
                )
            ).files,
        ),
        good=rules(
            "- forbid: agent.dismissal\n  when: conversation.response_times_s.exists(t, t > 1)\n"
        ),
    ),
)

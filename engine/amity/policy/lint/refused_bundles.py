"""B1xx: folders and files that make no bundle."""

from __future__ import annotations

from amity.policy.lint.entry import Entry, Example
from amity.policy.lint.excerpts import another_policy, cues, file, rules

__all__ = ["ENTRIES"]

_GOOD = rules("- forbid: agent.dismissal\n")
_CUES = cues(
    "customer.anger:\n  - cue: furious\n    matches: [I am furious]\n    rejects: [the fury of it]\n"
)


# Every system has a longest path, and nobody may read beyond it, whatever the permissions.
_TOO_DEEP = "/".join(["d" * 200] * 25)


def _of_another_version(example: Example) -> Example:
    name = "another/policy.yaml"
    text = str(example.files[name]).replace("amity/v1", "amity/v2")
    return Example("apiVersion: amity/v2\nkind: Policy\n", {**example.files, name: text})


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "B101",
        "folder that does not exist",
        "The folder of policies does not exist, or is a file.",
        "There is nothing to load.",
        bad=Example("amity lint polices/\n", {"..": ""}),
        good=_GOOD,
    ),
    Entry(
        "B102",
        "folder without policies",
        "The folder has no file whose name ends in .yaml or .yml.",
        "There is nothing to load; files with other names are not looked at.",
        bad=Example("policies/policy.txt\n", {"policy.txt": "apiVersion: amity/v1\n"}),
        good=_GOOD,
    ),
    Entry(
        "B103",
        "unknown apiVersion",
        "The file is made for another version of the language.",
        "Its words may mean something else there.",
        bad=_of_another_version(another_policy("no-dismissal")),
        good=_GOOD,
    ),
    Entry(
        "B104",
        "unknown kind",
        "The file is none of Policy, CuePack, CueScopes, Cases and Calibration, or does not say which.",
        "It cannot be known what is in it.",
        bad=file("apiVersion: amity/v1\nkind: Polices\n"),
        good=_GOOD,
    ),
    Entry(
        "B105",
        "bundle without a policy",
        "The folders hold cues or cases, and no policy.",
        "Nothing would be judged.",
        bad=Example(
            "kind: CuePack     # and no file of kind Policy\n",
            {"cues.yaml": _CUES.files["cues.yaml"]},
        ),
        good=_CUES,
    ),
    Entry(
        "B106",
        "folder that cannot be read",
        "A folder inside the folder of policies cannot be read: its permissions forbid it, say, or "
        "its path is longer than the system reads.",
        "A policy in it would silently be missing.",
        bad=Example(
            "policies/emea/…/policy.yaml     # a path of more than 4,096 characters\n",
            {**_GOOD.files, f"{_TOO_DEEP}/policy.yaml": ""},
        ),
        good=_GOOD,
    ),
)

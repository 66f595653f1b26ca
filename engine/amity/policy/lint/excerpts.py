"""Short excerpts of files made whole, so that an example shows only what it is about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from amity.policy.lint.entry import Example

__all__ = [
    "another_policy",
    "calibration",
    "cases",
    "cues",
    "file",
    "heard",
    "policy",
    "rules",
    "scopes",
    "standard",
    "with_cues",
    "with_file",
]

_HEARD = "- given: customer.anger\n  expect: agent.apology\n  within: 1 agent turn\n"
_METADATA = {
    "name": "example",
    "title": "An example policy",
    "version": "1",
    "owner": "cx-quality",
    "intent": "Customers feel heard, and find us reliable afterwards.",
    "scores": "wording of agents",
}
_RULE = {
    "why": "An acknowledged feeling defuses; an ignored one escalates.",
    "coach": "Name what you heard before you fix it.",
}
_HEADER = {"title": "Words for examples", "language": "en", "owner": "cx-quality", "version": "1"}
_ID = re.compile(r"^[- ]{0,2}id: *(\S{1,90})", re.MULTILINE)


def rules(text: str, *, metadata: str = "", scope: str = "") -> Example:
    """Rules of a policy; what a rule must have besides is filled in."""
    body = list(_rules(text))
    whole = _policy(metadata, scope, "".join(f"  {line}\n" for line in body))
    parts = [("metadata", metadata), ("scope", scope)]
    shown = [f"{key}:\n{_indented(part)}" for key, part in parts if part]
    ids = dict.fromkeys(_ID.findall("\n".join(body)))
    name = _METADATA["name"]
    return Example(
        "".join((*shown, text if not shown else f"rules:\n{_indented(text)}")),
        {"example/policy.yaml": whole, "example/cases.yaml": _covering(name, ids)},
    )


def policy(text: str) -> Example:
    """A whole policy file, with nothing added."""
    return Example(text, {"example/policy.yaml": text})


def heard(old: str, new: str) -> Example:
    """The usual rule, that anger gets an apology, with *new* where it says *old*."""
    return rules(_HEARD.replace(old, new))


def cues(text: str, *, defaults: str = "score: 0.8\nscopes: []\n", head: str = "") -> Example:
    """What stands under ``signals`` in a cue pack."""
    whole = (
        f"apiVersion: amity/v1\nkind: CuePack\nmetadata:\n{_indented(_filled(head, {'name': 'words', **_HEADER}))}"
        + (f"defaults:\n{_indented(defaults)}" if defaults else "")
        + f"signals:\n{_indented(text)}"
    )
    return _beside("cues.yaml", text, whole)


def scopes(text: str) -> Example:
    """What stands under ``scopes`` in a file of scopes."""
    head = _indented(_filled("", {"name": "scopes", **_HEADER}))
    whole = f"apiVersion: amity/v1\nkind: CueScopes\nmetadata:\n{head}scopes:\n{_indented(text)}"
    return _beside("scopes.yaml", text, whole)


def cases(text: str) -> Example:
    """What stands under ``cases`` in a file of cases for a policy with the rule ``anger-is-heard``."""
    whole = f"apiVersion: amity/v1\nkind: Cases\nmetadata: {{policy: example}}\ncases:\n{_indented(text)}"
    return _beside("more-cases.yaml", text, whole)


def calibration(text: str, *, again: str = "") -> Example:
    """What stands under ``signals`` in a calibration, and in a second one if there is to be one."""
    head = "apiVersion: amity/v1\nkind: Calibration\nmetadata: {name: ours, owner: cx-quality, version: 1}\n"
    example = _beside("calibration.yaml", text + again, f"{head}signals:\n{_indented(text)}")
    more = {"again.yaml": f"{head}signals:\n{_indented(again)}"} if again else {}
    return Example(example.shown, {**example.files, **more})


def with_cues(example: Example, text: str) -> Example:
    """*example* beside a cue pack that has *text* under ``signals``."""
    return Example(example.shown, {**cues(text).files, **example.files})


def file(text: str | bytes, *, shown: str = "", name: str = "other.yaml") -> Example:
    """A whole file beside a policy that is in order."""
    return _beside(name, shown or str(text), text)


def with_file(example: Example, name: str, text: str) -> Example:
    """*example* beside the file *text*, which is shown as well."""
    return Example(f"{example.shown}\n# {name}\n{text}", {**example.files, name: text})


def another_policy(rule: str, *, name: str = "another", weight: str = "1") -> Example:
    """A second policy file, named *name*, with the one rule *rule*."""
    text = f"- id: {rule}\n  title: Nobody is told how to feel\n  forbid: agent.dismissal\n"
    files = rules(text, metadata=f"name: {name}\nweight: {weight}\n").files
    renamed = {key.replace("example", "another"): value for key, value in files.items()}
    cases = str(renamed["another/cases.yaml"]).replace("policy: example", f"policy: {name}")
    whole = {**standard(), **renamed, "another/cases.yaml": cases}
    return Example(str(renamed["another/policy.yaml"]), whole)


def standard() -> dict[str, str | bytes]:
    """The files of a small policy that is in order."""
    return dict(rules(_STANDARD).files)


_STANDARD = """\
- id: anger-is-heard
  given: customer.anger
  expect: agent.apology
  within: 1 agent turn
"""


def _beside(name: str, shown: str, whole: str | bytes) -> Example:
    return Example(shown, {**standard(), name: whole})


def _policy(metadata: str, scope: str, body: str) -> str:
    head = _indented(_filled(metadata, _METADATA))
    where = f"scope:\n{_indented(scope)}" if scope else ""
    return f"apiVersion: amity/v1\nkind: Policy\nmetadata:\n{head}{where}rules:\n{body}"


def _rules(text: str) -> Iterator[str]:
    """The lines of *text* with the missing keys of each rule put first."""
    items = [item for item in re.split(r"^(?=- )", text, flags=re.MULTILINE) if item]
    for number, item in enumerate(items, start=1):
        if not item.startswith("- ") or ":" not in item:
            yield from item.splitlines()
            continue
        own = "".join(line[2:] for line in item.splitlines(keepends=True))
        names = {"id": f"rule-{number}", "title": f"What rule {number} asks", **_RULE}
        filled = _filled(own, names)
        yield from (f"{'  ' if n else '- '}{line}" for n, line in enumerate(filled.splitlines()))


def _filled(text: str, defaults: Mapping[str, str]) -> str:
    keys = {line.partition(":")[0] for line in text.splitlines()}
    missing = [f"{key}: {value}\n" for key, value in defaults.items() if key not in keys]
    return "".join((*missing, text))


def _indented(text: str) -> str:
    return "".join(f"  {line}" for line in text.splitlines(keepends=True))


def _covering(name: str, ids: Mapping[str, None]) -> str:
    """Cases that expect every state of every rule, so that no rule is without a case."""
    lines = [f"apiVersion: amity/v1\nkind: Cases\nmetadata: {{policy: {name}}}\ncases:\n"]
    for state in ("shown", "missed", "no_opportunity"):
        expected = ", ".join(f"{rule}: {state}" for rule in ids)
        lines.append(
            f"  - name: It is {state}\n    conversation: {{turns: [{{customer: Hello}}]}}\n"
            f"    expect: {{{expected}}}\n"
        )
    return "".join(lines)

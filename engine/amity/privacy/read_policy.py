"""Reading a privacy file; every problem in it is told, with its place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from amity.conversation import Role
from amity.fields import Fields, nearest
from amity.policy.model import Severity
from amity.privacy.failures import BadPrivacyPolicy
from amity.privacy.kinds import ALL_KINDS, COUNTRIES
from amity.privacy.policy import (
    DEFAULT_POLICY,
    Action,
    AttributeRules,
    Keep,
    Longer,
    PersonRules,
    PrivacyPolicy,
    Recognise,
    Retention,
)
from amity.source import Node, Problems, parse_yaml, read_text

__all__ = ["load_privacy", "parse_privacy"]

API_VERSION = "amity/v1"
KIND = "Privacy"
# With a placeholder for its id, every conversation would be taken for the same one.
_CONVERSATION = (Action.KEEP, Action.HASH)
_IDS = (Action.KEEP, Action.HASH, Action.REDACT)  # turns name participants by them
_ALL = tuple(Action)
_MOST_STEPS = 8
_LEAST_LONG, _MOST_LONG = 5, 30
_FOR_EVER = "for ever"
_AGE = re.compile(r"([0-9]{1,5}) (day|week|month|year)s?")
_DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}


def load_privacy(path: Path) -> PrivacyPolicy:
    """The policy in the file at *path*. Raises BadPrivacyPolicy with everything that is wrong."""
    problems = Problems()
    text = read_text(path, str(path), problems)
    return _sure(_parsed(text, str(path), problems), problems)


def parse_privacy(text: str, file: str = "privacy.yaml") -> PrivacyPolicy:
    """The policy in *text*. Raises BadPrivacyPolicy with everything that is wrong."""
    problems = Problems()
    return _sure(_parsed(text, file, problems), problems)


def _sure(policy: PrivacyPolicy | None, problems: Problems) -> PrivacyPolicy:
    if policy is None or problems:
        raise BadPrivacyPolicy("The privacy file cannot be used.", problems)
    return policy


def _parsed(text: str | None, file: str, problems: Problems) -> PrivacyPolicy | None:
    node = parse_yaml(text, file, problems) if text is not None else None
    return _policy(node, problems) if node else None


def _policy(node: Node, problems: Problems) -> PrivacyPolicy:
    fields = Fields(
        node,
        problems,
        required=("apiVersion", "kind"),
        optional=("customer_id", "fields", "attributes", "recognise", "retention"),
        what="a privacy file",
    )
    for key, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
        found = fields.get(key)
        if found and found.value != wanted:
            message = f'{key} is "{found.plain()}", not "{wanted}"'
            problems.add("E101", found, message, f"write {key}: {wanted}")
    own = _inner(fields, "fields", problems, ("conversation_id", "text", *Role))
    return PrivacyPolicy(
        conversation_id=_action(
            own, "conversation_id", DEFAULT_POLICY.conversation_id, _CONVERSATION, problems
        ),
        text=_action(own, "text", DEFAULT_POLICY.text, _ALL, problems),
        people=MappingProxyType({role: _person(own, role, problems) for role in Role}),
        attributes=_attributes(fields, problems),
        recognise=_recognise(fields, problems),
        customer_id=_customer_id(fields, problems),
        retention=_retention(fields, problems),
    )


def _inner(fields: Fields, key: str, problems: Problems, known: Sequence[str]) -> Fields:
    node = fields.get(key) or Node({}, "", 0, 0)
    return Fields(node, problems, optional=known, what=f'"{key}"')


def _action(
    fields: Fields, key: str, default: Action, allowed: Sequence[Action], problems: Problems
) -> Action:
    node = fields.get(key)
    if node is None:
        return default
    chosen = fields.choice(key, tuple(Action), default)
    if chosen not in allowed:
        fix = f"use one of: {', '.join(allowed)}"
        problems.add("E102", node, f'"{key}" cannot be "{chosen}": turns refer to it', fix)
        return default
    return Action(chosen)


def _person(fields: Fields, role: Role, problems: Problems) -> PersonRules:
    own = _inner(fields, role, problems, ("id", "name"))
    default = DEFAULT_POLICY.people[role]
    return PersonRules(
        _action(own, "id", default.id, _IDS, problems),
        _action(own, "name", default.name, _ALL, problems),
    )


def _attributes(fields: Fields, problems: Problems) -> AttributeRules:
    own = _inner(fields, "attributes", problems, ("default", "paths"))
    paths: dict[tuple[str, ...], Action] = {}
    node = own.get("paths") or Node({}, "", 0, 0)
    each = Fields(node, problems, optional=tuple(node.entries), what='"paths"')
    for key in node.entries:
        path = _path(key, node.keys[key], problems)
        action = _action(each, key, Action.REDACT, _ALL, problems)
        if path:
            paths[path] = action
    return AttributeRules(
        _action(own, "default", Action.REDACT, _ALL, problems), MappingProxyType(paths)
    )


def _path(text: str, node: Node, problems: Problems, code: str = "E103") -> tuple[str, ...]:
    path = tuple(text.split("."))
    if all(path) and len(path) <= _MOST_STEPS:
        return path
    fix = f"write 1 to {_MOST_STEPS} names with dots between them, such as contact.email"
    problems.add(code, node, f'"{text}" is not a path of an attribute', fix)
    return ()


def _customer_id(fields: Fields, problems: Problems) -> tuple[tuple[str, ...], ...]:
    if "customer_id" not in fields:
        return DEFAULT_POLICY.customer_id
    places: list[tuple[str, ...]] = []
    for node in fields.texts("customer_id"):
        first, _, rest = str(node.value).partition(".")
        if node.value == "participant":
            places.append(())
        elif first == "attributes" and rest:
            places.append(_path(rest, node, problems))
        else:
            fix = "write participant, or attributes. and a path"
            problems.add("E104", node, f'"{node.value}" is no place of an id', fix)
    return tuple(places)


def _recognise(fields: Fields, problems: Problems) -> Recognise:
    known = ("countries", "phone_regions", "leave_out", "long_digits", "names")
    own, default = _inner(fields, "recognise", problems, known), DEFAULT_POLICY.recognise
    return Recognise(
        tuple(_words(own, "countries", tuple(COUNTRIES), default.countries, problems)),
        tuple(_words(own, "phone_regions", _phone_regions(), default.phone_regions, problems)),
        frozenset(_words(own, "leave_out", ALL_KINDS, (), problems)),
        own.count("long_digits", 0, _LEAST_LONG, _MOST_LONG),
        frozenset(map(Role, _words(own, "names", tuple(Role), tuple(default.names), problems))),
    )


def _phone_regions() -> Sequence[str]:
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - large tables, rarely needed

    return tuple(sorted(SUPPORTED_REGIONS))


def _words(
    fields: Fields, key: str, known: Sequence[str], default: Sequence[str], problems: Problems
) -> list[str]:
    node = fields.get(key)
    if node is None:
        return list(default)
    if node.value == []:
        return []
    chosen = []
    for word in fields.texts(key):
        if word.value in known:
            chosen.append(str(word.value))
        else:
            problems.add(
                "E105", word, f'"{key}" knows no "{word.value}"', nearest(str(word.value), known)
            )
    return list(dict.fromkeys(chosen))


def _retention(fields: Fields, problems: Problems) -> Retention:
    own = _inner(fields, "retention", problems, ("sealed", "view", "longer"))
    node = own.get("longer")
    if node is not None and not isinstance(node.value, list):
        problems.add(
            "Y110", node, f'"longer" must be a list, not {node.kind}', "write `- severity:`"
        )
    return Retention(
        _keep(own, problems),
        tuple(_longer(each, problems) for each in (node.items if node else ())),
    )


def _longer(node: Node, problems: Problems) -> Longer:
    own = Fields(node, problems, optional=("severity", "rule", "sealed", "view"), what='"longer"')
    if ("severity" in own) == ("rule" in own):
        problems.add("E106", node, "it needs a severity or a rule, not both", "make it two entries")
    severity = own.choice("severity", tuple(Severity), "") if "severity" in own else ""
    rule = own.text("rule")
    if rule and not all(part for part in rule.partition("/")):
        problems.add(
            "E106", own.node.entries["rule"], f'"{rule}" is not a rule', "write policy/rule"
        )
    return Longer(
        _keep(own, problems, timedelta(0)), Severity(severity) if severity else None, rule
    )


def _keep(fields: Fields, problems: Problems, default: timedelta | None = None) -> Keep:
    return Keep(_age(fields, "sealed", default, problems), _age(fields, "view", default, problems))


def _age(
    fields: Fields, key: str, default: timedelta | None, problems: Problems
) -> timedelta | None:
    node, text = fields.get(key), fields.text(key)
    if node is None or not text:
        return default
    if text == _FOR_EVER:
        return None
    found = _AGE.fullmatch(text)
    if found is None:
        fix = 'write "90 days", "6 months", "7 years" or "for ever"'
        problems.add("E106", node, f'"{text}" is not a time to keep something', fix)
        return None
    return timedelta(days=int(found[1]) * _DAYS[found[2]])

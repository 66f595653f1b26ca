"""Reads a file of targets; everything that is wrong in it is told at once."""

from __future__ import annotations

import string
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from os import environ
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from amity.actions.addresses import refusal
from amity.actions.outbox import MAX_WAIT_S
from amity.actions.secrets import Secrets
from amity.actions.signature import Key, parse_key
from amity.actions.targets import DEFAULT_SOURCE, KINDS, Include, Retries, Target, Targets
from amity.errors import AmityError
from amity.fields import Fields, nearest
from amity.source import Node, Problems, parse_yaml, read_text

__all__ = ["CODES", "BadTargets", "read_targets"]

CODES: Mapping[str, str] = MappingProxyType(
    {
        "A110": "the file is of another kind or version",
        "A111": "a name cannot stand in headers, addresses and tables",
        "A112": "two targets have the same name",
        "A113": "an address is no http(s) address, or holds what may not stand in it",
        "A114": "an address is not encrypted",
        "A115": "an address is one that nothing is sent to",
        "A116": "an action is not known",
        "A117": "a secret stands in the file, or its reference is not one",
        "A118": "a secret cannot be read",
        "A119": "a secret is not a key of Standard Webhooks",
        "A120": "there are no keys to sign with, or more than two",
        "A121": "a link has a placeholder that is not known",
        "A122": "times do not go together",
        "A123": "a file of certificates cannot be read",
    }
)
"""Every code that reading targets can give, beside those of all our files, with its meaning."""

API_VERSION = "amity/v1"
KIND = "Targets"
LINK_FIELDS = ("decision_id", "conversation_id", "policy", "rule", "turn")
MAX_KEYS = 2
MAX_NAME = 60
_NAME = frozenset(string.ascii_lowercase + string.digits + "-")
_OPTIONAL = (
    "kind", "include", "link", "timeout_s", "concurrency", "retries", "allow_private", "ca_file",
)  # fmt: skip


class BadTargets(AmityError):
    """A file of targets cannot be used."""


def read_targets(
    path: Path,
    actions: Collection[str],
    *,
    environment: Mapping[str, str] = environ,
) -> Targets:
    """The targets in *path*, which may take any of *actions*; secrets are read from where it says.

    Raises BadTargets with everything that is wrong.
    """
    problems = Problems()
    text = read_text(path, str(path), problems)
    root = parse_yaml(text, str(path), problems) if text is not None else None
    targets = Targets()
    if root is not None:
        secrets = Secrets(path.parent, environment)
        targets = _Reader(problems, actions, secrets).targets(root)
    if problems:
        raise BadTargets(f"The targets in {path} cannot be used.", problems)
    return targets


class _Reader:
    def __init__(self, problems: Problems, actions: Collection[str], secrets: Secrets) -> None:
        self._problems = problems
        self._actions = sorted(actions)
        self._secrets = secrets

    def targets(self, root: Node) -> Targets:
        fields = Fields(
            root,
            self._problems,
            required=("apiVersion", "kind", "targets"),
            optional=("source",),
            what="a file of targets",
        )
        for key, wanted in (("apiVersion", API_VERSION), ("kind", KIND)):
            node = fields.get(key)
            if node is not None and node.value != wanted:
                message = f'"{key}" is {node.plain()!r}, not {wanted!r}'
                self._problems.add("A110", node, message, f"write `{key}: {wanted}`")
        found: dict[str, Target] = {}
        for node in self._list(fields.get("targets")):
            target = self._target(node)
            if target.name in found:
                message = f'the name "{target.name}" is already used'
                self._problems.add("A112", node, message, "give each target a name of its own")
            found[target.name] = target
        return Targets(tuple(found.values()), fields.text("source", DEFAULT_SOURCE))

    def _list(self, node: Node | None) -> list[Node]:
        if node is not None and not isinstance(node.value, list):
            message = f'"targets" must be a list, not {node.kind}'
            self._problems.add("Y110", node, message, "write `- name: …` for each")
        return node.items if node else []

    def _target(self, node: Node) -> Target:
        required = ("name", "url", "actions", "secrets")
        fields = Fields(
            node, self._problems, required=required, optional=_OPTIONAL, what="a target"
        )
        name = self._name(fields)
        allow_private = self._flag(fields, "allow_private")
        timeout_s = fields.number("timeout_s", 10, 0.1, 120)
        return Target(
            name=name,
            kind=fields.choice("kind", KINDS, "webhook"),
            url=self._url(fields, allow_private=allow_private),
            actions=self._taken(fields),
            keys=self._keys(fields),
            include=Include(fields.choice("include", list(Include), Include.IDS)),
            link=self._link(fields),
            timeout_s=timeout_s,
            concurrency=fields.count("concurrency", 4, 1, 64),
            retries=self._retries(fields.get("retries")),
            allow_private=allow_private,
            ca_file=self._ca_file(fields),
        )

    def _name(self, fields: Fields) -> str:
        name, node = fields.text("name"), fields.get("name")
        if node and name and (not _NAME.issuperset(name) or len(name) > MAX_NAME):
            message = f'"{name}" cannot be the name of a target'
            fix = f"use at most {MAX_NAME} of a-z, 0-9 and -"
            self._problems.add("A111", node, message, fix)
        return name

    def _flag(self, fields: Fields, key: str) -> bool:
        node = fields.get(key)
        if node is None or isinstance(node.value, bool):
            return bool(node and node.value)
        message = f'"{key}" must be true or false, not {node.kind}'
        self._problems.add("Y110", node, message, "write true or false")
        return False

    def _taken(self, fields: Fields) -> frozenset[str]:
        nodes = fields.texts("actions")
        for node in nodes:
            if node.value not in self._actions:
                message = f'no plugin brings the action "{node.value}"'
                fix = nearest(str(node.value), self._actions)
                self._problems.add("A116", node, message, fix)
        return frozenset(str(node.value) for node in nodes)

    def _url(self, fields: Fields, *, allow_private: bool) -> str:
        node, url = fields.get("url"), fields.text("url")
        if node is None or not url:
            return ""
        if url.startswith(("env:", "file:")):
            url = self._secret(node)
        if not url:
            return ""
        try:
            parts = urlsplit(url)
            host, _ = parts.hostname or "", parts.port
            # What a name becomes in DNS; one with an empty or an overlong label becomes nothing.
            host.encode("idna")
        except (ValueError, UnicodeError) as error:
            self._bad_url(node, f"it is not an address ({error.__class__.__name__})")
            return url
        if parts.scheme not in {"http", "https"} or not host:
            self._bad_url(node, "it must begin with https:// and a name")
        elif parts.username is not None or parts.fragment or not url.isascii() or " " in url:
            self._bad_url(node, "it may not hold a user, a fragment, spaces or letters like é")
        elif parts.scheme == "http" and not allow_private:
            fix = "use https://, or say `allow_private: true` for a receiver inside your network"
            self._problems.add("A114", node, "the address is not encrypted", fix)
        else:
            self._check_host(node, host, allow_private=allow_private)
        return url

    def _bad_url(self, node: Node, reason: str) -> None:
        fix = "write https://NAME/PATH"
        self._problems.add("A113", node, f"the address cannot be used: {reason}", fix)

    def _check_host(self, node: Node, host: str, *, allow_private: bool) -> None:
        try:
            address = ip_address(host)
        except ValueError:
            return  # a name is looked up at each delivery
        if reason := refusal(address, allow_private=allow_private):
            could = not refusal(address, allow_private=True)
            fix = "say `allow_private: true` if that is meant" if could else "name another address"
            self._problems.add("A115", node, f"nothing is sent to {host}: {reason}", fix)

    def _keys(self, fields: Fields) -> tuple[Key, ...]:
        nodes = fields.texts("secrets")
        node = fields.get("secrets")
        if node is not None and not 1 <= len(nodes) <= MAX_KEYS:
            fix = "name one, and while you rotate the new one before the old one"
            self._problems.add("A120", node, f"there are {len(nodes)} secrets", fix)
        return tuple(key for found in nodes if (key := self._key(found)))

    def _key(self, node: Node) -> Key | None:
        secret = self._secret(node)
        if not secret:
            return None
        try:
            return parse_key(secret)
        except ValueError as error:
            message = f"the secret in {node.value} cannot sign: {error}"
            self._problems.add("A119", node, message, "make one with `amity actions secret`")
            return None

    def _secret(self, node: Node) -> str:
        reference = str(node.value)
        if not reference.startswith(("env:", "file:")):
            # The text is not repeated: it may be the secret.
            message = "a secret may not stand in this file, only where it is kept"
            fix = "write env:NAME or file:PATH"
            self._problems.add("A117", node, message, fix)
            return ""
        try:
            return self._secrets.read(reference)
        except LookupError as error:
            message, fix = error.args
            self._problems.add("A118", node, message, fix)
            return ""

    def _link(self, fields: Fields) -> str:
        node, link = fields.get("link"), fields.text("link")
        if node is None or not link:
            return ""
        try:
            names = [
                name for _, name, spec, how in string.Formatter().parse(link) if name is not None
            ]
            link.format(**dict.fromkeys(LINK_FIELDS, ""))
        except (ValueError, LookupError, AttributeError):
            names = ["?"]
        unknown = [name for name in names if name not in LINK_FIELDS]
        if unknown:
            known = ", ".join(f"{{{name}}}" for name in LINK_FIELDS)
            self._problems.add("A121", node, "the link has an unknown placeholder", f"use {known}")
            return ""
        return link

    def _retries(self, node: Node | None) -> Retries:
        if node is None:
            return Retries()
        default = Retries()
        keys = ("attempts", "first_wait_s", "longest_wait_s")
        fields = Fields(node, self._problems, optional=keys, what="retries")
        first = fields.number("first_wait_s", default.first_wait_s, 0.01, MAX_WAIT_S)
        longest = fields.number("longest_wait_s", default.longest_wait_s, 0.01, MAX_WAIT_S)
        if longest < first:
            message = f"the longest wait ({longest:g} s) is shorter than the first ({first:g} s)"
            self._problems.add("A122", node, message, "make longest_wait_s the longer one")
        return Retries(fields.count("attempts", default.attempts, 1, 100), first, longest)

    def _ca_file(self, fields: Fields) -> str:
        node, name = fields.get("ca_file"), fields.text("ca_file")
        if node is None or not name:
            return ""
        path = self._secrets.folder / name
        try:
            is_pem = b"-----BEGIN CERTIFICATE" in path.read_bytes()
        except OSError:
            is_pem = False
        if not is_pem:
            message = f'"{name}" cannot be read, or holds no certificate'
            self._problems.add("A123", node, message, "name a PEM file of certificates")
        return str(path)

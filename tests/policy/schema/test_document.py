"""The schema and the loader agree: what one accepts the other accepts, but for what a schema cannot say."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.evaluate.evaluator import EXAMPLES

from amity.errors import BadBundle
from amity.policy.bundle import load_bundle
from amity.policy.lint.codes import ENTRIES
from amity.policy.lint.excerpts import standard
from amity.policy.schema.document import BEYOND, json_schema
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

ROOT = Path(__file__).parents[3]
ACTIONS = ("coach", "notify-supervisor", "follow-up-task")
SCHEMA = json_schema(builtin_catalogue(), ACTIONS)
VALIDATOR = Draft202012Validator(SCHEMA)


@cache
def corpus() -> list[dict[str, Any]]:
    """Every file of every example of lint, of the documents, and some of the shipped bundle."""
    examples = [e for entry in ENTRIES.values() for e in (entry.bad, entry.good) if e]
    texts = [text for example in examples for text in example.files.values()]
    for page in ("policies", "cues", "cases"):
        blocks = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").split("```yaml\n")
        texts += [block.split("```")[0] for block in blocks[1:]]
    for path in sorted((ROOT / "policies").rglob("*.yaml")):
        texts.append(path.read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = {}
    for text in texts:
        problems = Problems()
        node = parse_yaml(text, "doc.yaml", problems) if isinstance(text, str) else None
        if node and not problems and isinstance(node.value, dict):
            doc = node.plain()
            assert isinstance(doc, dict)
            if len(json.dumps(doc)) < 10_000:
                found[json.dumps(doc)] = doc
    return list(found.values())


def refused_by_loader(doc: object, folder: Path) -> set[str]:
    for name, text in standard().items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        is_policy = isinstance(doc, dict) and doc.get("kind") == "Policy"
        path.write_bytes(b"") if is_policy else path.write_text(str(text), encoding="utf-8")
        if is_policy:
            path.unlink()
    (folder / "doc.yaml").write_text(json.dumps(doc, ensure_ascii=False), encoding="utf-8")
    try:
        load_bundle([folder], builtin_catalogue(), actions=ACTIONS, check_examples=False)
    except BadBundle as error:
        return {problem.code for problem in error.problems if problem.file == "doc.yaml"}
    return set()


def uses_names(doc: object) -> bool:
    """Whether values stand in another place than where they are used, which a schema cannot follow."""
    text = json.dumps(doc)
    return any(mark in text for mark in ('"fixtures"', '"use"', '"variants"', "${"))


def disagreement(doc: object, folder: Path) -> str:
    told = refused_by_loader(doc, folder)
    is_valid = VALIDATOR.is_valid(doc)
    if not told and not is_valid:
        complaints = [
            f"{list(e.absolute_path)}: {e.message[:200]}" for e in VALIDATOR.iter_errors(doc)
        ]
        return f"only the schema refuses it: {complaints}"
    if is_valid and told - BEYOND.keys() and not uses_names(doc):
        return f"only the loader refuses it: {told}"
    return ""


def test_the_schema_is_one():
    Draft202012Validator.check_schema(SCHEMA)


def test_every_exception_is_a_code_of_the_loader():
    assert BEYOND.keys() <= ENTRIES.keys()


def test_both_agree_about_every_example(tmp_path):
    found = [(disagreement(doc, tmp_path), doc) for doc in corpus()]
    assert not [pair for pair in found if pair[0]]


JUNK: list[Any] = [
        None, True, False, 0, 1, -1, 3, 7.5, 0.25, 100.5, 2000, "", " ", "yes", "5", "en", "de", "en-GB",
        "chat", "agent", "customer", "customer.anger", "agent.apology", "no.such", "1 agent turn",
        "0 turns", "same turn", "10 minutes", "SAME  Turn or 3 Customer turns before", "1000 days",
        "1001 days", "24001 hours", "before the bot\u2019s next turn", "move", "conversation", "minor", "shown",
        "pending", "no_opportunity", "10:05", "a-b", "A_B", [], {}, [[]], [{}], ["customer.anger"],
        {"any": ["customer.anger"]}, {"none": ["agent.apology"]}, {"signal": "agent.apology", "count": 2},
        {"all": ["customer.anger"], "count": 2}, {"any": ["customer.anger", "customer.abuse"], "at_least": 2},
        {"condition": "customer.abuse", "within": "same turn"}, {"text": "hello", "after": "hi"},
        {"expect": "agent.apology", "within": "1 turn"}, "x" * 201, "agent.apology ",
        # What is a mapping or text in one place is often one in another.
        "[very] furious", "wording of agents", "conversation.turns > 1", "+5m", "2026-01-05", "negation", 12, 0.01,
]  # fmt: skip
KEYS = st.sampled_from(
    [
        "id", "title", "why", "given", "expect", "forbid", "recognise", "within", "unless", "then", "when", "per",
        "severity", "weight", "coach", "actions", "any", "all", "none", "signal", "count", "at_least", "by", "where",
        "min_score", "scope", "channels", "languages", "defaults", "score", "scopes", "cue", "matches", "rejects",
        "attributes", "at", "in", "after", "unless_turn", "turns", "open", "locale", "channel", "clock", "nonsense",
        "agent", "customer Ana", "customers", "metadata", "version", "owner", "language", "reach", "direction",
    ]
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, member in members:
        yield from places(member, (*path, key))


@cache
def good() -> list[dict[str, Any]]:
    """Those short files of the corpus that the schema accepts."""
    short = [doc for doc in corpus() if len(json.dumps(doc)) < 3000]
    return [doc for doc in short if VALIDATOR.is_valid(doc)]


def change(draw: st.DrawFn, doc: Any, owner: Any, key: Any) -> None:
    """Change the member *key* of *owner*, or add another."""
    match draw(
        st.sampled_from(["vary", "vary", "vary", "replace", "delete", "add", "rename", "copy"])
    ):
        case "vary":
            alike = [junk for junk in JUNK if isinstance(junk, type(owner[key]))]
            owner[key] = copy.deepcopy(draw(st.sampled_from(alike)))
        case "replace":
            owner[key] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        case "delete":
            del owner[key]
        case "add" if isinstance(owner, dict):
            owner[draw(KEYS)] = copy.deepcopy(draw(st.sampled_from(JUNK)))
        case "add":
            owner.append(copy.deepcopy(draw(st.sampled_from(JUNK))))
        case "rename" if isinstance(owner, dict):
            owner[draw(KEYS)] = owner.pop(key)
        case _:
            other = draw(st.sampled_from(list(places(doc))))
            found = doc
            for part in other:
                found = found[part]
            owner[key] = copy.deepcopy(found)


@st.composite
def variations(draw: st.DrawFn) -> Any:
    """A file of the corpus with one to three things changed."""
    doc = copy.deepcopy(draw(st.sampled_from(good())))
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        path = draw(st.sampled_from(list(places(doc))[1:] or [()]))
        if not path:
            continue
        owner = doc
        for key in path[:-1]:
            owner = owner[key]
        change(draw, doc, owner, path[-1])
    return doc


@settings(
    EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(variations())
def test_both_agree_about_variations_of_the_examples(tmp_path, doc):
    assert not disagreement(doc, tmp_path), json.dumps(doc, indent=1)[:3000]

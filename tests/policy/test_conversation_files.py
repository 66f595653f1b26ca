"""Conversations that cases refer to: the JSON mapping, and where a file may lie."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.conversation import Channel, Conversation, Participant, Role, Turn
from amity.errors import BadBundle
from amity.policy.bundle import load_bundle
from amity.policy.conversation_files import files_of, read_file
from amity.service.wire import conversation_from_json, conversation_json
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

SAMPLES = sorted((Path(__file__).parents[2] / "engine/amity/samples").glob("*.json"))
GOOD = {
    "id": "x",
    "channel": "CHANNEL_EMAIL",
    "locale": "en",
    "participants": [{"id": "c", "role": "ROLE_CUSTOMER", "displayName": "Ana"}],
    "turns": [{"participantId": "c", "text": "Hi", "sentAt": "2026-01-05T10:00:00Z"}],
    "attributes": {"tier": "gold"},
}


def read(
    text: str, reference: str = "{file: c.json}", name: str = "x"
) -> tuple[Conversation | None, bool, list[str]]:
    problems = Problems()
    node = parse_yaml(reference, "care/cases/a.yaml", problems)
    assert node
    conversation, is_open = read_file(node, name, lambda *_: text, problems)
    return conversation, is_open, [str(problem) for problem in problems]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_a_sample_reads_as_the_service_reads_it(path: Path):
    text = path.read_text("utf-8")
    sample = json.loads(text)
    expected = conversation_from_json(json.dumps(sample["conversation"]))
    conversation, is_open, problems = read(text, name=expected.id)
    assert conversation == expected, problems
    assert is_open == sample.get("open", False)


# Lone surrogates are no text, and limits refuse ids with controls in them.
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | TEXT | st.floats(-1e9, 1e9),
    lambda inner: (
        st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text("abc", min_size=1, max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    people = tuple(
        Participant(f"p{index}", draw(st.sampled_from(Role)), draw(st.text("äb c", max_size=5)))
        for index in range(draw(st.integers(1, 3)))
    )
    at = datetime(2026, 1, 5, tzinfo=UTC)
    turns = []
    for _ in range(draw(st.integers(1, 4))):
        at += timedelta(microseconds=draw(st.integers(0, 10**10)))
        sent_at = draw(st.sampled_from([None, at]))
        text = draw(TEXT.filter(lambda text: "\0" not in text))
        turns.append(Turn(draw(st.sampled_from(people)).id, text, sent_at))
    attributes = draw(st.dictionaries(st.text("abc", min_size=1, max_size=3), VALUES, max_size=3))
    channel = draw(st.sampled_from(Channel))
    return Conversation("x", people, tuple(turns), channel, "en", attributes)


@given(conversations(), st.sampled_from([None, 2, "\t"]), st.booleans())
def test_any_conversation_reads_as_the_service_reads_it(talk, indent, is_ascii):
    text = json.dumps(json.loads(conversation_json(talk)), indent=indent, ensure_ascii=is_ascii)
    assert read(text)[0] == conversation_from_json(text)


def test_both_spellings_numbers_of_members_and_null_are_good():
    text = json.dumps({
        "channel": 2,
        "locale": None,
        "participants": [{"id": "c", "role": 1, "display_name": "Ana"}],
        "turns": [{"participant_id": "c", "text": "Hi", "sent_at": "2026-01-05T10:00:00.5+02:00"}],
    })  # fmt: skip
    conversation, is_open, problems = read(text)
    assert conversation == conversation_from_json(text.replace("{", '{"id": "x", ', 1)), problems
    assert not is_open
    assert conversation.turns[0].sent_at == datetime(
        2026, 1, 5, 10, 0, 0, 500000, timezone(timedelta(hours=2))
    )


def test_a_reference_may_say_whether_it_is_open_and_add_attributes():
    reference = "{file: c.json, open: true, attributes: {tier: new, n: 1}}"
    conversation, is_open, _ = read(json.dumps(GOOD), reference)
    assert conversation
    assert (is_open, conversation.attributes) == (True, {"tier": "new", "n": 1.0})


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "care/cases/c.json:1:1: Y120 not JSON: expecting value"),
        ('{\n  "id": }', "care/cases/c.json:2:9: Y120 not JSON: expecting value"),
        ("[" * 100_000, "Y120 nested too deeply"),
        ('{"attributes": {"a": NaN}}', "Y120 not JSON: NaN is not a number"),
        ('{"attributes": {"a": ' + "[" * 50 + "]" * 50 + "}}", "Y105 nested more than 40 levels deep"),
        ("[]", "Y110 a conversation must be a mapping, not a list"),
        ('{\n "turn": []}', 'care/cases/c.json:2:2: Y111 a conversation has no key "turn" (did you mean "turns"?)'),
        ('{"id": "a",\n "id": "b"}', 'care/cases/c.json:2:2: Y108 key "id" is already used at 1:2'),
        ('{"turns": [{"participantId": "c", "participant_id": "c"}]}', 'Y108 "participant_id" is given twice'),
        ('{"turns": {}}', 'Y110 "turns" must be a list, not a mapping'),
        ('{"turns": [{"text": 5}]}', 'Y110 "text" must be text, not a number'),
        ('{"turns": [5]}', "Y110 a turn must be a mapping, not a number"),
        ('{"turns": [{"sentAt": "noon"}]}', 'K103 "noon" is not a time with its zone'),
        ('{"turns": [{"sentAt": "2026-01-05T10:00:00"}]}', "K103"),
        ('{"channel": "chat"}', 'Y114 "channel" cannot be "chat"'),
        ('{"channel": true}', 'Y114 "channel" cannot be "True"'),
        ('{"participants": [{"id": "c"}]}', 'Y114 "role" cannot be missing (use one of: ROLE_CUSTOMER'),
        ('{"participants": [{"id": "c", "role": 0}]}', 'Y114 "role" cannot be "0"'),
        ("{}", "K111 the conversation cannot be judged: conversation.turns: there are no turns"),
        ('{"conversation": {}, "opened": true}', 'Y111 this mapping has no key "opened" (did you mean "open"?)'),
        ('{"conversation": {}, "open": 1}', 'K112 "open" must be true or false'),
        ('{"attributes": [1]}', 'K113 "attributes" must be a mapping'),
    ],
)  # fmt: skip
def test_a_mistake_in_a_file_is_told_with_its_place(text, problem):
    conversation, _, problems = read(text)
    assert conversation is None or problems
    assert any(problem in told for told in problems), problems


@pytest.mark.parametrize(
    ("reference", "problem"),
    [
        ("{file: ../../../secret.json}", "K130"),
        ("{file: /etc/passwd}", "K130"),
        ("{file: 'C:/secret.json'}", "K130"),
        (r"{file: '..\..\secret.json'}", "K130"),
        ('{file: "a\\0b"}', "K131"),
        ("{file: ''}", "K131"),
        ("{file: [a]}", "K131"),
        ("{file: c.json, turns: []}", "Y111"),
    ],
)
def test_a_reference_stays_in_the_folder_of_policies(reference, problem):
    _, _, problems = read(json.dumps(GOOD), reference)
    assert [told.split()[1] for told in problems] == [problem]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    tiny = Path(__file__).parents[1] / "tiny"
    here = tmp_path / "policies"
    (here / "cases").mkdir(parents=True)
    (here / "talks").mkdir()
    for name in ("cues.yaml", "policy.yaml"):
        (here / name).write_text((tiny / name).read_text("utf-8"), "utf-8")
    (here / "cases" / "late.yaml").write_text(
        "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: tiny}\ncases:\n- name: A\n"
        "  conversation: {file: ../talks/late.json}\n  expect: {no-dismissal: no_opportunity}\n",
        "utf-8",
    )
    (here / "talks" / "late.json").write_text(json.dumps(GOOD), "utf-8")
    return here


def codes(folder: Path) -> list[str]:
    try:
        load_bundle([folder], builtin_catalogue(), actions=("coach", "notify-supervisor"))
    except BadBundle as error:
        return [problem.code for problem in error.problems]
    return []


def test_a_bundle_reads_the_conversations_beside_its_cases(folder: Path):
    bundle = load_bundle([folder], builtin_catalogue(), actions=("coach", "notify-supervisor"))
    assert bundle.case_files[0].cases[0].conversation.turns[0].text == "Hi"


def test_what_is_in_a_conversation_file_counts_for_the_digest(folder: Path):
    actions = ("coach", "notify-supervisor")
    before = load_bundle([folder], builtin_catalogue(), actions=actions).digest
    (folder / "talks" / "late.json").write_text(json.dumps({**GOOD, "locale": "en-GB"}), "utf-8")
    assert load_bundle([folder], builtin_catalogue(), actions=actions).digest != before


def test_a_conversation_file_that_is_not_there_is_told(folder: Path):
    (folder / "talks" / "late.json").unlink()
    assert codes(folder) == ["K131"]


def test_a_link_out_of_the_folder_is_refused(folder: Path):
    outside = folder.parent / "secret.json"
    outside.write_text(json.dumps(GOOD), "utf-8")
    inside = folder / "talks" / "late.json"
    inside.unlink()
    inside.symlink_to(outside)
    assert "B211" in codes(folder)


@pytest.mark.parametrize("name", ["talks/late.json", "talks", "talks/none.json", "talks/out.json"])
def test_files_of_a_folder_are_read_only_inside_it(folder: Path, name: str):
    (folder / "talks" / "out.json").symlink_to(folder.parent / "secret.json")
    (folder.parent / "secret.json").write_text("{}", "utf-8")
    problems = Problems()
    node = parse_yaml("x", "a.yaml", problems)
    assert node
    text = files_of(folder)(name, node, problems)
    assert (text is None) == (name != "talks/late.json") == bool(problems)

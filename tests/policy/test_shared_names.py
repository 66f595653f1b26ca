"""Fixtures and variables that files of cases share."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.errors import BadBundle
from amity.policy.bundle import Bundle, load_bundle
from amity.signals import builtin_catalogue

HERE = Path(__file__).parent
POLICY = (HERE.parent / "tiny" / "policy.yaml").read_text("utf-8")
ACTIONS = ("coach", "notify-supervisor")
SHARED = """\
apiVersion: amity/v1
kind: CaseFixtures
variables: {thing: parcel, count: 3}
fixtures:
  late:
    - customer: My ${thing} is late, for the ${count}th time.
  gold:
    attributes: {orders: "${count}"}
    turns:
      - customer: Hello
"""


def cases(name: str, conversation: str, head: str = "shared: [../shared/talk.yaml]") -> str:
    return (
        f"apiVersion: amity/v1\nkind: Cases\nmetadata: {{policy: tiny}}\n{head}\ncases:\n"
        f"- name: {name}\n  conversation: {conversation}\n  expect: {{no-dismissal: no_opportunity}}\n"
    )


@pytest.fixture
def load(tmp_path: Path):
    def loaded(**files: str) -> Bundle:
        (tmp_path / "policy.yaml").write_text(POLICY, "utf-8")
        for name, text in {"shared__talk": SHARED, **files}.items():
            path = tmp_path / f"{name.replace('__', '/')}.yaml"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
        return load_bundle([tmp_path], builtin_catalogue(), actions=ACTIONS)

    return loaded


def problems(load, **files: str) -> list[str]:
    with pytest.raises(BadBundle) as raised:
        load(**files)
    return [f"{p.file}:{p.line}:{p.column} {p.code}" for p in raised.value.problems]


BOTH = {"a__one": cases("One", "{use: late}"), "a__two": cases("Two", "{use: gold}")}


def test_files_share_what_another_has(load):
    one, two = [file.cases[0] for file in load(**BOTH).case_files]
    assert one.conversation.turns[0].text == "My parcel is late, for the 3th time."
    assert two.conversation.attributes == {"orders": 3.0}


def test_a_nearer_variable_counts(load):
    head = "shared: ../shared/talk.yaml\nvariables: {thing: sofa}"
    three = cases("Three", "{use: late}", head)
    found = {file.cases[0].name: file.cases[0] for file in load(**BOTH, a__three=three).case_files}
    assert found["Three"].conversation.turns[0].text.startswith("My sofa")
    assert found["One"].conversation.turns[0].text.startswith("My parcel")


def test_what_is_shared_is_in_the_digest(load):
    assert load(**BOTH).digest != load(**BOTH, shared__talk=SHARED.replace("parcel", "box")).digest


def test_a_shared_name_is_used_by_one_file_of_cases_at_least(load):
    assert problems(load, a__one=BOTH["a__one"]) == ["shared/talk.yaml:7:3 K124"]
    assert problems(load, a__one=cases("One", "{turns: [{customer: Hi}]}", "")) == [
        f"shared/talk.yaml:{place} K124" for place in ("3:13", "3:28", "5:3", "7:3")
    ]


def test_a_name_is_in_one_place(load):
    head = "shared: ../shared/talk.yaml\nfixtures:\n  late: [{customer: Hi}]"
    files = {**BOTH, "a__three": cases("Three", "{use: late}", head)}
    assert problems(load, **files) == ["a/three.yaml:6:3 K126"]
    twice = cases("Three", "{use: late}", "shared: [../shared/talk.yaml, ../shared/more.yaml]")
    files = {**BOTH, "shared__more": SHARED, "a__three": twice}
    assert problems(load, **files) == [
        f"shared/more.yaml:{place} K126" for place in ("3:13", "3:28", "5:3", "7:3")
    ]


@pytest.mark.parametrize(
    ("shared", "code"),
    [
        ("../../secret.yaml", "K130"),
        ("/etc/passwd", "K130"),
        ("../shared/tlak.yaml", "K131"),
        ("[[a]]", "K131"),
        ("[]", "K127"),
        ("../policy.yaml", "K127"),
        ("one.yaml", "K127"),
        ("[../shared/talk.yaml, ../shared/talk.yaml]", "K127"),
    ],
)
def test_what_cannot_be_shared_is_told_where_it_is_named(load, shared, code):
    three = cases("Three", "{turns: [{customer: Hi}]}", f"shared: {shared}")
    assert {line.split()[1] for line in problems(load, **BOTH, a__three=three)} == {code}
    assert problems(load, **BOTH, a__three=three)[0].startswith("a/three.yaml:4:")


def test_a_mistake_in_what_is_shared_is_told_once_and_in_its_place(load):
    wrong = SHARED.replace("- customer: My", "- custmer: My")
    files = {**BOTH, "a__three": cases("Three", "{use: late}"), "shared__talk": wrong}
    assert problems(load, **files) == ["shared/talk.yaml:6:7 K102"]


def test_a_file_of_fixtures_names_no_other_and_is_not_empty(load):
    head = "apiVersion: amity/v1\nkind: CaseFixtures\n"
    assert problems(load, **BOTH, shared__more=f"{head}shared: [talk.yaml]\nvariables: {{}}\n") == [
        "shared/more.yaml:3:1 Y111"
    ]
    assert problems(load, **BOTH, shared__more=head) == ["shared/more.yaml:1:1 K127"]


def test_a_link_that_leads_out_is_refused(load, tmp_path_factory, tmp_path):
    outside = tmp_path_factory.mktemp("outside") / "talk.yaml"
    outside.write_text(SHARED, "utf-8")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "talk.yaml").symlink_to(outside)
    with pytest.raises(BadBundle):
        load(**BOTH)

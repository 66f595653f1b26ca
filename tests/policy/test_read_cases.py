"""Fixtures, variables, tables of variants and the clock of a file of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from textwrap import dedent, indent

import pytest

from amity.policy.cases import Case, load_cases
from amity.source import Problems, parse_yaml

HEAD = "apiVersion: amity/v1\nkind: Cases\nmetadata: {policy: manners}\n"


def load(text: str) -> tuple[list[Case], list[str]]:
    problems = Problems()
    node = parse_yaml(HEAD + dedent(text), "cases.yaml", problems)
    loaded = load_cases(node, problems) if node else None
    return list(loaded.cases) if loaded else [], [str(problem) for problem in problems]


def good(text: str) -> list[Case]:
    cases, problems = load(text)
    assert cases, problems
    return cases


def said(case: Case) -> list[str]:
    return [turn.text for turn in case.conversation.turns]


def minutes(case: Case, since: datetime) -> list[float | None]:
    return [
        turn.sent_at and (turn.sent_at - since) / timedelta(minutes=1)
        for turn in case.conversation.turns
    ]


FIXTURES = """\
    fixtures:
      opening:
        - {customer Ana: It broke again., at: +0s}
        - {agent Tom: I see., at: +2m}
      late parcel:
        channel: email
        locale: en-GB
        attributes: {tier: gold, years: 3}
        turns:
          - customer: Where is my parcel?
"""


def with_fixtures(cases: str) -> str:
    return dedent(FIXTURES) + "cases:\n" + indent(dedent(cases), "  ")


def test_turns_and_a_conversation_can_be_used_by_name():
    first, second = good(
        with_fixtures("""\
        - name: A
          conversation:
            turns:
              - use: opening
              - customer Ana: And now?
          expect: {greets: shown}
        - name: B
          conversation:
            use: late parcel
            locale: en-US
            attributes: {years: 9}
            turns:
              - agent: It is on its way.
          expect: {greets: shown}
        """)
    )
    assert said(first) == ["It broke again.", "I see.", "And now?"]
    assert said(second) == ["Where is my parcel?", "It is on its way."]
    assert (second.conversation.channel, second.conversation.locale) == ("email", "en-US")
    assert second.conversation.attributes == {"tier": "gold", "years": 9.0}


def test_a_conversation_may_be_nothing_but_a_fixture():
    cases = good(
        with_fixtures("""\
        - {name: A, conversation: {use: late parcel}, expect: {greets: shown}}
        - {name: B, conversation: {use: opening}, expect: {greets: shown}}
        """)
    )
    assert [len(case.conversation.turns) for case in cases] == [1, 2]


def test_variables_stand_in_texts_and_attributes_and_keep_their_kind_where_they_stand_alone():
    [case] = good("""\
        variables: {name: Ana, years: 7, is_vip: true}
        cases:
          - name: A
            variables: {name: Bea}
            conversation:
              attributes: {years: "${years}", vip: "${is_vip}", note: "${years} years", deep: [{who: "${name}"}]}
              turns:
                - customer: "I am ${name}, here for ${years} years. That is $${years}. $5 ${ {"
                - agent: ${years}
            expect: {greets: shown}
          - name: B
            conversation: {turns: [{customer: "I am ${name}"}]}
            expect: {greets: shown}
        """)[:1]
    assert said(case) == ["I am Bea, here for 7 years. That is ${years}. $5 ${ {", "7"]
    assert case.conversation.attributes == {
        "years": 7.0,
        "vip": True,
        "note": "7 years",
        "deep": ({"who": "Bea"},),
    }


TABLE = """\
    cases:
      - name: A late answer
        conversation:
          attributes: {tier: none, region: north}
          turns:
            - {customer: "Hello?", at: +0s}
            - {agent: Here., at: "${late}"}
        expect: {greets: shown, joy: shown}
        variants:
          - name: soon
            variables: {late: +1m}
          - variables: {late: +2h}
            attributes: {tier: gold}
            expect: {greets: missed}
"""


def test_each_row_of_a_table_is_a_case_of_its_own():
    soon, late = good(TABLE)
    assert [case.name for case in (soon, late)] == [
        "A late answer [soon]",
        "A late answer [late=+2h, tier=gold]",
    ]
    assert [len(minutes(case, datetime(2026, 1, 5, tzinfo=UTC))) for case in (soon, late)] == [2, 2]
    assert dict(late.conversation.attributes) == {"tier": "gold", "region": "north"}
    assert [(e.rule, e.states) for e in soon.expectations] == [
        ("greets", ("shown",)),
        ("joy", ("shown",)),
    ]
    assert [(e.rule, e.states) for e in late.expectations] == [
        ("greets", ("missed",)),
        ("joy", ("shown",)),
    ]
    assert (soon.place.line, late.place.line) == (13, 15)


def test_relative_times_count_from_the_clock_and_times_of_day_are_on_its_day():
    [case] = good("""\
        clock: 2026-03-29T00:30:00+01:00
        cases:
          - name: A
            conversation:
              turns:
                - {customer: a, at: +0s}
                - {customer: b, at: +1h30m}
                - {customer: c, at: "23:00"}
                - {customer: d, at: +1d5s}
                - {customer: e, at: "2026-04-01T00:00:00"}
            expect: {greets: shown}
        """)
    clock = datetime.fromisoformat("2026-03-29T00:30:00+01:00")
    times = [turn.sent_at for turn in case.conversation.turns]
    assert times[:2] == [clock, clock + timedelta(minutes=90)]
    assert times[2] == datetime.fromisoformat("2026-03-29T23:00:00+01:00")
    assert times[3] == clock + timedelta(days=1, seconds=5)
    assert times[4] == datetime.fromisoformat("2026-04-01T00:00:00+01:00")


def test_a_case_may_have_a_clock_of_its_own_and_without_any_it_is_a_monday():
    text = """\
        cases:
          - name: A
            clock: 2030-01-01
            conversation: {turns: [{customer: a, at: +1m}]}
            expect: {greets: shown}
          - name: B
            conversation: {turns: [{customer: a, at: +1m}]}
            expect: {greets: shown}
        """
    times = [case.conversation.turns[0].sent_at for case in good(text)]
    assert times == [
        datetime(2030, 1, 1, 0, 1, tzinfo=UTC),
        datetime(2026, 1, 5, 0, 1, tzinfo=UTC),
    ]


CASE = "cases:\n- name: A\n  conversation: {turns: [{customer: Hi}]}\n  expect: {greets: shown}\n"


def row(text: str) -> str:
    return CASE + f"  variants:\n  - {text}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("clock: noon\n" + CASE, 'cases.yaml:4:8: K117 "noon" is not a time with its date'),
        (CASE.replace("{customer: Hi}", "{customer: Hi, at: +5}"), 'K103 "5" is not a time'),
        (CASE.replace("{customer: Hi}", "{customer: Hi, at: +}"), 'K103 "+" is not a time'),
        (CASE.replace("{customer: Hi}", "{customer: Hi, at: +99999d}") + "  clock: 9990-01-01\n", "K103"),
        (CASE.replace("Hi", '"${nam}"'), 'cases.yaml:6:37: K123 there is no variable "nam" (add it under'),
        ("variables: {name: x}\n" + CASE.replace("Hi", '"${nam}"'), '(did you mean "name"?)'),
        ("variables: {name: x}\n" + CASE, 'cases.yaml:4:13: K124 the variable "name" is not used'),
        (CASE + "  variables: {name: x}\n", 'cases.yaml:8:15: K124 the variable "name" is not used'),
        (row("variables: {name: x}"), 'cases.yaml:9:17: K124 the variable "name" is not used'),
        ("variables: [x]\n" + CASE, 'K121 "variables" must be a mapping of names to values, not a list'),
        ("variables: {a-b: x}\n" + CASE, 'K121 "a-b" cannot be the name of a variable'),
        ("variables: {a: [x]}\n" + CASE, 'K121 the variable "a" must be text, a number, true or false, not a list'),
        ("variables: {a: " + "x" * 501 + "}\n" + CASE, 'K121 the variable "a" is longer than 500 characters'),
        ("fixtures: [x]\n" + CASE, 'K120 "fixtures" must be a mapping of names, not a list'),
        ("fixtures: {x: y}\n" + CASE, 'K120 the fixture "x" must be turns or a conversation, not text'),
        ("fixtures: {x: [{customer: Hi}]}\n" + CASE, 'cases.yaml:4:12: K124 the fixture "x" is not used'),
        (CASE.replace("{customer: Hi}", "{use: x}"), 'K122 there is no fixture "x" (add it under "fixtures:")'),
        (CASE.replace("{turns: [{customer: Hi}]}", "{use: x}"), 'K122 there is no fixture "x"'),
        ("fixtures: {opening: []}\n" + CASE.replace("{customer: Hi}", "{use: openin}"), '(did you mean "opening"?)'),
        (CASE.replace("{customer: Hi}", "{use: x, at: +1m}"), 'K122 "use" stands alone in a turn'),
        ("fixtures: {x: [{use: y}], y: [{customer: Hi}]}\n" + CASE.replace("{customer: Hi}", "{use: x}"), 'K122 the fixture "x" uses a fixture itself'),
        ("fixtures: {x: {use: x}}\n" + CASE.replace("{turns: [{customer: Hi}]}", "{use: x}"), 'K122 the fixture "x" uses a fixture itself'),
        ("fixtures: {x: {chanel: chat, turns: [{customer: Hi}]}}\n" + CASE.replace("{turns: [{customer: Hi}]}", "{use: x}"), 'Y111 a conversation has no key "chanel"'),
        (CASE + "  variants: []\n", 'K125 "variants" must be a list of rows, not a list'),
        (row("Hello"), "Y110 a row of variants must be a mapping, not text"),
        (row("expects: {}"), 'Y111 a row of variants has no key "expects"'),
        (row("expect: {greets: seen}"), 'K105 "seen" is not a state'),
        (row("expect: {}"), "K106 the case expects nothing"),
        (row("{}").replace("  expect: {greets: shown}\n", ""), "K106 neither the case nor this row says what is expected"),
        (row("name: x\n  - name: x"), 'K107 the name "A [x]" is already used at 9:11'),
        (row("attributes: [x]"), 'K113 "attributes" must be a mapping, not a list'),
        (CASE.replace("  expect: {greets: shown}\n", ""), 'Y112 a case lacks "expect"'),
        (CASE.replace("[{customer: Hi}]", "Hi"), 'K101 "turns" must be a list of what was said, not text'),
    ],
)  # fmt: skip
def test_a_mistake_is_told_with_its_place_and_a_fix(text, problem):
    problems = Problems()
    node = parse_yaml(HEAD + text, "cases.yaml", problems)
    assert node is None or load_cases(node, problems) is None
    assert any(problem in str(told) for told in problems), [str(told) for told in problems]


def test_what_is_wrong_in_the_conversation_of_a_table_is_told_once():
    cases, problems = load(TABLE.replace("agent: Here.", "agnt: Here."))
    assert not cases
    assert [told.split()[1] for told in problems] == ["K102"]


def test_variables_and_fixtures_cannot_make_a_small_file_large():
    many = "".join(f"  - variables: {{n: {number}}}\n" for number in range(1001))
    text = CASE.replace("Hi", '"${n}"') + "  variants:\n" + many
    _, problems = load(text)
    assert problems[0].startswith("cases.yaml:5:1: K100 there are more than 1000 cases in one file")

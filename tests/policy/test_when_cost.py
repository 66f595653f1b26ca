"""What a condition may cost: it is refused on load, or it ends soon."""

from __future__ import annotations

import pytest

from amity.policy.when import WhenError, check_when, compile_when
from amity.policy.when_cost import costs
from amity.source import Node, Problems

TIMES = "conversation.response_times_s"


def checked(text: str) -> list[str]:
    problems = Problems()
    found = check_when(Node(text, "p.yaml", 3, 9), problems)
    assert bool(found) is not bool(problems)
    return [problem.code for problem in problems]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (f"{TIMES}.all(t, t < 60)", []),
        (f"{TIMES}.filter(t, t > 60).size() + 1 > 2", []),
        ("attributes.orders.exists(o, o.items.exists(i, i.sku == 'a'))", []),
        (f"{TIMES}.all(x, {TIMES}.all(y, {TIMES}.all(z, true)))", ["V134"]),
        (f"{TIMES}.all(x, ({TIMES}.exists(y, [1].exists_one(z, z == y))))", ["V134"]),
        ("[[1]]" + ".map(b, [b, b])" * 25 + ".size() > 0", ["V135"]),
        (f"{TIMES}.all(x, ({TIMES} + {TIMES}).size() > 0)", ["V136"]),
        ("attributes.names.exists(n, n.matches(attributes.pattern))", ["V136"]),
        (f"{TIMES}.all(x, {' && '.join(['x != 1'] * 40)})", ["V137"]),
        # What only looks like a loop is none.
        ("attributes['.all(x, y.all(z, a.all(b, c))) .map('] == '+'", []),
        ("attributes.a == r'\\' || attributes.b == '.map('", []),
        ("attributes.a == 1 // .map(x, [x, x])", []),
        ("attributes.names.exists(n, n == 'a+b' || n == \"matches\")", []),
        ("attributes.map == 1 && attributes.all == 2", []),
    ],
)
def test_a_condition_that_blows_up_is_refused_on_load(text, codes):
    assert [code for code, _, _ in costs(text)] == codes
    if "r'" not in text:
        assert checked(text) == codes


def test_a_problem_names_its_place_and_what_to_do_instead():
    problems = Problems()
    check_when(Node("[1].map(x, x).size() > 0", "p.yaml", 3, 9), problems)
    assert str(problems[0]) == (
        'p.yaml:3:9: V135 "when" could take too long: map makes new lists'
        " (use all, exists, exists_one or filter)"
    )


def test_a_loop_over_too_much_cannot_be_worked_out():
    when = compile_when(f"{TIMES}.all(x, {TIMES}.all(y, x >= 0 && y >= 0))")
    assert when.holds({TIMES: [1, 2, 3]})
    with pytest.raises(WhenError, match="it loops over too much"):
        when.holds({TIMES: list(range(1000))})


def test_text_that_is_nested_too_deeply_is_a_problem_like_any_other():
    assert checked("(" * 400 + "true" + ")" * 400) == ["V132"]
    assert checked("[" * 400 + "]" * 400 + " == []") == ["V132"]


def test_a_list_that_is_asked_about_must_be_there():
    with pytest.raises(WhenError, match="response_times_s"):
        compile_when(f"{TIMES}.all(t, t < 60)").holds({})

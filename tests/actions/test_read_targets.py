"""Files of targets: what they say, and what is told of every mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from amity.actions.read_targets import CODES, BadTargets, read_targets
from amity.actions.signature import new_secret, parse_key
from amity.actions.targets import Include, Retries

SECRET, OLD = new_secret(), new_secret()
ENVIRONMENT = {
    "DESK_SECRET": SECRET,
    "DESK_OLD": OLD,
    "DESK_URL": "https://desk.example.com/x",
    "NO": "",
}
ACTIONS = ("coach", "notify-supervisor")
GOOD = """\
apiVersion: amity/v1
kind: Targets
targets:
  - name: desk
    url: https://desk.example.com/hooks
    actions: [coach]
    secrets: [env:DESK_SECRET]
"""


def read(tmp_path: Path, text: str):
    path = tmp_path / "targets.yaml"
    path.write_text(text, encoding="utf-8")
    return read_targets(path, ACTIONS, environment=ENVIRONMENT)


def problems(tmp_path: Path, text: str):
    with pytest.raises(BadTargets) as caught:
        read(tmp_path, text)
    assert all(problem.fix for problem in caught.value.problems)
    assert SECRET not in str(caught.value)
    return caught.value.problems


def test_a_short_target_has_defaults_that_are_safe(tmp_path):
    [target] = read(tmp_path, GOOD)
    assert target.include is Include.IDS
    assert not target.allow_private
    assert target.keys == (parse_key(SECRET),)
    assert target.retries == Retries()
    assert SECRET not in repr(target)
    assert "/hooks" not in repr(target)


def test_everything_can_be_said(tmp_path):
    (tmp_path / "old.txt").write_text(OLD + "\n", encoding="utf-8")
    [target] = read(
        tmp_path,
        """\
apiVersion: amity/v1
kind: Targets
source: https://amity.example.com
targets:
  - name: desk
    kind: webhook
    url: env:DESK_URL
    actions: [coach, notify-supervisor]
    secrets: [env:DESK_SECRET, file:old.txt]
    include: text
    link: https://console.example.com/{decision_id}#{turn}
    timeout_s: 2.5
    concurrency: 9
    retries: {attempts: 3, first_wait_s: 1, longest_wait_s: 60}
    allow_private: true
""",
    )
    assert target.url == "https://desk.example.com/x"
    assert target.keys == (parse_key(SECRET), parse_key(OLD))
    assert (target.timeout_s, target.concurrency, target.include) == (2.5, 9, Include.TEXT)
    assert target.retries == Retries(3, 1, 60)


MISTAKES = {
    "A110": GOOD.replace("kind: Targets", "kind: Policy"),
    "A111": GOOD.replace("name: desk", "name: The Desk"),
    "A112": GOOD + GOOD.partition("targets:\n")[2],
    "A113": GOOD.replace("https://desk", "https://user:word@desk"),
    "A114": GOOD.replace("https:", "http:"),
    "A115": GOOD.replace("desk.example.com", "192.168.0.1"),
    "A116": GOOD.replace("[coach]", "[coahc]"),
    "A117": GOOD.replace("env:DESK_SECRET", SECRET),
    "A118": GOOD.replace("env:DESK_SECRET", "env:DESK_SECRTE"),
    "A119": GOOD.replace("env:DESK_SECRET", "env:DESK_URL"),
    "A120": GOOD.replace("[env:DESK_SECRET]", "[env:DESK_SECRET, env:DESK_OLD, env:DESK_SECRET]"),
    "A121": GOOD + "    link: https://x.example.com/{desicion}\n",
    "A122": GOOD + "    retries: {first_wait_s: 60, longest_wait_s: 5}\n",
    "A123": GOOD + "    ca_file: targets.yaml\n",
    "Y111": GOOD + "    timout_s: 5\n",
    "Y112": GOOD.replace("    secrets: [env:DESK_SECRET]\n", ""),
    "Y113": GOOD + "    concurrency: 0\n",
    "Y114": GOOD + "    include: everything\n",
    "Y110": GOOD + "    allow_private: perhaps\n",
}


@pytest.mark.parametrize("code", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_to_do(tmp_path, code):
    found = problems(tmp_path, MISTAKES[code])
    assert [problem.code for problem in found] == [code]
    assert found[0].line


def test_every_code_is_tested():
    assert CODES.keys() <= MISTAKES.keys()


def test_every_mistake_is_told_at_once(tmp_path):
    text = MISTAKES["A114"].replace("[coach]", "[coahc]").replace("env:DESK_SECRET", "env:NO")
    found = problems(tmp_path, text)
    assert [problem.code for problem in found] == ["A114", "A116", "A118"]


@pytest.mark.parametrize(
    "url",
    ["ftp://x.example.com/", "https://", "https:///path", "https://x.example.com:99999/", "https://[::1", "https://x y.example.com/", "https://bücher.example/", f"https://{'a' * 70}.example/", "https://x.example/#a", "mailto:x@y.example"],
)  # fmt: skip
def test_what_is_no_address_is_told(tmp_path, url):
    found = problems(tmp_path, GOOD.replace("https://desk.example.com/hooks", f'"{url}"'))
    assert [problem.code for problem in found] == ["A113"]


@pytest.mark.parametrize("link", ["{", "{0}", "{turn.real}", "{turn!r:>{x}}", "{}"])
def test_a_link_can_say_only_what_it_is_meant_to(tmp_path, link):
    found = problems(tmp_path, GOOD + f'    link: "https://x.example/{link}"\n')
    assert [problem.code for problem in found] == ["A121"]


def test_a_variable_that_is_not_set_is_told_with_the_one_that_was_meant(tmp_path):
    [problem] = problems(tmp_path, MISTAKES["A118"])
    assert "DESK_SECRTE is not set" in problem.message
    assert problem.fix == 'did you mean "DESK_SECRET"?'


@pytest.mark.parametrize("secret", ["file:gone.txt", "file:.", "env:NO"])
def test_a_secret_that_is_not_there_is_told(tmp_path, secret):
    [problem] = problems(tmp_path, GOOD.replace("env:DESK_SECRET", secret))
    assert problem.code == "A118"


@pytest.mark.parametrize("text", ["", "targets", "targets: 5", "[", "- name: x"])
def test_a_file_that_is_something_else_is_told(tmp_path, text):
    assert problems(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadTargets, match="cannot be read"):
        read_targets(tmp_path / "gone.yaml", ACTIONS)

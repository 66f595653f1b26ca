"""`amity explain`: pages to read, and why rules ended so."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len

HERE = Path(__file__).parent
BUNDLE = HERE / "bundle"
GOLDEN = HERE / "explain"

TALK = {
    "id": "t-1",
    "channel": "CHANNEL_CHAT",
    "locale": "en",
    "participants": [{"id": "c", "role": "ROLE_CUSTOMER"}, {"id": "a", "role": "ROLE_AGENT"}],
    "turns": [
        {"participantId": "c", "text": "This is outrageous."},
        {"participantId": "a", "text": "One moment."},
        {"participantId": "c", "text": "Still waiting."},
        {"participantId": "a", "text": "I'm sorry. I'll write to you today."},
    ],
}


@pytest.fixture
def explained(amity):
    def run(*arguments: str, **env: str):
        where = ("--policies", str(BUNDLE), "--no-plugin", "amity_sentences")
        return amity("explain", "-", *arguments, *where, text=json.dumps(TALK), **env)

    return run


@pytest.mark.parametrize(
    ("name", "arguments", "width"),
    [
        ("bundle.80.txt", (), "80"),
        ("bundle.40.txt", (), "40"),
        ("bundle.md", ("-o", "markdown"), "80"),
        ("bundle.html", ("-o", "html"), "80"),
        ("promises.txt", ("--policy", "promises", "--rule", "threat-gets-time"), "80"),
    ],
)
def test_a_policy_is_a_page(name, arguments, width, amity, expect):
    result = amity("explain", str(BUNDLE), *arguments, COLUMNS=width)
    assert result.exit_code == 0, result.stderr
    expect(GOLDEN / name, result.stdout)


@pytest.mark.parametrize("width", [30, 57, 80, 200])
def test_no_line_is_wider_than_the_terminal(width, amity, explained):
    pages = amity("explain", str(BUNDLE), COLUMNS=str(width)).stdout
    reasons = explained(COLUMNS=str(width)).stdout
    beside = explained("--rule", "distress-is-heard", COLUMNS=str(width)).stdout
    for line in (pages + reasons + beside).splitlines():
        assert cell_len(line) <= width, line


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()
        self.links: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.links += [(name, value) for name, value in attrs if name in {"href", "src"}]
        if tag not in {"meta", "link"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_html_page_is_well_formed_and_loads_nothing(amity):
    page = amity("explain", str(BUNDLE), "-o", "html").stdout
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    assert not tags.seen & {"script", "link", "img", "iframe"}
    assert all(value.startswith("#") for _, value in tags.links)
    assert "http" not in page


def test_what_an_author_writes_cannot_become_markup(amity, tmp_path):
    text = (BUNDLE / "promises.yaml").read_text(encoding="utf-8")
    (tmp_path / "policy.yaml").write_text(
        text.replace("A promise is a beginning.", "<script>alert(1)</script> *so* `x`"), "utf-8"
    )
    html = amity("explain", str(tmp_path), "-o", "html").stdout
    markdown = amity("explain", str(tmp_path), "-o", "markdown").stdout
    assert "<script" not in html
    assert r"\<script\>alert(1)\</script\> \*so\* `x`" in markdown


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("talk.txt", ()), ("talk-rule.txt", ("--rule", "distress-is-heard"))],
)
def test_a_conversation_says_why(name, arguments, explained, expect):
    result = explained(*arguments, COLUMNS="80")
    assert result.exit_code == 0, result.stderr
    expect(GOLDEN / name, result.stdout)


def test_what_is_not_listed_is_counted(amity):
    turns = [
        {"participantId": "ca"[n % 2], "text": ["This is outrageous.", "One moment."][n % 2]}
        for n in range(50)
    ]
    text = json.dumps({**TALK, "turns": turns})
    options = ("--policies", str(BUNDLE))
    for more in ((), ("--rule", "distress-is-heard")):
        result = amity("explain", "-", *more, *options, text=text, COLUMNS="80")
        assert "and 5 more, not listed: 5 missed" in result.stdout


def test_json_is_the_decision_with_its_traces(explained):
    decision = json.loads(explained("-o", "json", "--rule", "distress-is-heard").stdout)
    assert decision["conversationId"] == "t-1"
    (trace,) = decision["traces"]
    near = trace["attempts"][0]["steps"][0]["condition"]["near"]
    assert near[0]["gaps"] == [{"kind": "GAP_KIND_WINDOW", "words": "1 agent turn too late"}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--policy", "car"), 'there is no policy "car" (did you mean "care"?)'),
        (("--rule", "no-dismisal"), 'did you mean "no-dismissal"?'),
        (("-o", "html"), "-o html is for policies"),
    ],
)
def test_what_is_not_there_is_told(arguments, said, explained):
    result = explained(*arguments)
    assert result.exit_code == 2
    assert said in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((str(BUNDLE), "-o", "json"), "-o json is for a conversation"),
        ((str(BUNDLE / "care.yaml"),), "I140"),
        (("no-such-folder",), "B101"),
        (("no-such-file.json",), "I101"),
    ],
)
def test_a_path_that_cannot_be_explained_is_told(arguments, said, amity):
    result = amity("explain", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr


def test_without_a_path_the_policies_that_amity_brings_are_shown(amity):
    result = amity("explain", "--policy", "team-culture", "--rule", "help-is-offered")
    assert result.exit_code == 0, result.stderr
    assert "Help is offered" in result.stdout

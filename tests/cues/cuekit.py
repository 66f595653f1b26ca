"""Building blocks of the tests of cues: packs from a few lines, and turns from a text."""

from __future__ import annotations

from collections.abc import Sequence

from amity.conversation import Conversation, Participant, Role, Turn
from amity.cues import CueMatcher, CuePack, CueScopes, compile_cues, load_pack, load_scopes
from amity.plugins.contract import TurnView, views
from amity.signals import builtin_catalogue
from amity.source import Problems, parse_yaml

PACK = """\
apiVersion: amity/v1
kind: CuePack
metadata: {name: test}
defaults: {score: 0.8}
signals:
  customer.anger:
"""
SCOPES = """\
apiVersion: amity/v1
kind: CueScopes
metadata: {name: test}
scopes:
"""


def pack(text: str, problems: Problems) -> CuePack:
    """The pack of a whole document."""
    node = parse_yaml(text, "pack.yaml", problems)
    assert node is not None, list(map(str, problems))
    loaded = load_pack(node, builtin_catalogue(), problems)
    assert loaded is not None, list(map(str, problems))
    return loaded


def scopes(text: str, problems: Problems) -> CueScopes:
    """The scopes of a whole document."""
    node = parse_yaml(text, "scopes.yaml", problems)
    assert node is not None, list(map(str, problems))
    loaded = load_scopes(node, problems)
    assert loaded is not None, list(map(str, problems))
    return loaded


def cue(body: str) -> str:
    """A pack with one cue of ``customer.anger``; *body* is its keys, one a line."""
    lines = "".join(f"      {line}\n" for line in body.strip().splitlines())
    return PACK + "    -" + lines[5:]


def matcher(packs: str | Sequence[str], scope_file: str = "", *, check: bool = False) -> CueMatcher:
    """A matcher without problems; examples are run only if asked."""
    problems = Problems()
    documents = [packs] if isinstance(packs, str) else packs
    loaded = [pack(document, problems) for document in documents]
    files = [scopes(scope_file, problems)] if scope_file else []
    made = compile_cues(loaded, files, problems, check_examples=check)
    assert not problems, list(map(str, problems))
    return made


def phrasing(*written: str, more: str = "") -> CueMatcher:
    """A matcher of one cue with these phrasings and keys."""
    quoted = ", ".join("'" + text.replace("'", "''") + "'" for text in written)
    return matcher(cue(f"cue: [{quoted}]\nmatches: [x]\nrejects: [y]\n{more}"))


def turn(text: str, *before: str, role: Role = Role.CUSTOMER) -> TurnView:
    """A turn of *role* after what the other side said."""
    other = Role.AGENT if role is not Role.AGENT else Role.CUSTOMER
    people = (Participant("other", other), Participant("speaker", role))
    turns = (*(Turn("other", said) for said in before), Turn("speaker", text))
    return views(Conversation("c", people, turns), len(before))[0]


def quotes(made: CueMatcher, text: str, *before: str) -> list[str]:
    """What the matcher finds in a customer's turn, as the slices of the text."""
    return [text[found.start : found.end] for found in made.find(turn(text, *before))]

"""Documents that cannot rot: what they show is run, and what there is, they mention."""

from __future__ import annotations

import inspect
import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import pytest
from click.testing import Result

from amity.cli.main import main
from amity.judge import open_judge
from amity.plugins import hookspecs
from amity.service.server import running_server

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
CLI_PAGE = ROOT / "docs" / "cli.md"
LINK = re.compile(r"\]\(([^)#]+)[^)]*\)")
HELP = re.compile(r"(<!-- help: ([^\n]+) -->\n```text\n)(.*?)(```)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    line: int
    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(*kinds: str) -> Iterator[Block]:
    for page in PAGES:
        kind, start, kept = "", 0, []
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.startswith("```"):
                kept.append(line)
            elif start:
                if kind in kinds:
                    yield Block(page.name, start, kind, "\n".join(kept) + "\n")
                start = 0
            else:
                kind, start, kept = line[3:].strip(), number, []


def console_lines() -> list[str]:
    lines = (line for block in blocks("console") for line in block.text.splitlines())
    return list(dict.fromkeys(line for line in lines if line.startswith("amity ")))


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


@pytest.mark.parametrize("line", console_lines())
def test_commands_in_the_documents_run(line: str, amity: Callable[..., Result], monkeypatch):
    monkeypatch.chdir(ROOT)
    result = amity(*shlex.split(line)[1:])
    assert result.exit_code < 2, result.stderr


@pytest.mark.parametrize("block", list(blocks("python")), ids=str)
def test_python_in_the_documents_compiles(block: Block):
    compile(block.text, str(block), "exec")


def test_python_in_the_readme_runs_against_a_server(capsys):
    block, _ = [block for block in blocks("python") if block.page == "README.md"]
    with running_server(open_judge()) as address:
        exec(compile(block.text.replace("127.0.0.1:50051", address), str(block), "exec"), {})  # noqa: S102 - our own
    said = capsys.readouterr().out
    assert "calm down" in said
    assert "coach: " in said


def test_the_cue_pack_in_the_readme_loads_beside_the_shipped_policies(amity, tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    [block] = [block for block in blocks("yaml") if block.page == "README.md"]
    (tmp_path / "cues.yaml").write_text(block.text, encoding="utf-8")
    conversation = (
        '{"id": "x", "participants": [{"id": "c", "role": "ROLE_CUSTOMER"}],'
        ' "turns": [{"participantId": "c", "text": "It is driving me round the twist."}]}'
    )
    folders = ("--policies", "policies", "--policies", str(tmp_path))
    result = amity("evaluate", "-", "-o", "json", *folders, text=conversation)
    assert "driving me round the twist" in result.stdout, result.stderr


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_help_in_the_documents_is_what_the_command_prints(path, amity, request):
    page = CLI_PAGE.read_text(encoding="utf-8")
    found = {match[2]: match for match in HELP.finditer(page)}
    name = " ".join(path)
    assert name in found, f"docs/cli.md has no help of amity {name}"
    printed = amity(*path, "--help").stdout
    if request.config.getoption("--bless"):
        match = found[name]
        CLI_PAGE.write_text(
            page[: match.start(3)] + printed + page[match.end(3) :], encoding="utf-8"
        )
    else:
        assert found[name][3] == printed


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_has_a_heading(path):
    assert f"\n## amity {' '.join(path)}\n" in CLI_PAGE.read_text(encoding="utf-8")


def hooks() -> list[str]:
    return [
        name
        for name, found in vars(hookspecs).items()
        if name.startswith("amity_") and callable(found)
    ]


@pytest.mark.parametrize("name", hooks())
def test_every_hook_is_documented_with_its_arguments(name):
    arguments = ", ".join(inspect.signature(getattr(hookspecs, name)).parameters)
    assert f"\n### {name}({arguments})\n" in (ROOT / "docs" / "plugins.md").read_text(
        encoding="utf-8"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_map_of_folders_is_true():
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Where things are")[2]
    folders = re.findall(r"^\| `([^`]+)/` \|", table, re.MULTILINE)
    assert folders
    assert all((ROOT / folder).is_dir() for folder in folders)

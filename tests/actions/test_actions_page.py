"""What docs/actions.md says is so: its targets load, its receiver verifies, its program delivers."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from tests.actions.receiverkit import new_database, opened, states

from amity.actions.read_targets import CODES, read_targets
from amity.actions.signature import new_secret
from amity.judge import open_judge
from amity.plugins.host import load_plugins
from amity.testkit import talk

PAGE = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")
SECRET = new_secret()


def blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def desk():
    """The receiver of the page on a free port; gives the port and the process."""
    receiver, _ = blocks("python")
    receiver = receiver.replace(".serve_forever()", "", 1)
    receiver = receiver.rstrip().replace("HTTPServer((", "server = HTTPServer((")
    receiver += "\nprint(server.server_port, flush=True)\nserver.serve_forever()\n"
    environment = {**os.environ, "DESK_SECRET": SECRET, "PORT": "0"}
    command = [sys.executable, "-c", receiver]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        yield int(process.stdout.readline()), process
        process.terminate()


def test_the_targets_of_the_page_load(tmp_path):
    [text] = blocks("yaml")
    (tmp_path / "targets.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "secrets").mkdir()
    for name in ("supervisors", "supervisors-new"):
        (tmp_path / "secrets" / name).write_text(new_secret(), encoding="utf-8")
    environment = {"DESK_SECRET": SECRET, "SUPERVISORS_URL": "https://hooks.example.com/x/y"}
    found = read_targets(tmp_path / "targets.yaml", load_plugins().actions, environment=environment)
    assert [target.name for target in found] == ["coaching-desk", "supervisors"]


def test_the_program_of_the_page_delivers_to_the_receiver_of_the_page(tmp_path, desk):
    port, process = desk
    [text], (_, program) = blocks("yaml"), blocks("python")
    mine = text.partition("  - name: supervisors")[0]
    url = f"http://127.0.0.1:{port}/\n    allow_private: true"
    mine = mine.replace("https://coaching.example.com/hooks/amity", url)
    (tmp_path / "targets.yaml").write_text(mine, encoding="utf-8")
    targets = read_targets(
        tmp_path / "targets.yaml", load_plugins().actions, environment={"DESK_SECRET": SECRET}
    )
    names: dict = {}
    exec(compile(program, "actions.md", "exec"), names)  # noqa: S102 - our own
    conversation = talk("customer: I am furious, nobody came", "agent: Please calm down.")
    decision = open_judge().evaluate(conversation)
    path = new_database(tmp_path)

    async def main() -> None:
        stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            group.create_task(names["deliver"](str(path), targets, stop))
            while set(states(database).values()) != {"delivered"}:  # noqa: ASYNC110 - a database
                await asyncio.sleep(0.02)
            stop.set()

    with opened(path) as database:
        database.write(lambda c: names["keep"](c, decision, conversation, targets))
        asyncio.run(main())
    said = process.stdout.readline().strip()
    assert said in {outcome.rule.coach for outcome in decision.outcomes}


def test_the_receiver_of_the_page_refuses_what_is_not_ours(desk):
    port, _ = desk
    headers = {"webhook-id": "x", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA v2,BBBB"}
    request = urllib.request.Request(f"http://127.0.0.1:{port}/", b"{}", headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)  # noqa: S310 - ours
    with caught.value as error:
        assert error.code == 401


def test_every_code_is_on_the_page_with_its_meaning():
    for code, meaning in CODES.items():
        assert f"| {code} | {meaning} |" in PAGE


def test_every_key_of_a_target_is_on_the_page():
    from amity.actions.read_targets import _OPTIONAL

    for key in ("name", "url", "actions", "secrets", *_OPTIONAL):
        assert f"\n| `{key}` |" in PAGE


def test_every_bundled_action_is_on_the_page():
    for name in load_plugins().actions:
        assert f"\n| `{name}` |" in PAGE

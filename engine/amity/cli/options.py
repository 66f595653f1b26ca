"""The options that several commands share, and the judge that they ask for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rich.console import Console

    from amity.judge import Judge

__all__ = ["judge_from", "judge_options", "master_key_option", "plugin_options", "stderr", "stdout"]

Command = TypeVar("Command", bound=Callable[..., Any])


def judge_options(command: Command) -> Command:
    """Add `--policies`, `--plugin` and `--no-plugin` to *command*."""
    policies = click.option(
        "--policies",
        metavar="DIR",
        multiple=True,
        type=click.Path(path_type=Path),
        help="A folder or bundle file of policies to judge by instead of those that Amity brings; repeatable.",
    )
    return policies(plugin_options(command))


def plugin_options(command: Command) -> Command:
    """Add `--plugin` and `--no-plugin` to *command*."""
    only = click.option(
        "--plugin",
        "enabled",
        metavar="NAME",
        multiple=True,
        help="Load only this plugin, or an optional one beside all; repeatable.",
    )
    without = click.option(
        "--no-plugin",
        "disabled",
        metavar="NAME",
        multiple=True,
        help="Leave out the plugin of this name; repeatable.",
    )
    return only(without(command))


def master_key_option(command: Command) -> Command:
    """Add `--master-key` to *command*."""
    return click.option(
        "--master-key",
        "master_keys",
        metavar="env:NAME|file:PATH",
        multiple=True,
        help="Where a master key of the log is, the current one first; repeatable.",
    )(command)


def judge_from(
    policies: tuple[Path, ...], enabled: tuple[str, ...], disabled: tuple[str, ...]
) -> Judge:
    """The judge that the shared options describe; AmityError with every problem if there is none."""
    from amity.judge import open_judge
    from amity.plugins.host import PluginSelection

    return open_judge(policies, plugins=PluginSelection(enabled=enabled, disabled=disabled))


def stdout(*, is_plain: bool = False) -> Console:
    """A console on standard output that never fails on a character that it cannot show."""
    import sys

    from rich.console import Console

    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")
    return Console(no_color=is_plain or None, highlight=False, emoji=False, markup=False)


def stderr() -> Console:
    """A console on standard error, for progress and remarks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, emoji=False, markup=False)

"""The command line: one module per command, and one boundary that turns our errors into messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, NoReturn

import click

from amity.errors import AmityError

__all__ = ["COMMANDS", "main"]

FINE, FINDINGS, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130

# The module of each command and its line in `amity --help`, so that help need import none of them.
COMMANDS = {
    "demo": ("amity.cli.demo", "Judge sample conversations over gRPC and show what Amity sees."),
    "serve": ("amity.cli.serve", "Serve the policies over gRPC."),
    "evaluate": ("amity.cli.evaluate", "Judge conversations from a file or from standard input."),
    "explain": (
        "amity.cli.explain",
        "Read policies in English, or see why each rule ended as it did on a conversation.",
    ),
    "lint": ("amity.cli.lint", "Find what is wrong or unwise in policies, cues and cases."),
    "bundle": ("amity.cli.bundle", "Pack a folder of policies into one file."),
    "sign": ("amity.cli.sign", "Sign a bundle file, or make a key to sign with."),
    "verify": ("amity.cli.verify", "Check that a bundle file is whole, and who signed it."),
    "test": ("amity.cli.cases", "Run the cases of policies, and see which outcomes none covers."),
    "diff": ("amity.cli.diff", "Say what changed between two sets of policies, and what it does."),
    "report": ("amity.cli.report", "Show how agents, teams or customers fared, from the log."),
    "signals": (
        "amity.cli.signals",
        "List the signals that policies speak of, and what they mean.",
    ),
    "bench": ("amity.cli.bench", "Measure how well things are detected in labelled turns."),
    "calibrate": (
        "amity.cli.calibrate",
        "Fit what scores are worth to turns that you have labelled.",
    ),
    "actions": ("amity.cli.actions", "See what is to be delivered, retry it, and deliver it."),
    "log": ("amity.cli.log", "Read the decision log, prove it, and forget what must be forgotten."),
    "plugins": ("amity.cli.plugins", "See which plugins are loaded and how they are doing."),
}


class LazyGroup(click.Group):
    """A group whose commands are imported when they run, and whose errors end in one place."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now; None if there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(COMMANDS[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands for `--help`, from our own table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(  # type: ignore[override]  # click's has overloads for its two modes
        self, args: Sequence[str] | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command that *args* name and leave the process with its exit code."""
        extra.pop("standalone_mode", None)
        sys.exit(
            _guarded(lambda: super(LazyGroup, self).main(args, standalone_mode=False, **extra))
        )

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; end quietly what click would end with a line or with a code of its own."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except BrokenPipeError:
            ctx.exit(_unread())


def _guarded(run: Callable[[], object]) -> int:
    """The exit code of *run*, with every mistake of the user told on stderr and no traceback."""
    try:
        code = run()
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return BAD_INPUT
    except AmityError as error:
        tell(error)
        return BAD_INPUT
    except BrokenPipeError:
        return _unread()
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    return code if isinstance(code, int) else FINE


def _unread() -> int:
    """End quietly: whoever read our output has seen enough, and Python need not complain at its exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FINE


def tell(error: AmityError) -> None:
    """Print *error* with all its problems on stderr."""
    summary = error.summary[:1].upper() + error.summary[1:].rstrip(".:")
    click.echo(f"{summary}:" if error.problems else f"{summary}.", err=True)
    tell_problems(error)


def tell_problems(error: AmityError) -> None:
    """Print the problems of *error* on stderr, a line for each."""
    for problem in error.problems:
        click.echo(f"  {problem}", err=True)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 96},
    epilog="Exit codes: 0 fine, 1 a duty was missed, 2 the input is not right.",
)
@click.version_option(package_name="amity-engine", message="amity %(version)s")
def main() -> None:
    """Amity judges how customers are treated in conversations, against policies that you can read."""


if __name__ == "__main__":
    main()

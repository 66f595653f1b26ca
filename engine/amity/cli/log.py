"""`amity log`: what was decided, and proof of it."""

from __future__ import annotations

from importlib import import_module

import click

__all__ = ["LOG_COMMANDS", "command"]

# As in `amity.cli.main`: help need import none of them.
LOG_COMMANDS = {
    "list": ("amity.cli.log_list", "List decisions, the newest first."),
    "show": ("amity.cli.log_show", "Show a decision with its conversation and all that followed."),
    "export": ("amity.cli.log_export", "Write decisions or disputes to a file."),
    "replay": ("amity.cli.log_replay", "Judge recorded conversations again, and compare."),
    "verify": ("amity.cli.log_verify", "Prove that nothing was changed, cut off or inserted."),
    "retain": ("amity.cli.log_retain", "Drop what has been kept for its time."),
    "erase": ("amity.cli.log_erase", "Forget a customer, and keep the log provable."),
}


class LogGroup(click.Group):
    """A group whose commands are imported when they run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The commands in the order in which they are met with."""
        return list(LOG_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, imported now; None if there is none of that name."""
        if cmd_name not in LOG_COMMANDS:
            return None
        found: click.Command = import_module(LOG_COMMANDS[cmd_name][0]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands for `--help`, from our own table."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in LOG_COMMANDS.items()])


@click.group("log", cls=LogGroup)
def command() -> None:
    """Read the decision log, and prove it.

    LOG is the file of a SQLite database, or an address such as postgresql://user@host/amity. A
    server may be writing to it meanwhile.
    """

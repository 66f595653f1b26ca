"""What the commands about the log have in common: which log, which decisions, how to open it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any, TypeVar

import click

from amity.conversation import Channel
from amity.decision import Verdict
from amity.errors import AmityError, Problem
from amity.evaluate.outcome import State

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from amity.log.filter import Filter
    from amity.log.reading import LogReader
    from amity.log.stored import StoredDecision

__all__ = [
    "LOG",
    "each_decision",
    "filter_from",
    "filter_options",
    "names_option",
    "opened",
    "seq_named",
    "wanted_in",
]

Command = TypeVar("Command", bound=Callable[..., Any])
LOG = click.argument("log", metavar="LOG")
STATES = [state.value for state in State if state is not State.NO_OPPORTUNITY]
CHANNELS = [each.value for each in Channel if each is not Channel.UNSPECIFIED]
PAGE = 500


class Moment(click.ParamType[datetime]):
    """A day or a time; without a zone, in UTC."""

    name = "moment"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The time, or a message that says how to write it."""
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == len("2026-03-01"):
                return datetime.combine(date.fromisoformat(value), time(), UTC)
            found = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f'"{value}" is no time; write 2026-03-01 or 2026-03-01T09:30Z', param, ctx)
        return found if found.tzinfo else found.replace(tzinfo=UTC)


_FILTERS = (
    click.option("--since", type=Moment(), metavar="TIME", help="Recorded at this time or later."),
    click.option("--until", type=Moment(), metavar="TIME", help="Recorded before this time."),
    click.option(
        "--agent",
        "agent_id",
        default="",
        metavar="ID",
        help="The agent who spoke most, or whose conduct a finding is about.",
    ),
    click.option("--team", default="", metavar="NAME", help="The agent's team."),
    click.option(
        "--customer",
        "customer_ref",
        default="",
        metavar="ID",
        help="The customer's own id, or the reference that the log has.",
    ),
    click.option("--channel", type=click.Choice(CHANNELS), help="The channel."),
    click.option("--verdict", type=click.Choice([v.value for v in Verdict]), help="The verdict."),
    click.option("--policy", default="", metavar="NAME", help="Has a finding of this policy."),
    click.option("--rule", default="", metavar="ID", help="Has a finding of this rule of it."),
    click.option("--state", type=click.Choice(STATES), help="Has a finding like that."),
    click.option("--text", default="", help="Has a finding whose reason has these words."),
    click.option("--digest", "policy_digest", default="", help="Judged by these policies."),
    click.option("--conversation", "conversation_id", default="", help="The conversation's id."),
    click.option(
        "--newest",
        "newest_only",
        is_flag=True,
        help="Only the newest decision on each conversation.",
    ),
)


def filter_options(command: Command) -> Command:
    """Add what narrows a list of decisions to *command*."""
    for option in reversed(_FILTERS):
        command = option(command)
    return command


def names_option(command: Command) -> Command:
    """Add `--master-key` to *command*, which needs it to know people's own ids again."""
    return click.option(
        "--master-key",
        "master_keys",
        metavar="env:NAME|file:PATH",
        multiple=True,
        help="Where a master key of the log is; with one, ids that the log has hashed are found by what they were.",
    )(command)


def wanted_in(reader: LogReader, wanted: Filter, master_keys: Sequence[str]) -> Filter:
    """*wanted* with the names that its customer and its conversation have in the log."""
    from amity.service.log_forms import Names

    if not (wanted.customer_ref or wanted.conversation_id):
        return wanted
    names = Names(reader, master_keys)
    return replace(
        wanted,
        customer_ref=names.customer(wanted.customer_ref),
        conversation_id=names.conversation(wanted.conversation_id),
    )


def filter_from(options: dict[str, Any]) -> Filter:
    """The filter in *options*, which are taken out of them."""
    from amity.log.filter import Filter

    since, until = options.pop("since"), options.pop("until")
    newest_only = options.pop("newest_only")
    names = [each for each in Filter.__slots__ if each in options]
    return Filter(
        since_us=_micros(since),
        until_us=_micros(until),
        newest_only=newest_only,
        **{each: options.pop(each) or "" for each in names},
    )


def _micros(at: datetime | None) -> int | None:
    return None if at is None else round(at.timestamp() * 1_000_000)


def opened(log: str) -> LogReader:
    """The log of that name, to read. Raises LogRefused."""
    from amity.log.log import open_reader

    return open_reader(log)


def each_decision(
    connection: Connection, wanted: Filter, log_id: str, limit: int | None = None
) -> Iterator[StoredDecision]:
    """The decisions that *wanted* describes, the newest first, no more than *limit*."""
    from amity.log.query import list_decisions

    token, left = "", limit
    while left is None or left > 0:
        size = PAGE if left is None else min(PAGE, left)
        page = list_decisions(connection, wanted, log_id, page_size=size, page_token=token)
        yield from page.decisions
        if left is not None:
            left -= len(page.decisions)
        token = page.next_token
        if not token:
            return


def seq_named(reader: LogReader, name: str, master_keys: Sequence[str] = ()) -> int:
    """The record that *name* means: its number, a decision's id or a conversation's."""
    from amity.service.log_forms import Names

    known = Names(reader, master_keys).conversation(name)
    with reader.read() as connection:
        return _seq_named(connection, name, known)


def _seq_named(connection: Connection, name: str, conversation_id: str) -> int:
    from amity.log.stored import newest_by_conversation, newest_by_id, stored_decisions

    seq = newest_by_id(connection, name) or newest_by_conversation(connection, conversation_id)
    if (
        seq is None
        and name.isascii()
        and name.isdigit()
        and stored_decisions(connection, [int(name)])
    ):
        return int(name)
    if seq is None:
        fix = "give a record's number, a decision's id or a conversation's; see `amity log list`"
        problem = Problem("C161", f'there is no decision "{name}"', fix=fix)
        raise AmityError("The decision is not there.", [problem])
    return seq

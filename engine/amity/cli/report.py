"""`amity report`: how an agent, a team, a customer, a channel or everybody did, from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from amity.cli.log_options import names_option
from amity.cli.main import FINE
from amity.cli.options import stderr, stdout

if TYPE_CHECKING:
    from amity.reports.card import Scorecard, Subject, Titles
    from amity.reports.moments import Moment, Wanted
    from amity.reports.period import Period

    Moments = Mapping[tuple[str, str], Sequence[Moment]]

__all__ = ["command"]

_DAYS = 28
_MOST = 3660
_STATES = ("missed", "shown", "abstained", "pending")


@click.command("report")
@click.option("--log", "log", metavar="FILE|URL", required=True, help="The decision log to read.")
@click.option("--agent", metavar="ID", help="Only what this agent did.")
@click.option("--team", metavar="NAME", help="Only this team.")
@click.option(
    "--customer",
    metavar="ID",
    help="Only this customer, by their own id or the reference in the log.",
)
@click.option("--channel", metavar="NAME", help="Only this channel: chat, email, voice…")
@click.option(
    "--from", "first", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
    help="The first day, in UTC.  [default: 27 days before the last]",
)  # fmt: skip
@click.option(
    "--to", "last", type=click.DateTime(["%Y-%m-%d"]), metavar="DAY",
    help="The last day, in UTC.  [default: today]",
)  # fmt: skip
@click.option(
    "--by", type=click.Choice(["team", "agent", "channel"]), help="Break it down by this as well."
)
@click.option(
    "--parts", type=click.IntRange(1, 1000), default=100, show_default=True, metavar="N",
    help="With --by: show so many at most, those with the most opportunities.",
)  # fmt: skip
@click.option("--policy", default="", metavar="NAME", help="Only this policy.")
@click.option(
    "--minimum", type=click.IntRange(min=0), default=5, show_default=True, metavar="N",
    help="Give no rate for fewer opportunities.",
)  # fmt: skip
@click.option(
    "--rule", "rule", metavar="POLICY/RULE",
    help="Show the moments of this rule instead of the scorecard.",
)  # fmt: skip
@click.option(
    "--state", type=click.Choice(_STATES), default="missed", show_default=True,
    help="With --rule: the moments that ended so.",
)  # fmt: skip
@click.option("--after", metavar="PLACE", help="With --rule: go on where the last page ended.")
@click.option(
    "--moments", "count", type=click.IntRange(1, 1000), default=10, show_default=True, metavar="N",
    help="How many moments to show: of each number with -o html or json, in all with --rule.",
)  # fmt: skip
@click.option(
    "-o", "--output", type=click.Choice(["table", "json", "html", "svg"]), default="table",
    show_default=True, help="How to show it.",
)  # fmt: skip
@click.option("--plain", is_flag=True, help="No colour.")
@names_option
@click.option(
    "--policies", metavar="DIR", multiple=True, type=click.Path(path_type=Path),
    help="A folder or bundle file whose titles to call policies and rules by; repeatable.",
)  # fmt: skip
def command(
    *,
    log: str,
    agent: str | None,
    team: str | None,
    customer: str | None,
    channel: str | None,
    first: datetime | None,
    last: datetime | None,
    by: str | None,
    parts: int,
    policy: str,
    minimum: int,
    rule: str | None,
    state: str,
    after: str | None,
    count: int,
    output: str,
    plain: bool,
    master_keys: tuple[str, ...],
    policies: tuple[Path, ...],
) -> int:
    """Show a scorecard from the decision log: what was shown and missed, and how sure that is.

    It is of all conversations unless an agent, a team, a customer or a channel is named. Days are
    those of UTC on which the decisions were made, and the period is compared with the one of the
    same length before it. docs/scorecards.md says how to read it.
    """
    if customer is not None:
        customer = _customer(log, customer, master_keys)
    subject = _subject(agent=agent, team=team, customer=customer, channel=channel)
    period = _period(first, last)
    if rule is not None:
        if output != "table":
            raise click.UsageError("--rule shows moments in the terminal only; leave out -o.")
        wanted, place = _wanted(subject, period, rule, state), _place(after)
        _show_moments(log, wanted, count, place, is_plain=plain)
        return FINE
    asked = _Asked(subject, period, minimum, by, policy, parts)
    if output == "table":
        from amity.cli.render.scorecard import print_scorecard

        card, _ = _made(log, asked, policies, 0)
        print_scorecard(card, stdout(is_plain=plain))
    else:
        click.echo(_FORMS[output](*_made(log, asked, policies, count)))
    return FINE


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the scorecard is to be of."""

    subject: Subject
    period: Period
    minimum: int
    by: str | None
    policy: str
    most_parts: int


def _subject(**named: str | None) -> Subject:
    from amity.reports.card import Dimension, Subject

    given = {name: value for name, value in named.items() if value is not None}
    if len(given) > 1:
        names = " and ".join(f"--{name}" for name in given)
        raise click.UsageError(f"{names} do not go together; name one.")
    for name, value in given.items():
        return Subject(Dimension(name), value)
    return Subject()


def _customer(log: str, name: str, master_keys: tuple[str, ...]) -> str:
    from amity.log.log import open_reader
    from amity.service.log_forms import Names

    with open_reader(log) as reader:
        return Names(reader, master_keys).customer(name)


def _period(first: datetime | None, last: datetime | None) -> Period:
    from amity.reports.period import Period, today

    end = last.date() if last else today()
    if first is None:
        return Period.ending(end, _DAYS)
    if first.date() > end:
        raise click.UsageError(f"The period ends on {end}, before it begins on {first.date()}.")
    period = Period(first.date(), end)
    if period.days > _MOST or first.date().toordinal() <= period.days:
        raise click.UsageError(f"The period has {period.days:,} days; ask for fewer.")
    return period


def _wanted(subject: Subject, period: Period, rule: str, state: str) -> Wanted:
    from amity.evaluate.outcome import State
    from amity.reports.moments import Wanted

    policy, slash, name = rule.partition("/")
    if not (policy and slash and name):
        raise click.UsageError("--rule takes a policy and a rule: trust-building/no-dismissal.")
    return Wanted(subject, period, policy, name, State(state))


def _place(after: str | None) -> tuple[int, int] | None:
    if after is None:
        return None
    seq, dot, number = after.partition(".")
    if not (dot and seq.isdecimal() and number.isdecimal()):
        raise click.UsageError("--after takes what the last page said: 1234.0.")
    return int(seq), int(number)


def _made(
    log: str, asked: _Asked, policies: tuple[Path, ...], count: int
) -> tuple[Scorecard, Moments]:
    """The scorecard and its moments, from one snapshot of the log."""
    from amity.log.log import open_reader
    from amity.reports.card import Dimension
    from amity.reports.moments import moments_behind
    from amity.reports.scorecard import scorecard

    titles = _titles(policies)
    with _waiting("Counting"), open_reader(log) as reader, reader.read() as connection:
        card = scorecard(
            connection,
            asked.subject,
            asked.period,
            minimum=asked.minimum,
            by=Dimension(asked.by) if asked.by else None,
            policy=asked.policy,
            titles=titles,
            most_parts=asked.most_parts,
        )
        return card, moments_behind(connection, card, count)


def _titles(policies: tuple[Path, ...]) -> Titles:
    from amity.reports.card import Titles

    if not policies:
        return Titles()
    from amity.cues.kept import KeptCues
    from amity.plugins.host import load_plugins
    from amity.policy.bundle import load_bundle

    with _waiting("Reading the policies"):
        host = load_plugins()
        bundle = load_bundle(
            policies,
            host.catalogue,
            actions=host.actions,
            check_examples=False,
            kept=KeptCues.default(),
        )
    return Titles.of(bundle.policies)


def _show_moments(
    log: str, wanted: Wanted, count: int, place: tuple[int, int] | None, *, is_plain: bool
) -> None:
    from amity.cli.render.scorecard import print_moments
    from amity.log.log import open_reader
    from amity.reports.moments import moments

    with _waiting("Looking"), open_reader(log) as reader, reader.read() as connection:
        page = moments(connection, wanted, limit=count, after=place)
    print_moments(page, wanted, stdout(is_plain=is_plain))


def _json(card: Scorecard, moments: Moments) -> str:
    """The JSON of the message GetScorecardResponse."""
    from amity.service.wire_scorecard import scorecard_json

    return scorecard_json(card, moments)


def _html(card: Scorecard, moments: Moments) -> str:
    from amity.reports.html import scorecard_html

    return scorecard_html(card, moments)


def _svg(card: Scorecard, _: Moments) -> str:
    from amity.reports.svg import picture

    return picture(card)


_FORMS: dict[str, Callable[[Scorecard, Moments], str]] = {
    "json": _json,
    "html": _html,
    "svg": _svg,
}


@contextmanager
def _waiting(what: str) -> Iterator[None]:
    """Say what is being waited for, if a person is watching."""
    console = stderr()
    if not console.is_terminal:
        yield
        return
    with console.status(f"{what}…"):
        yield

"""Lists of decisions: filters through the indexes, pages that stay right while records are added.

A list is of the log as it was when its first page was asked for, newest first, and each page goes on
below the record at which the one before ended. Records are only ever added at the upper end, so no
decision is given twice and none is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from amity.errors import Problem
from amity.log.filter import BadQuery, Filter
from amity.log.page_token import Position, read_token, token_of
from amity.log.search import Search
from amity.log.stored import StoredDecision, first_stored, last_seq
from amity.log.tables import decisions

__all__ = ["MOST_COUNTED", "MOST_ON_A_PAGE", "Page", "check_page_size", "list_decisions"]

MOST_ON_A_PAGE = 1_000
USUAL_ON_A_PAGE = 50
MOST_COUNTED = 1_000
# A decision in a language that no policy is written for has 38 findings, and usual ones have 8: a
# page is as large as its findings are many, and a message has its bounds.
MOST_FINDINGS = 20  # for each decision that is asked for, on the average
MOST_FINDINGS_IN_ALL = 10_000


@dataclass(frozen=True, slots=True)
class Page:
    """Some decisions, the token of the page after them ("" on the last), and how many there are in all.

    Where ``is_total_least`` there are more than ``total``, which are not counted.
    """

    decisions: tuple[StoredDecision, ...]
    next_token: str = ""
    total: int | None = None
    is_total_least: bool = False


def check_page_size(size: int) -> int:
    """*size*, or the usual size for 0. Raises BadQuery where it is not between 1 and the most."""
    if 0 <= size <= MOST_ON_A_PAGE:
        return size or USUAL_ON_A_PAGE
    message = f"a page of {size:,} is asked for; 1 to {MOST_ON_A_PAGE:,} are allowed"
    fix = "ask for fewer, and go on with the page token"
    raise BadQuery(message, [Problem("C171", message, field="page_size", fix=fix)])


def list_decisions(
    connection: Connection,
    wanted: Filter,
    log_id: str,
    *,
    page_size: int = 0,
    page_token: str = "",
    with_total: bool = False,
) -> Page:
    """A page of the decisions that *wanted* describes, the newest first.

    A page may have fewer than were asked for and a next one all the same, where much had to be
    looked at, or where what is on it has many findings. Raises BadQuery and BadPageToken.
    """
    size = check_page_size(page_size)
    wanted.check()
    listed = wanted.digest()
    if page_token:
        position = read_token(page_token, listed, log_id)
    else:
        upper = last_seq(connection)
        position = Position(upper, upper + 1)
    lowest, beyond = _records_of(connection, wanted, position.upper)
    search = Search(wanted, position.upper, lowest)
    found = search.page(connection, min(position.before, beyond), size)
    most = min(size * MOST_FINDINGS, MOST_FINDINGS_IN_ALL)
    its = tuple(first_stored(connection, found.seqs, most))
    is_cut = 0 < len(its) < len(found.seqs)
    below = its[-1].seq if is_cut else found.goes_on_below
    token = ""
    if below is not None:
        token = token_of(Position(position.upper, below), listed, log_id)
    if not with_total:
        return Page(its, token)
    total = search.count(connection, beyond, MOST_COUNTED + 1)
    return Page(its, token, min(total, MOST_COUNTED), total > MOST_COUNTED)


def _records_of(connection: Connection, wanted: Filter, upper: int) -> tuple[int, int]:
    """The first record that can be meant, and the first after it that is too new."""
    lowest, beyond = 1, upper + 1
    if wanted.since_us is not None:
        lowest = _first_at(connection, wanted.since_us)
    if wanted.until_us is not None:
        beyond = min(beyond, _first_at(connection, wanted.until_us))
    if wanted.policy_digest:
        # Policies judge for a while, and then others do.
        judged = _judged(connection, wanted.policy_digest)
        lowest, beyond = max(lowest, judged.start), min(beyond, judged.stop)
    return lowest, beyond


def _judged(connection: Connection, digest: str) -> range:
    """The records from the first to the last decision by the policies of *digest*."""
    # Asked as the ends of an order, for which only the index of digests will do.
    seq, its = decisions.c.seq, decisions.c.policy_digest
    up = select(its, seq).where(its >= digest).order_by(its, seq)
    down = select(its, seq).where(its <= digest).order_by(its.desc(), seq.desc())
    ends = [connection.execute(each.limit(1)).first() for each in (up, down)]
    found = [row.seq for row in ends if row is not None and row.policy_digest == digest]
    return range(min(found), max(found) + 1) if found else range(0)


def _first_at(connection: Connection, at_us: int) -> int:
    # Times follow the order of records, so a span of time is a span of records.
    first = (
        select(decisions.c.seq)
        .where(decisions.c.at_us >= at_us)
        .order_by(decisions.c.at_us, decisions.c.seq)
        .limit(1)
    )
    found = connection.execute(first).scalar()
    return last_seq(connection) + 1 if found is None else int(found)

"""The outbox in both databases: claims, leases, and what becomes of a message."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.actions.receiverkit import fill, message, states

from amity.actions import listing, outbox
from amity.actions.outbox import MAX_WAIT_S, SECOND, Claim

NOW = 1_700_000_100 * SECOND


def take(database, limit=10, *, owner="w1", now=NOW, lease_s=60.0, abandoned=()):
    wanted = Claim(owner, now, lease_s, limit)
    return database.write(lambda c: outbox.claim(c, "desk", wanted, abandoned))


def test_a_message_is_put_in_once_however_often_it_is_asked_for(either):
    for expected in (2, 0):
        added = either.write(lambda c: outbox.enqueue(c, [message(1), message(2), message(1)]))
        assert added == expected


def test_what_is_put_in_goes_with_the_transaction_that_it_is_part_of(either):
    def fails(connection):
        outbox.enqueue(connection, [message(1)])
        raise KeyError("the decision could not be written")

    with pytest.raises(KeyError):
        either.write(fails)
    assert states(either) == {}


def test_a_claim_takes_the_oldest_and_nobody_else_gets_them_while_the_lease_lives(either):
    fill(either, 5)
    assert [found.id for found in take(either, 3)] == ["msg_0000", "msg_0001", "msg_0002"]
    assert [found.id for found in take(either, owner="w2")] == ["msg_0003", "msg_0004"]
    assert take(either, owner="w3", now=NOW + 59 * SECOND) == []


def test_a_lease_that_ran_out_is_claimed_again_as_another_attempt(either):
    fill(either, 1)
    [first] = take(either)
    [second] = take(either, owner="w2", now=NOW + 60 * SECOND)
    assert (first.attempt, second.attempt) == (1, 2)


def test_who_lost_the_lease_cannot_defer_or_bury_but_what_arrived_has_arrived(either):
    fill(either, 1)
    [lost] = take(either)
    [held] = take(either, owner="w2", now=NOW + 60 * SECOND)
    assert not either.write(lambda c: outbox.defer(c, lost, NOW, "late", None))
    assert not either.write(lambda c: outbox.bury(c, lost, "late", None, NOW))
    assert states(either) == {"msg_0000": "claimed"}
    either.write(lambda c: outbox.mark_delivered(c, lost, 200, NOW))
    assert not either.write(lambda c: outbox.defer(c, held, NOW, "down", 500))
    assert states(either) == {"msg_0000": "delivered"}


def test_two_workers_at_once_never_hold_the_same_message(either):
    fill(either, 120)

    def work(owner: str) -> list[str]:
        taken: list[str] = []
        while found := take(either, 7, owner=owner):
            taken += [claimed.id for claimed in found]
        return taken

    with ThreadPoolExecutor(4) as pool:
        everything = [key for taken in pool.map(work, ["w1", "w2", "w3", "w4"]) for key in taken]
    # PostgreSQL passes over rows that another is just claiming, so some may be left for the next.
    everything += work("last")
    assert sorted(everything) == sorted(states(either))


def test_a_clock_put_back_leaves_no_message_waiting_for_its_return(either):
    fill(either, 1)
    [held] = take(either)
    either.write(lambda c: outbox.defer(c, held, NOW + 5 * SECOND, "down", 500))
    long_ago = NOW - (MAX_WAIT_S + 60) * SECOND
    assert [found.id for found in take(either, now=long_ago)] == ["msg_0000"]


def test_a_claim_that_its_observer_saw_unchanged_is_due_whatever_the_clock_says(either):
    fill(either, 2)
    first, second = take(either)
    yesterday = NOW - 24 * 3600 * SECOND
    assert take(either, now=yesterday) == []
    stale = [(first.id, first.attempt), (second.id, second.attempt + 1)]
    assert [found.id for found in take(either, now=yesterday, abandoned=stale)] == [first.id]


def test_what_is_given_back_has_not_been_an_attempt(either):
    fill(either, 1)
    [held] = take(either)
    assert either.write(lambda c: outbox.give_back(c, held, NOW))
    [again] = take(either)
    assert again.attempt == 1


def test_a_delivered_message_keeps_nothing_of_what_it_said(either):
    fill(either, 1)
    [held] = take(either)
    either.write(lambda c: outbox.mark_delivered(c, held, 200, NOW))
    with either.read() as connection:
        kept = connection.exec_driver_sql("SELECT payload FROM outbox").scalar_one()
    assert bytes(kept) == b""


def test_dead_letters_are_kept_until_somebody_retries_them(either):
    fill(either, 3)
    for held in take(either):
        either.write(lambda c, held=held: outbox.bury(c, held, "it answered 500", 500, NOW))
    assert take(either, now=NOW + 10**15) == []
    assert either.write(lambda c: outbox.forget_delivered(c, NOW + 10**15)) == 0
    assert either.write(lambda c: outbox.retry(c, NOW, ids=["msg_0001"])) == ["msg_0001"]
    [again] = take(either)
    assert (again.id, again.attempt) == ("msg_0001", 1)
    assert len(either.write(lambda c: outbox.retry(c, NOW, target="desk"))) == 2


def test_what_was_delivered_long_ago_is_forgotten(either):
    fill(either, 2)
    first, _ = take(either)
    either.write(lambda c: outbox.mark_delivered(c, first, 200, NOW))
    assert either.write(lambda c: outbox.forget_delivered(c, NOW)) == 0
    assert either.write(lambda c: outbox.forget_delivered(c, NOW + 1)) == 1
    assert states(either) == {"msg_0001": "claimed"}


def test_entries_and_counts_say_how_it_stands(either):
    fill(either, 3)
    held, *_ = take(either, 1)
    either.write(lambda c: outbox.defer(c, held, NOW + SECOND, "it answered 503", 503))
    with either.read() as connection:
        [entry] = listing.entries(connection, ids=[held.id])
        counts = {(found.target, found.state): found.count for found in listing.backlog(connection)}
    assert (entry.state, entry.attempts, entry.last_status) == ("waiting", 1, 503)
    assert entry.last_error == "it answered 503"
    assert counts == {("desk", "waiting"): 3}

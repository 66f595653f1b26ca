"""The worker against real receivers: what arrives, what is tried again, what is given up."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from collections import Counter

import pytest
from sqlalchemy.exc import OperationalError
from standardwebhooks import Webhook
from tests.actions.receiverkit import QUICK, fill, states, target, targets

from amity.actions import listing, outbox
from amity.actions.delivery import Delivery, Ending, StoreFailed, WorkerSettings, wall_clock
from amity.actions.outbox import SECOND, Claim
from amity.actions.signature import new_secret, parse_key
from amity.actions.targets import Retries
from amity.actions.waiting import BreakerState
from amity.actions.worker import Worker


def worker(database, *found, told: list[Delivery] | None = None, **more) -> Worker:
    given = {"settings": QUICK, "source": random.Random(1), **more}
    report = told.append if told is not None else lambda _delivery: None
    return Worker(database, targets(*found), report=report, **given)


async def until(condition, within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not condition():  # noqa: ASYNC110 - it looks at a database
            await asyncio.sleep(0.01)


def run_until(working: Worker, condition) -> None:
    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(working.run())
            try:
                await until(condition)
            finally:
                working.stop()

    asyncio.run(main())


def counts(database) -> Counter[str]:
    return Counter(states(database).values())


def test_everything_arrives_as_a_signed_event(either, receiver):
    secret = new_secret()
    ids = fill(either, 20)
    asyncio.run(worker(either, target(receiver.url(), keys=(parse_key(secret),))).drain())
    assert sorted(receiver.ids()) == ids
    assert counts(either) == {"delivered": 20}
    got = receiver.got[0]
    assert got.headers["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert Webhook(secret).verify(got.body, got.headers) == got.event


def test_while_a_secret_is_rotated_either_of_the_two_verifies(database, receiver):
    new, old, wrong = new_secret(), new_secret(), new_secret()
    fill(database, 1)
    keys = (parse_key(new), parse_key(old))
    asyncio.run(worker(database, target(receiver.url(), keys=keys)).drain())
    [got] = receiver.got
    assert Webhook(new).verify(got.body, got.headers) == got.event
    assert Webhook(old).verify(got.body, got.headers) == got.event
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(wrong).verify(got.body, got.headers)


def test_what_fails_is_tried_again_with_the_same_id_until_it_is_taken(database, receiver):
    seen: Counter[str] = Counter()

    def answer(got):
        seen[got.id] += 1
        return (204 if seen[got.id] > 2 else 400, {}, b"")

    receiver.answer = answer
    ids = fill(database, 3)
    told: list[Delivery] = []
    run_until(
        worker(database, target(receiver.url()), told=told),
        lambda: counts(database) == {"delivered": 3},
    )
    assert seen == dict.fromkeys(ids, 3)
    endings = Counter(delivery.ending for delivery in told)
    assert endings == {Ending.FAILED: 6, Ending.DELIVERED: 3}


def test_what_fails_every_time_is_a_dead_letter_and_a_retry_by_hand_delivers_it(database, receiver):
    receiver.answer = lambda _got: (400, {}, b"secret words of the receiver")
    fill(database, 1)
    run_until(worker(database, target(receiver.url())), lambda: counts(database) == {"dead": 1})
    assert len(receiver.got) == 4
    with database.read() as connection:
        [entry] = listing.entries(connection)
    assert (entry.last_error, entry.last_status) == ("it answered 400", 400)
    receiver.answer = lambda _got: (204, {}, b"")
    database.write(lambda c: outbox.retry(c, wall_clock()))
    asyncio.run(worker(database, target(receiver.url())).drain())
    assert counts(database) == {"delivered": 1}
    assert set(receiver.ids()) == {"msg_0000"}


def test_a_receiver_that_is_gone_for_good_is_asked_once(database, receiver):
    receiver.answer = lambda _got: (410, {}, b"")
    fill(database, 1)
    asyncio.run(worker(database, target(receiver.url())).drain())
    assert counts(database) == {"dead": 1}
    assert len(receiver.got) == 1


def test_a_target_that_asks_to_be_left_alone_is_left_alone(database, receiver):
    receiver.answer = lambda _got: (429, {"retry-after": "3600"}, b"")
    fill(database, 3)
    working = worker(database, target(receiver.url(), concurrency=1))
    before = wall_clock()
    asyncio.run(working.drain())
    assert len(receiver.got) == 1
    assert working.breakers == {"desk": BreakerState.OPEN}
    with database.read() as connection:
        [tried] = [e for e in listing.entries(connection) if e.attempts]
    assert tried.not_before >= before + 3600 * SECOND


def test_a_target_that_is_down_is_left_alone_and_its_messages_keep_their_attempts(
    database, receiver
):
    receiver.answer = lambda _got: (503, {}, b"")
    fill(database, 30)
    working = worker(database, target(receiver.url(), concurrency=1, retries=Retries(4, 60, 60)))
    asyncio.run(working.drain())
    assert len(receiver.got) == 5
    assert working.breakers == {"desk": BreakerState.OPEN}
    with database.read() as connection:
        assert Counter(e.attempts for e in listing.entries(connection)) == {0: 25, 1: 5}


def test_after_a_rest_one_message_is_tried_and_success_lets_the_rest_go(database, receiver):
    steady = [0.0]
    receiver.answer = lambda _got: (503, {}, b"")
    fill(database, 30)
    working = worker(
        database,
        target(receiver.url(), concurrency=1, retries=Retries(4, 0.01, 0.01)),
        steady=lambda: steady[0],
    )
    asyncio.run(working.drain())
    steady[0] += 6
    again = worker(database, target(receiver.url()), steady=lambda: steady[0])
    again._desks = working._desks  # the same process a little later
    assert again.breakers == {"desk": BreakerState.HALF_OPEN}
    asyncio.run(again.drain())
    assert (len(receiver.got), again.breakers) == (6, {"desk": BreakerState.OPEN})
    steady[0] += 11
    receiver.answer = lambda _got: (204, {}, b"")
    last = worker(database, target(receiver.url()), steady=lambda: steady[0])
    last._desks = working._desks
    run_until(last, lambda: counts(database) == {"delivered": 30})
    assert last.breakers == {"desk": BreakerState.CLOSED}


def test_no_more_is_under_way_at_a_target_than_it_allows(database, receiver):
    lock, now, most = threading.Lock(), [0], [0]

    def answer(_got):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.01)
        with lock:
            now[0] -= 1
        return 204, {}, b""

    receiver.answer = answer
    fill(database, 24)
    asyncio.run(worker(database, target(receiver.url(), concurrency=3)).drain())
    assert counts(database) == {"delivered": 24}
    assert most[0] == 3


def test_one_target_that_hangs_holds_no_other_up(database, receiver):
    release = threading.Event()
    receiver.answer = lambda got: (
        (release.wait(20) and 204, {}, b"") if got.path == "/slow" else (204, {}, b"")
    )
    fill(database, 10, "slow")
    fill(database, 10, "quick", first=10)
    slow = target(receiver.url(path="/slow"), name="slow")
    quick = target(receiver.url(path="/quick"), name="quick")

    def arrived() -> bool:
        return Counter(got.path for got in receiver.got)["/quick"] == 10

    def condition() -> bool:
        if arrived():
            release.set()
        return arrived()

    run_until(worker(database, slow, quick), condition)
    assert Counter(got.path for got in receiver.got)["/quick"] == 10


def test_two_workers_at_once_deliver_each_message_once(either, receiver):
    ids = fill(either, 60)

    async def both() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(2):
                group.create_task(worker(either, target(receiver.url())).drain())

    asyncio.run(both())
    asyncio.run(worker(either, target(receiver.url())).drain())
    assert sorted(receiver.ids()) == ids


def test_what_a_vanished_worker_held_is_delivered_when_its_lease_is_over(database, receiver):
    fill(database, 1)
    database.write(lambda c: outbox.claim(c, "desk", Claim("gone", wall_clock(), 0.2, 1)))
    working = worker(database, target(receiver.url()))
    asyncio.run(working.drain())
    assert receiver.got == []
    run_until(worker(database, target(receiver.url())), lambda: len(receiver.got) == 1)


def test_a_clock_put_back_does_not_keep_what_a_vanished_worker_held(database, receiver):
    fill(database, 1, "desk")
    tomorrow = wall_clock() + 20 * 3600 * SECOND
    database.write(lambda c: outbox.claim(c, "desk", Claim("gone", tomorrow, 60, 1)))
    quick = WorkerSettings(poll_every_s=0.02, lease_margin_s=0.1)
    found = target(receiver.url(), timeout_s=0.2)
    run_until(worker(database, found, settings=quick), lambda: len(receiver.got) == 1)


def test_a_worker_that_is_stopped_finishes_what_is_under_way(database, receiver):
    begun = threading.Event()

    def answer(_got):
        begun.set()
        time.sleep(0.1)
        return 204, {}, b""

    receiver.answer = answer
    fill(database, 1)
    run_until(worker(database, target(receiver.url())), begun.is_set)
    assert counts(database) == {"delivered": 1}


def test_what_cannot_be_finished_in_time_is_given_back_uncounted(database, receiver):
    begun, release = threading.Event(), threading.Event()

    def answer(_got):
        begun.set()
        release.wait(20)
        return 204, {}, b""

    receiver.answer = answer
    fill(database, 1)
    quick = WorkerSettings(poll_every_s=0.02, grace_s=0.05)
    run_until(worker(database, target(receiver.url()), settings=quick), begun.is_set)
    release.set()
    with database.read() as connection:
        [entry] = listing.entries(connection)
    assert (entry.state, entry.attempts) == ("waiting", 0)


def test_a_store_that_fails_for_a_while_costs_no_message(database, receiver):
    class Shaky:
        """Every third transaction fails, as when a database server is restarted."""

        calls = 0

        def read(self):
            return database.read()

        def write(self, change):
            self.calls += 1
            if self.calls % 3 == 0:
                raise OperationalError("…", {}, Exception("the server closed the connection"))
            return database.write(change)

    told: list[Delivery] = []
    ids = fill(database, 12)
    shaky = worker(Shaky(), target(receiver.url()), told=told)  # type: ignore[arg-type]
    run_until(shaky, lambda: counts(database) == {"delivered": 12})
    assert sorted(set(receiver.ids())) == ids
    assert Ending.STORE_FAILED in {delivery.ending for delivery in told}


def test_a_drain_whose_store_fails_does_not_end_as_if_all_were_done(database, receiver):
    class Broken:
        def read(self):
            raise OperationalError("…", {}, Exception("disk I/O error"))

        def write(self, change):
            raise OperationalError("…", {}, Exception("disk I/O error"))

    with pytest.raises(StoreFailed, match="A103 the store failed"):
        asyncio.run(worker(Broken(), target(receiver.url())).drain())  # type: ignore[arg-type]


def test_what_was_delivered_long_ago_is_forgotten_by_and_by(database, receiver):
    fill(database, 30)
    for taken in database.write(lambda c: outbox.claim(c, "desk", Claim("w", wall_clock(), 9, 30))):
        database.write(lambda c, taken=taken: outbox.mark_delivered(c, taken, 200, SECOND))
    run_until(worker(database, target(receiver.url())), lambda: not states(database))


def test_messages_for_a_target_that_is_not_configured_wait(database, receiver):
    fill(database, 2, "desk")
    fill(database, 1, "other", first=5)
    asyncio.run(worker(database, target(receiver.url())).drain())
    assert counts(database) == {"delivered": 2, "waiting": 1}

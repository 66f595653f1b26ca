"""Who is let in, who has to come again, and who works when."""

from __future__ import annotations

import asyncio

import pytest

from amity.service.failures import Overloaded
from amity.service.gate import Gate


def test_what_comes_while_nothing_waits_is_let_in_however_large():
    gate = Gate(2)
    with gate.admitted(200):
        assert gate.waiting == 200


def test_what_would_wait_behind_too_much_is_refused():
    gate = Gate(2)
    with gate.admitted(1), gate.admitted(1):
        with pytest.raises(Overloaded), gate.admitted(1):
            pass
        assert gate.waiting == 2


def test_those_who_leave_make_room():
    gate = Gate(1)
    for _ in range(3):
        with gate.admitted(1):
            pass
    assert gate.waiting == 0


def test_the_delay_is_what_the_work_that_waits_will_take(run):
    now = [0.0]

    def clock():
        now[0] += 0.000_01
        return now[0]

    gate = Gate(1, clock=clock)

    async def work():
        for _ in range(200):
            async with gate:
                now[0] += 0.01
                gate.worked(1)

    run(work())
    with gate.admitted(100), pytest.raises(Overloaded) as raised, gate.admitted(1):
        pass
    assert raised.value.retry_after_s == pytest.approx(1.0, rel=0.01)


def test_turns_are_taken_in_the_order_of_arrival(run):
    order = []

    async def work(gate, name):
        for _ in range(2):
            async with gate:
                order.append(name)
                await asyncio.sleep(0)

    async def both():
        gate = Gate(10)
        await asyncio.gather(work(gate, "a"), work(gate, "b"), work(gate, "c"))

    run(both())
    assert order == list("abcabc")


def test_one_who_gives_up_waiting_leaves_the_turn_to_the_next(run):
    async def give_up():
        gate = Gate(10)
        async with gate:
            waiting = asyncio.ensure_future(gate.__aenter__())
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(5), gate:
            return True

    assert run(give_up())

"""Threads do all that they are given, beside each other and in order, and leave when they are told to."""

import threading
from functools import partial
from queue import SimpleQueue

from modelwright.serving.node.threads import Threads

LONG_S = 60.0


def test_work_is_done_in_order_and_beside_the_caller() -> None:
    """One thread, which is not the caller's, takes up what was submitted first."""
    done: SimpleQueue[tuple[int, int]] = SimpleQueue()

    def noted(number: int) -> None:
        done.put((number, threading.get_ident()))

    with Threads(1) as threads:
        for number in range(5):
            threads.submit(partial(noted, number))
        found = [done.get(timeout=LONG_S) for _ in range(5)]

    assert [0, 1, 2, 3, 4] == [number for number, _ in found]
    assert threading.get_ident() not in {thread for _, thread in found}


def test_work_that_takes_long_holds_up_no_other() -> None:
    """As many pieces of work as there are threads are under way at once."""
    together = threading.Barrier(3)
    done: SimpleQueue[int] = SimpleQueue()
    with Threads(3) as threads:
        for _ in range(3):
            threads.submit(lambda: done.put(together.wait(LONG_S)))
        found = {done.get(timeout=LONG_S) for _ in range(3)}

    assert {0, 1, 2} == found


def test_closed_threads_finish_what_they_were_given() -> None:
    """Whatever was submitted before the end is done, and then the threads end."""
    done: SimpleQueue[threading.Thread] = SimpleQueue()
    threads = Threads(2)
    for _ in range(4):
        threads.submit(lambda: done.put(threading.current_thread()))
    threads.close()
    workers = {done.get(timeout=LONG_S) for _ in range(4)}
    for one in workers:
        one.join(LONG_S)

    assert not any(one.is_alive() for one in workers)

"""Lending the lock of a world: others may call the world while it waits for something outside of it."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import contextmanager
from threading import Condition, Thread
from typing import TYPE_CHECKING, TypeVar, cast

from knock_fake.errors import KnockFakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from threading import RLock

_Done = TypeVar("_Done")


class StillBusyError(KnockFakeError):
    """What was to be done takes longer than anybody wants to wait."""


def lent(lock: AbstractContextManager[object], work: Callable[[], _Done], seconds: float | None = None) -> _Done:
    """Have something done in a thread of its own, and lend the lock to everybody until it is done.

    To be called where the world is whole, such as from a timer: whoever takes the lock meanwhile finds it between two
    happenings.

    Args:
        lock: the world's re-entrant lock, whether this thread holds it or not.
        work: what is to be done.
        seconds: how long to wait; as long as it takes when left out.

    Raises:
        StillBusyError: it took longer. Whatever the work raises.
    """
    condition, done = Condition(cast("RLock", lock)), Future[_Done]()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)
        with condition:
            condition.notify_all()

    with condition:
        Thread(target=run, name="knock_fake asks an application", daemon=True).start()
        if not condition.wait_for(done.done, seconds):
            raise StillBusyError
    return done.result()


@contextmanager
def let_go(lock: AbstractContextManager[object]) -> Iterator[None]:
    """Lend the lock to everybody while a block is run in this thread.

    For what must stay in its thread, because frameworks keep connections and transactions by thread; how long that
    takes nobody can bound.

    Args:
        lock: the world's re-entrant lock, whether this thread holds it or not.
    """
    held, times = cast("RLock", lock), 0
    try:
        while True:
            held.release()
            times += 1
    except RuntimeError:  # it is not this thread's any more
        pass
    try:
        yield
    finally:
        for _ in range(times):
            held.acquire()

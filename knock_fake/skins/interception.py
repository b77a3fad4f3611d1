"""Answering calls to api.knock.app wherever in the process they are made, while a world is open."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from threading import RLock, Thread, current_thread
from typing import TYPE_CHECKING, Self

from knock_fake.errors import UsageError
from knock_fake.skins.import_watch import ImportWatch
from knock_fake.skins.network import blocked, escaped, is_answered, is_knock, is_loopback
from knock_fake.skins.seams import LIBRARIES, Function, Seam

if TYPE_CHECKING:
    from types import ModuleType, TracebackType

    from knock_fake.gateway.call import Handler


class Interception:
    """One world's share in the interception of httpx and requests.

    While it is open, calls to ``api.knock.app`` (http or https, any port) through ``httpx`` or ``requests``
    reach its handler, made by clients that were built before or after. Knock's other hosts are refused, and so is
    whatever else of the process looks up the address of one of Knock's: nothing reaches the real Knock. Other hosts
    are left alone, unless the network is blocked. A library that is imported later is intercepted from then on;
    opening imports none. A client with a transport of its own that asks no network (``httpx.MockTransport``,
    ``httpx.ASGITransport``) is not seen.

    Several may be open at once, and close in any order. The one that answers, and that decides about other
    hosts, is the latest that the calling thread opened; a thread that opened none gets the latest of all.
    """

    def __init__(self) -> None:
        self._opened: _Opened | None = None

    def open(self, handler: Handler, *, block_network: bool = False) -> Self:
        """Begin to answer, until :meth:`close`. The result is a context manager that closes.

        Args:
            handler: what answers, such as a world. It is called in the thread of the caller.
            block_network: refuse calls to any host that is neither Knock's nor this machine, with a
                :class:`~knock_fake.errors.NetworkBlockedError` in the caller.

        Raises:
            UsageError: it is open already.

        """
        if self._opened is not None:
            raise UsageError("this interception is open already: close it, or make another Interception()")
        self._opened = _Opened(handler, block_network, current_thread())
        _PROCESS.enter(self._opened)
        return self

    def close(self) -> None:
        """Cease to answer. The last one to close gives the libraries their own functions back.

        Does nothing when it is not open.
        """
        opened, self._opened = self._opened, None
        if opened is not None:
            _PROCESS.leave(opened)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True, eq=False)
class _Opened:
    """An open interception: what answers, what is refused, and whose it is."""

    handler: Handler
    block_network: bool
    thread: Thread


@dataclass(frozen=True, slots=True)
class _Replaced:
    """A function that was replaced, so that it can be put back."""

    seam: Seam
    original: Function
    replacement: Function

    def restore(self) -> None:
        """Put the original back, unless somebody else has replaced the replacement since."""
        if vars(self.seam.owner)[self.seam.name] is self.replacement:
            setattr(self.seam.owner, self.seam.name, self.original)


class _Process:
    """What is open in this process, and the functions that are replaced while anything is.

    This is the one piece of state that no world owns. It cannot be otherwise: the functions that it replaces
    belong to the libraries, of which a process has one copy for all of its worlds and threads.

    The lock is never held during an import. Importing waits for the locks of modules, and another thread may
    hold those while it reports an import to :meth:`_imported`.
    """

    def __init__(self) -> None:
        self._lock = RLock()
        # Replaced, never changed, so that a call can read it without the lock.
        self._opened: tuple[_Opened, ...] = ()
        self._replaced: list[_Replaced] = []
        self._watch = ImportWatch(LIBRARIES, self._imported)

    def enter(self, opened: _Opened) -> None:
        """Add an open interception, and replace the functions of the libraries that are there."""
        with self._lock:
            if not self._opened:
                self._watch.install()
            self._opened = (*self._opened, opened)
        for name in LIBRARIES:
            if name in sys.modules:
                # Not sys.modules[name]: another thread may be half way through importing it.
                self._imported(import_module(name))

    def leave(self, opened: _Opened) -> None:
        """Remove an open interception. After the last, nothing of this module is left in any library."""
        with self._lock:
            self._opened = tuple(one for one in self._opened if one is not opened)
            if not self._opened:
                self._watch.remove()
                while self._replaced:
                    self._replaced.pop().restore()

    def route(self, method: str, host: str) -> Handler | None:
        """Return what answers a call to a host, or None if the call is to take its own way."""
        innermost = self._innermost()
        if innermost is None:
            return None
        if is_answered(host):
            return innermost.handler
        if is_knock(host):
            raise escaped(method, host)
        if innermost.block_network and not is_loopback(host):
            raise blocked(method, host)
        return None

    def _innermost(self) -> _Opened | None:
        opened, thread = self._opened, current_thread()
        own = next((one for one in reversed(opened) if one.thread is thread), None)
        return own or (opened[-1] if opened else None)

    def _imported(self, module: ModuleType) -> None:
        seams = LIBRARIES[module.__name__](self.route)
        with self._lock:
            if self._opened:
                for seam in seams:
                    self._replace(seam)

    def _replace(self, seam: Seam) -> None:
        if any((one.seam.owner, one.seam.name) == (seam.owner, seam.name) for one in self._replaced):
            return
        original: Function = vars(seam.owner)[seam.name]
        replacement = seam.replacing(original)
        setattr(seam.owner, seam.name, replacement)
        self._replaced.append(_Replaced(seam, original, replacement))


_PROCESS = _Process()

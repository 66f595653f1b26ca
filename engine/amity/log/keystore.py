"""The keys table: where the wrapped keys of sealed originals are kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects import postgresql, sqlite

from amity.log.bulk import THESE, insert_values, look_up
from amity.log.tables import keys
from amity.privacy.keys import WrappedKey

__all__ = ["HeldKeys", "StoredKeys", "Transactions", "add_keys"]

T = TypeVar("T")
MOST_HELD = 10_000


class Written(Protocol):
    """What a write comes to."""

    def result(self, timeout: float | None = None) -> Any:
        """What the work returned, after the commit."""


class Transactions(Protocol):
    """A log to read and to write to."""

    def read(self) -> AbstractContextManager[Connection]:
        """A snapshot."""

    def glance(self) -> AbstractContextManager[Connection]:
        """A connection for one look-up."""

    def write(self, work: Callable[[Connection], T]) -> Written:
        """Have *work* done in the next transaction."""


class StoredKeys:
    """Keys as the table has them. What changes them returns after the commit."""

    def __init__(self, log: Transactions) -> None:
        self._log = log

    def find(self, ref: str) -> WrappedKey | None:
        """The key of *ref*, a destroyed one as well."""
        with self._log.read() as connection:
            return _found(connection, ref)

    def add(self, key: WrappedKey) -> WrappedKey:
        """Keep *key* unless there is one of its reference already; the one that is kept."""

        def work(connection: Connection) -> WrappedKey:
            add_keys(connection, [row_of(key)])
            return _found(connection, key.ref) or key

        kept: WrappedKey = self._log.write(work).result()
        return kept

    def rewrap(self, key: WrappedKey) -> bool:
        """Put *key* in the place of that of its reference, unless that is destroyed."""
        return self._change(key.ref, wrapped=key.wrapped, master=key.master)

    def destroy(self, ref: str, at_us: int) -> bool:
        """Destroy the key of *ref* for good; False if there is none that is whole."""
        return self._change(ref, wrapped=None, destroyed_us=at_us)

    def list(self, prefix: str = "") -> Iterator[WrappedKey]:
        """Every key whose reference begins with *prefix*, in the order of references."""
        beginning = keys.c.ref.startswith(prefix, autoescape=True)
        with self._log.read() as connection:
            rows = connection.execute(select(*COLUMNS).where(beginning).order_by(keys.c.ref)).all()
        return (_key(row) for row in rows)

    def _change(self, ref: str, **values: Any) -> bool:
        whole = update(keys).where(keys.c.ref == ref, keys.c.wrapped.is_not(None)).values(**values)
        return bool(self._log.write(lambda made: made.execute(whole).rowcount).result())


class HeldKeys(StoredKeys):
    """Keys for sealing: new ones are held until the record that they seal is written with them.

    A key of its own commit for each new customer would double what a record costs; and a record
    must never be written without its key.
    """

    def __init__(self, log: Transactions) -> None:
        super().__init__(log)
        self._unsaved: OrderedDict[str, WrappedKey] = OrderedDict()
        self._saved: OrderedDict[str, WrappedKey] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, ref: str) -> WrappedKey | None:
        """The key of *ref*, be it held or stored.

        It may have been destroyed since; the writer finds that, and has the record sealed anew.
        """
        with self._lock:
            held = self._unsaved.get(ref) or self._saved.get(ref)
        if held is None:
            with self._log.glance() as connection:
                held = _found(connection, ref)
            if held is not None and not held.is_destroyed:
                self._hold(self._saved, held)
        return held

    def add(self, key: WrappedKey) -> WrappedKey:
        """Hold *key* unless another thread was first."""
        with self._lock:
            return self._unsaved.setdefault(key.ref, key)

    def unsaved(self, ref: str) -> dict[str, Any] | None:
        """The row of the key of *ref*, where the next record must take it along."""
        with self._lock:
            key = self._unsaved.get(ref)
        return row_of(key) if key is not None else None

    def told(self, ref: str, *, is_kept: bool) -> None:
        """Learn whether the key of *ref* is in the table, or is not to be used any more."""
        with self._lock:
            key = self._unsaved.pop(ref, None)
            if not is_kept:
                self._saved.pop(ref, None)
        if is_kept and key is not None:
            self._hold(self._saved, key)

    def _hold(self, held: OrderedDict[str, WrappedKey], key: WrappedKey) -> None:
        with self._lock:
            held[key.ref] = key
            if len(held) > MOST_HELD:
                held.popitem(last=False)


def row_of(key: WrappedKey) -> dict[str, Any]:
    """*key* as a row."""
    return {name: getattr(key, name) for name in WrappedKey.__slots__}


def add_keys(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write *rows*, unless there is one of the same reference."""
    values = [tuple(row[name] for name in WrappedKey.__slots__) for row in rows]
    insert_values(connection, _ADD[connection.dialect.name], values)


def _found(connection: Connection, ref: str) -> WrappedKey | None:
    found = look_up(connection, FIND, [ref])
    return _key(found[0]) if found else None


def _key(row: Sequence[Any]) -> WrappedKey:
    ref, wrapped, *others = row
    return WrappedKey(ref, None if wrapped is None else bytes(wrapped), *others)


COLUMNS = [keys.c[name] for name in WrappedKey.__slots__]
FIND = select(*COLUMNS).where(keys.c.ref.in_(THESE))
_ADD = {
    "sqlite": sqlite.insert(keys).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(keys).on_conflict_do_nothing(),
}

"""In which forms a log is kept, and what opens its originals."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress

import orjson

from amity.errors import AmityError, Problem
from amity.log.documents import Document
from amity.log.forms import Formed
from amity.log.keystore import StoredKeys, Transactions
from amity.log.log import open_reader
from amity.log.private_forms import PrivateForms, private_forms
from amity.log.reading import LogReader
from amity.log.stored import conversation_in_log, has_customer
from amity.privacy.failures import CannotOpen
from amity.privacy.keys import MasterKey, load_master_keys
from amity.privacy.policy import DEFAULT_POLICY
from amity.privacy.pseudonyms import Pseudonyms
from amity.privacy.read_policy import load_privacy
from amity.privacy.sealing import Sealed, Sealer, read_hash_key
from amity.service.settings import Settings

__all__ = ["Names", "forms_for", "opened_reader"]


def forms_for(settings: Settings) -> Callable[[Transactions], PrivateForms]:
    """What makes the forms that *settings* ask for, once the log is open.

    Raises BadKeys, or AmityError with everything that is wrong with the privacy file.
    """
    policy = load_privacy(settings.privacy) if settings.privacy else DEFAULT_POLICY
    return private_forms(load_master_keys(settings.master_keys), policy, now_us=_now_us)


def opened_reader(log: str, master_keys: Sequence[str] = ()) -> LogReader:
    """The log of that name to read; originals are opened with *master_keys*.

    Raises LogRefused and BadKeys.
    """
    masters = load_master_keys(master_keys)
    reader = open_reader(log)
    if masters:
        reader.forms = _Opening(reader, masters)
    return reader


class _ReadOnly:
    """A log's keys, of which none is ever made."""

    def __init__(self, reader: LogReader) -> None:
        self.read = reader.read

    def write(self, _: object) -> object:
        """Refuse, for who only reads makes no keys."""
        raise _only_read()


class _Opening:
    """Opens originals of a log that is only read."""

    def __init__(self, reader: LogReader, masters: Sequence[MasterKey]) -> None:
        self._stored = StoredKeys(_ReadOnly(reader))  # type: ignore[arg-type]  # it never writes
        self._masters = masters
        self._sealer = Sealer(masters, self._stored, _now_us)

    def of(self, conversation: Document, decision: Document) -> Formed:  # noqa: ARG002 - protocol
        """Refuse, for nothing is written."""
        raise _only_read()

    def original(self, sealed: bytes, key_ref: str, record_id: str) -> Document | None:
        """The original of the decision *record_id*, or None where it cannot be opened any more."""
        try:
            found: Document = orjson.loads(self._sealer.open(Sealed(sealed, key_ref), record_id))
        except CannotOpen:
            return None
        return found

    def customer_ref(self, customer_id: str) -> str:
        """What stands for the customer of that id in the records of decisions."""
        return self._hashed("customer", customer_id)

    def hashed_conversation(self, conversation_id: str) -> str:
        """The id that the conversation has where such ids are hashed."""
        return self._hashed("conversation", conversation_id)

    def _hashed(self, domain: str, value: str) -> str:
        return _hashed(self._masters, self._stored, domain, value)


def _hashed(masters: Sequence[MasterKey], keys: StoredKeys, domain: str, value: str) -> str:
    key = read_hash_key(masters, keys)
    return Pseudonyms(key).of(domain, value) if key and value else ""


class Names:
    """The names that customers and conversations have in a log that is only read."""

    def __init__(self, reader: LogReader, master_keys: Sequence[str] = ()) -> None:
        self._reader = reader
        self._keys = StoredKeys(_ReadOnly(reader))  # type: ignore[arg-type]  # it never writes
        self._masters = load_master_keys(master_keys)

    def customer(self, name: str) -> str:
        """The reference of the customer *name*, which is the customer's own id or a reference.

        Raises CannotOpen where an id can be meant, and the log's keys need a master key.
        """
        with self._reader.read() as connection:
            if not name or has_customer(connection, name):
                return name
        return self._hashed("customer", name) or name

    def conversation(self, name: str) -> str:
        """The id that the conversation *name* has in the log: itself, or its hash."""
        with self._reader.read() as connection, suppress(CannotOpen):
            return conversation_in_log(
                connection, name, lambda own: self._hashed("conversation", own)
            )
        return name

    def _hashed(self, domain: str, value: str) -> str:
        return _hashed(self._masters, self._keys, domain, value)


def _only_read() -> AmityError:
    message = "the log is only read here"
    return AmityError(message, [Problem("G113", message, fix="do it through the server")])


def _now_us() -> int:
    return time.time_ns() // 1000

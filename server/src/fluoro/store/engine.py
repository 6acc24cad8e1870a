"""The engine behind a DSN: `chdb:///path`, `chdb://memory` or `clickhouse://host/db`.

One class for the embedded engine and for a server, since clickhouse-connect speaks to
both. Calls block; the server runs them on threads. A process can host one embedded
path only, so its tests share one and take a fresh database each.
"""

import os
import queue
import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit

import clickhouse_connect
import msgspec
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

Rows = list[tuple[Any, ...]]

EMBEDDED_OPTIONS = {
    # Left alone the engine sizes its caches for a server of its own.
    "mark_cache_size": 64 * 1024 * 1024,
    "index_mark_cache_size": 16 * 1024 * 1024,
    "uncompressed_cache_size": 0,
    "max_server_memory_usage": 2 * 1024 * 1024 * 1024,
}

QUERY_SETTINGS: dict[str, Any] = {
    "max_threads": 2,
    "max_memory_usage": 1024 * 1024 * 1024,
    # The rows of a hundred traces are worth a second thread: by default, 163,840 are.
    "merge_tree_min_rows_for_concurrent_read": 16_384,
}

EMBEDDED_SETTINGS: dict[str, Any] = {
    # A second thread would ask for a free GiB, and within the limit above never get it.
    "max_threads_min_free_memory_per_thread": 0,
    # Indexes say what to read before any of it is read: on the way it takes longer,
    # most where much of the table lies outside of a window.
    "use_skip_indexes_on_data_read": 0,
    # Looking for what these could rewrite takes a quarter of planning a search.
    "optimize_and_compare_chain": 0,
    "optimize_aggregators_of_group_by_keys": 0,
    "optimize_extract_common_expressions": 0,
}

_DATABASE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_FIXED_HEADER = (16, 65_536)
_TIMEOUT_EXCEEDED = 159


class Sealing(Protocol):
    """What documents pass on their way in and out (`store.sealing`)."""

    def seal(self, text: str | bytes) -> str | bytes:
        """Return what is stored of a text; raise EngineError if it must not be."""

    def open(self, stored: bytes) -> bytes:
        """Return the text of what is stored; raise EngineError if it cannot be."""


class Unsealed:
    """Stores texts as they are: the way of an engine until it is given another."""

    def seal(self, text: str | bytes) -> str | bytes:
        """Return the text."""
        return text

    def open(self, stored: bytes) -> bytes:
        """Return the text."""
        return stored


class EngineError(Exception):
    """The engine refused or failed; the text says what it was asked and why."""


class OutOfTimeError(EngineError):
    """A statement took longer than its setting `max_execution_time` allows."""


class Engine:
    """A pool of clients on one database.

    `dsn` names the engine, `database` the database in it (made when missing; the
    DSN's own, or `fluoro`, when None). Raises EngineError when it cannot be opened.
    """

    def __init__(self, dsn: str, database: str | None = None, clients: int = 8) -> None:
        self.dsn = dsn
        self.sealing: Sealing = Unsealed()
        self.database = database or _database_of(dsn) or "fluoro"
        if not _DATABASE.match(self.database):
            raise EngineError(f"{self.database!r} is no database name")
        self._idle: queue.LifoQueue[Client | None] = queue.LifoQueue()
        self._opened: list[Client] = []
        self._lock = threading.Lock()
        self._waiting = threading.Lock()
        for _ in range(clients):
            self._idle.put(None)
        # Stays open: an embedded engine stops with its last client.
        keeper = self._open(None)
        try:
            keeper.command(f"CREATE DATABASE IF NOT EXISTS {self.database}")
        except ClickHouseError as error:
            self.close()
            raise EngineError(str(error)) from error

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        octets: Iterable[str] = (),
    ) -> Rows:
        """Return the rows of a SELECT; `{name:Type}` in it takes `parameters`.

        The columns named in `octets` come as bytes, other texts as str.
        """
        with self._client() as client:
            result = client.query(
                sql,
                parameters=dict(parameters or {}),
                settings=dict(settings or {}),
                column_formats=dict.fromkeys(octets, "bytes"),
            )
            return [tuple(row) for row in result.result_rows]

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers nothing."""
        with self._client() as client:
            client.command(sql, parameters=dict(parameters or {}))

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        values: list[Any],
        once: str | None = None,
    ) -> None:
        """Insert rows given as one flat list, column after column, row after row.

        The list is packed in one call (MessagePack, 0.6 us a row of 30 columns) and
        parsed by the engine off Python's lock; on return the rows are on disk. Rows
        that replace each other are left for merges and reads to tell apart, as they
        are where they come by several inserts. Of all inserts naming the same `once`
        the engine keeps the first only, if the table has a deduplication window;
        nothing says which one that was.
        """
        settings: dict[str, Any] = {"optimize_on_insert": 0}
        if once:
            settings["insert_deduplication_token"] = once
        with self._client() as client:
            _insert(client, f"{self.database}.{table}", columns, values, settings)

    @contextmanager
    def session(self) -> Iterator["Session"]:
        """Hold one client, whose temporary tables live until the block ends."""
        with self._client() as client:
            session = Session(client)
            try:
                yield session
            finally:
                session.drop_tables()

    @contextmanager
    def sessions(self, count: int) -> Iterator[list["Session"]]:
        """Hold several clients at once, for statements side by side.

        Who waits for more than one does so alone: two who have one each and want
        another would wait for ever.
        """
        with ExitStack() as stack:
            with self._waiting:
                held = [stack.enter_context(self.session()) for _ in range(count)]
            yield held

    def close(self) -> None:
        """Close every client; the embedded engine stops with its last one."""
        with self._lock:
            opened, self._opened = self._opened, []
        for client in opened:
            client.close()

    @contextmanager
    def _client(self) -> Iterator[Client]:
        client = self._idle.get()
        try:
            if client is None:
                client = self._open(self.database)
            yield client
        except ClickHouseError as error:
            late = getattr(error, "code", None) == _TIMEOUT_EXCEEDED
            raise (OutOfTimeError if late else EngineError)(str(error)) from error
        finally:
            self._idle.put(client)

    def _open(self, database: str | None) -> Client:
        try:
            client = clickhouse_connect.get_client(
                dsn=_without_database(self.dsn),
                database=database or "default",
                **_options(self.dsn),
            )
        except (ClickHouseError, RuntimeError, ImportError) as error:
            raise EngineError(f"cannot open {self.dsn}: {error}") from error
        with self._lock:
            self._opened.append(client)
        return client


class Session:
    """Statements that share temporary tables. Made by `Engine.session`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._tables: set[str] = set()

    def query(
        self,
        sql: str,
        parameters: Mapping[str, Any] | None = None,
        octets: Iterable[str] = (),
    ) -> Rows:
        """Return the rows of a SELECT, as `Engine.query` does."""
        result = self._client.query(
            sql,
            parameters=dict(parameters or {}),
            column_formats=dict.fromkeys(octets, "bytes"),
        )
        return [tuple(row) for row in result.result_rows]

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement that answers nothing."""
        self._client.command(sql, parameters=dict(parameters or {}))

    def keep(
        self,
        table: str,
        columns: str,
        select: str | None = None,
        parameters: Mapping[str, Any] | None = None,
    ) -> None:
        """Hold a SELECT's rows, or none, in a temporary table in place of an older.

        `columns` are names and types: left to find them out, the engine plans the
        SELECT twice.
        """
        rows = f" AS {select}" if select else ""
        self._make(table, f"({columns}) ENGINE = Memory{rows}", parameters)

    def keep_given(
        self, table: str, like: str, columns: Sequence[str], values: list[Any]
    ) -> None:
        """Hold rows, given as to `Engine.insert`, as a table like another would."""
        self._make(table, f"AS {like} ENGINE = Memory")
        _insert(self._client, table, columns, values)

    def _make(
        self, table: str, what: str, parameters: Mapping[str, Any] | None = None
    ) -> None:
        if table in self._tables:
            self.drop(table)
        self._tables.add(table)
        self.command(f"CREATE TEMPORARY TABLE {table} {what}", parameters)

    def drop(self, table: str) -> None:
        """Forget a temporary table, if it is there."""
        self.command(f"DROP TEMPORARY TABLE IF EXISTS {table}")
        self._tables.discard(table)

    def drop_tables(self) -> None:
        """Forget all temporary tables."""
        if self._tables:
            self.drop(", ".join(self._tables))
            self._tables.clear()


def _insert(
    client: Client,
    table: str,
    columns: Sequence[str],
    values: list[Any],
    settings: Mapping[str, Any] | None = None,
) -> None:
    if not values:
        return
    packed = msgspec.msgpack.encode(values)
    small, medium = _FIXED_HEADER
    header = 1 if len(values) < small else 3 if len(values) < medium else 5
    client.raw_insert(
        table, columns, packed[header:], settings=dict(settings or {}), fmt="MsgPack"
    )


def is_embedded(dsn: str) -> bool:
    """Whether the engine runs inside this process."""
    return dsn.startswith("chdb:")


def embedded_path(dsn: str) -> Path | None:
    """Return the data folder of `chdb:///path`; None for memory or a server."""
    parts = urlsplit(dsn)
    if parts.scheme != "chdb" or parts.netloc or not parts.path.strip("/"):
        return None
    return Path(os.path.realpath(parts.path))


def _options(dsn: str) -> dict[str, Any]:
    if not is_embedded(dsn):
        return {"settings": QUERY_SETTINGS}
    settings = QUERY_SETTINGS | EMBEDDED_SETTINGS
    return {"settings": settings, "chdb_options": EMBEDDED_OPTIONS}


def _database_of(dsn: str) -> str | None:
    """Return the database a DSN names: its path, except where that is a folder."""
    parts = urlsplit(dsn)
    query = dict(parse_qsl(parts.query))
    if "database" in query:
        return query["database"]
    if parts.scheme == "chdb" and not parts.netloc:
        return None
    return parts.path.strip("/") or None


def _without_database(dsn: str) -> str:
    parts = urlsplit(dsn)
    query = [(k, v) for k, v in parse_qsl(parts.query) if k != "database"]
    if parts.scheme == "chdb" and not parts.netloc:
        return f"chdb://{parts.path}"
    path = "" if parts.scheme == "chdb" else "/default"
    rest = f"?{urlencode(query)}" if query else ""
    return f"{parts.scheme}://{parts.netloc}{path}{rest}"

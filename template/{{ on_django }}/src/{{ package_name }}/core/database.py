"""The database: its connections, and the units of work that borrow one.

Django gives each thread a connection that it keeps. Here units of work borrow connections instead, so
there are never more than are needed at once, however many threads there are, and a thread that serves
nothing keeps none. Errors of the driver end here: what the caller may retry becomes
:class:`~.errors.Unavailable`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore, Lock
from typing import Any, Generic, TypeVar
from uuid import uuid4

import structlog
from django.db import (
    DEFAULT_DB_ALIAS,
    DatabaseError,
    Error,
    InterfaceError,
    OperationalError,
    connections,
    transaction,
)
from django.db.backends.base.base import BaseDatabaseWrapper as Connection

from ..settings import Settings
from . import dialect
from .database_url import database_url
from .errors import Unavailable
from .health import NotReady
from .metrics import CONNECTIONS_IN_USE, SLOW_STATEMENTS, STATEMENT_DURATION
from .setup import set_up

__all__ = [
    "DATABASE_ERRORS",
    "DRIVER_FAILURES",
    "Connection",
    "Database",
    "RolledBack",
    "reason_of",
]

log = structlog.get_logger(__name__)

DATABASE_ERRORS = (Error,)
"""Every error of the database or its driver, for commands that report it."""
DRIVER_FAILURES = (OperationalError,)
"""Those among them that say that the database does not answer, or refuses."""

Work = TypeVar("Work")

_PING_AFTER_SECONDS = 5
_OPERATIONS = {"SELECT", "INSERT", "UPDATE", "DELETE"}

# Whoever imports this is about to import models.
set_up()


class RolledBack(RuntimeError):
    """A unit of work failed inside another one that goes on as if nothing had happened."""


class PoolExhausted(Exception):
    """Every connection is in use, and none came back in time."""


class ConnectionLost(Exception):
    """The server has ended the connection in the middle of its use."""


class Database(Generic[Work]):
    """Opens units of work on borrowed connections.

    Args:
        settings: name the database, how many connections it may have, and its timeouts.
        work: makes the unit of work that services see, of a connection.

    Attributes:
        alias: the name that Django knows the database by: ``default``, unless another one is open by it.

    Raises:
        ConfigurationError: there is no database to use.
    """

    def __init__(self, settings: Settings, work: Callable[[Connection], Work]) -> None:
        most = _most_connections(settings)
        described = dialect.connection_settings(database_url(settings), settings, most=most)
        self.alias = _registered(described)
        self._lender = _Lender(
            self.alias,
            most=most,
            timeout_seconds=settings.database_pool_timeout_seconds,
            slow_query_ms=settings.slow_query_ms,
        )
        self._work = work
        self._closed = False
        self._current: ContextVar[_Open[Work] | None] = ContextVar("unit_of_work", default=None)

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """For queries; inside a unit of work, what that one has written is seen."""
        current = self._current.get()
        if current is not None:
            yield current.work
            return
        with _translated_errors(), self.connection() as connection:
            yield self._work(connection)

    @contextmanager
    def writing(self) -> Iterator[Work]:
        """For changes: commits at the end, rolls back on any exception, joins an open unit of work.

        Raises:
            Unavailable: the database does not answer, or no connection is free.
        """
        current = self._current.get()
        if current is not None:
            try:
                yield current.work
            except BaseException:
                current.failed = True
                raise
            return
        with (
            _translated_errors(),
            self.connection() as connection,
            transaction.atomic(using=self.alias),
        ):
            opened = _Open(self._work(connection))
            token = self._current.set(opened)
            try:
                yield opened.work
            finally:
                self._current.reset(token)
            if opened.failed:
                raise RolledBack(
                    "a unit of work failed inside this one, so nothing may be committed"
                )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection for this thread, also for what Django does by itself, until the block ends.

        Inside another such block it is that block's. It is opened when it is first used.

        Raises:
            PoolExhausted: none was free in time.
        """
        with self._lender.lent() as connection:
            yield connection

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            NotReady: there is none.
        """
        try:
            with self.connection() as connection, connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except (Error, PoolExhausted) as error:
            raise NotReady("does not answer") from error

    def close(self) -> None:
        """Close every connection. Closing twice is closing once."""
        if self._closed:
            return
        self._closed = True
        self._lender.close()
        _unregister(self.alias)


def reason_of(error: Exception) -> str:
    """What the driver said, in one line."""
    return " ".join(str(error).split())


def _most_connections(settings: Settings) -> int:
    """Connections at once: as the settings say, and no more than there are threads to use them.

    Besides the threads that run handlers, one answers the health check.
    """
    wanted = settings.database_pool_size + settings.database_pool_overflow
    return min(wanted, settings.web_threads + 1)


@contextmanager
def _translated_errors() -> Iterator[None]:
    """No exception of the driver or the pool gets past the unit of work."""
    try:
        yield
    except PoolExhausted as error:
        log.warning("database.pool_exhausted")
        raise Unavailable from error
    except (OperationalError, InterfaceError, ConnectionLost) as error:
        log.warning("database.unavailable", reason=type(error.__cause__ or error).__name__)
        raise Unavailable from error


class _Open(Generic[Work]):
    """The unit of work that is open in this context, and whether a part of it has failed."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.failed = False


class _Lender:
    """Lends connections to threads: a few at once, and again those that were used last.

    Args:
        alias: of the database.
        most: how many there may be at once.
        timeout_seconds: how long to wait for one.
        slow_query_ms: statements slower than this are logged.
    """

    def __init__(
        self, alias: str, *, most: int, timeout_seconds: float, slow_query_ms: int
    ) -> None:
        self._alias = alias
        self._timeout_seconds = timeout_seconds
        self._slow_query_ms = slow_query_ms
        self._free = BoundedSemaphore(most)
        self._lock = Lock()
        self._idle: list[tuple[Connection, float]] = []
        self._held: ContextVar[Connection | None] = ContextVar("connection", default=None)

    @contextmanager
    def lent(self) -> Iterator[Connection]:
        """A connection, for this thread alone until the block ends."""
        held = self._held.get()
        if held is not None:
            yield held
            return
        if not self._free.acquire(timeout=self._timeout_seconds):
            raise PoolExhausted
        try:
            connection = self._take()
            token = self._held.set(connection)
            connections[self._alias] = connection
            CONNECTIONS_IN_USE.inc()
            try:
                yield connection
            except (OperationalError, InterfaceError):
                raise
            except DatabaseError as error:
                if connection.connection is None or not connection.is_usable():
                    raise ConnectionLost from error
                raise
            except BaseException:
                # It may have struck in the middle of a statement, as a time limit does: the next one asks first.
                connection.errors_occurred = True
                raise
            finally:
                CONNECTIONS_IN_USE.dec()
                del connections[self._alias]
                self._held.reset(token)
                self._put_back(connection)
        finally:
            self._free.release()

    def close(self) -> None:
        """Close every connection that nobody has borrowed."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            connection.close()
        dialect.close_pool(self._alias)

    def _take(self) -> Connection:
        with self._lock:
            connection, used_at = self._idle.pop() if self._idle else (None, 0.0)
        if connection is None:
            return self._new()
        if time.monotonic() - used_at > _PING_AFTER_SECONDS or connection.errors_occurred:
            # Asks the server whether it is still there. Asking each time would cost each request a round
            # trip; a connection that broke a moment ago fails at most once.
            connection.errors_occurred = True
            connection.close_if_unusable_or_obsolete()
        return connection

    def _put_back(self, connection: Connection) -> None:
        """Keep an open connection for the next one, unless the driver has a pool that does."""
        if dialect.DRIVER_HAS_POOL or connection.needs_rollback or connection.in_atomic_block:
            connection.close()
        with self._lock:
            self._idle.append((connection, time.monotonic()))

    def _new(self) -> Connection:
        connection = connections.create_connection(self._alias)
        # One thread at a time, but not always the same.
        connection.inc_thread_sharing()
        dialect.prepare(connection)
        connection.execute_wrappers.append(_measured(self._slow_query_ms))
        return connection


def _registered(described: dict[str, Any]) -> str:
    """Tell Django of a database, in the form of ``DATABASES``; returns its name there."""
    register = connections.settings
    # Without a database of its own, Django has a dummy as its default.
    free = not register[DEFAULT_DB_ALIAS].get("NAME")
    alias = DEFAULT_DB_ALIAS if free else f"database_{uuid4().hex}"
    _forget(alias)
    # Completed by Django's defaults, which it gives to a database of this name.
    register[alias] = connections.configure_settings({DEFAULT_DB_ALIAS: described})[
        DEFAULT_DB_ALIAS
    ]
    return alias


def _unregister(alias: str) -> None:
    """Let Django forget a database."""
    _forget(alias)
    if alias == DEFAULT_DB_ALIAS:
        connections.settings[alias] = connections.configure_settings({})[DEFAULT_DB_ALIAS]
    else:
        del connections.settings[alias]


def _forget(alias: str) -> None:
    """Close this thread's own connection to a database, if Django has opened one."""
    for connection in connections.all(initialized_only=True):
        if connection.alias == alias:
            connection.close()
            del connections[alias]


def _measured(slow_query_ms: int) -> Callable[..., Any]:
    """Measures every statement, and names the slow ones."""

    def run(
        execute: Callable[..., Any], statement: str, parameters: Any, many: bool, context: Any
    ) -> Any:
        started = time.perf_counter()
        try:
            return execute(statement, parameters, many, context)
        finally:
            seconds = time.perf_counter() - started
            operation = statement.lstrip()[:6].upper()
            STATEMENT_DURATION.labels(operation if operation in _OPERATIONS else "OTHER").observe(
                seconds
            )
            if seconds * 1000 > slow_query_ms:
                SLOW_STATEMENTS.inc()
                # The statement has placeholders only: its values never reach a log.
                log.warning(
                    "database.slow_statement",
                    duration_ms=round(seconds * 1000, 1),
                    statement=" ".join(statement.split()),
                )

    return run

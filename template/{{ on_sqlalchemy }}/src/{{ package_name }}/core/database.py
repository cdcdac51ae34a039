"""The database: one pool of connections, and the units of work that borrow from it.

A unit of work holds a plain connection, not an ORM session: repositories select columns into
dataclasses and write explicitly, so there is nothing for an identity map to do. Errors of the driver
end here: what the caller may retry becomes :class:`~.errors.Unavailable`.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import (
    DBAPIError,
    DisconnectionError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry

from ..settings import Settings
from . import dialect
from .database_url import database_url
from .errors import Unavailable
from .health import NotReady
from .metrics import CONNECTIONS_IN_USE, SLOW_STATEMENTS, STATEMENT_DURATION

__all__ = [
    "DATABASE_ERRORS",
    "DRIVER_FAILURES",
    "Connection",
    "Database",
    "RolledBack",
    "reason_of",
]

log = structlog.get_logger(__name__)
# Alembic tells at INFO what only it needs to know, from the moment it is imported on.
logging.getLogger("alembic.runtime").setLevel(logging.WARNING)

DATABASE_ERRORS = (SQLAlchemyError,)
"""Every error of the database, its driver or its pool, for commands that report it."""
DRIVER_FAILURES = (OperationalError,)
"""Those among them that say that the database does not answer, or refuses."""

Work = TypeVar("Work")

_PING_AFTER_SECONDS = 5
_OPERATIONS = {"SELECT", "INSERT", "UPDATE", "DELETE"}


class RolledBack(RuntimeError):
    """A unit of work failed inside another one that goes on as if nothing had happened."""


class Database(Generic[Work]):
    """Opens units of work on a pool of connections.

    Args:
        settings: name the database, its pool and its timeouts.
        work: makes the unit of work that services see, of a connection inside a transaction.

    Attributes:
        engine: the pool, for what is no unit of work: revisions, checks, statistics.

    Raises:
        ConfigurationError: there is no database to use.
    """

    def __init__(self, settings: Settings, work: Callable[[Connection], Work]) -> None:
        self.engine = open_engine(
            database_url(settings),
            pool_size=settings.database_pool_size,
            pool_overflow=settings.database_pool_overflow,
            pool_timeout_seconds=settings.database_pool_timeout_seconds,
            connect_timeout_seconds=settings.database_connect_timeout_seconds,
            statement_timeout_seconds=settings.database_statement_timeout_seconds,
            slow_query_ms=settings.slow_query_ms,
        )
        self._reader = dialect.reader(self.engine)
        self._work = work
        self._current: ContextVar[_Open[Work] | None] = ContextVar("unit_of_work", default=None)

    @contextmanager
    def reading(self) -> Iterator[Work]:
        """For queries; inside a unit of work, what that one has written is seen."""
        current = self._current.get()
        if current is not None:
            yield current.work
            return
        with _translated_errors(), self._reader.connect() as connection:
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
        with _translated_errors(), self.engine.begin() as connection:
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

    def check(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            NotReady: there is none.
        """
        try:
            with self._reader.connect() as connection:
                connection.execute(text("SELECT 1"))
        except (DBAPIError, PoolTimeout) as error:
            raise NotReady("does not answer") from error

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def reason_of(error: Exception) -> str:
    """What the driver said, in one line."""
    return " ".join(str(getattr(error, "orig", error)).split())


class _Open(Generic[Work]):
    """The unit of work that is open in this context, and whether a part of it has failed."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.failed = False


@contextmanager
def _translated_errors() -> Iterator[None]:
    """No exception of the driver or the pool gets past the unit of work."""
    try:
        yield
    except PoolTimeout as error:
        log.warning("database.pool_exhausted")
        raise Unavailable from error
    except (OperationalError, InterfaceError) as error:
        log.warning("database.unavailable", reason=type(error.orig).__name__)
        raise Unavailable from error
    except DBAPIError as error:
        if error.connection_invalidated:
            log.warning("database.unavailable", reason=type(error.orig).__name__)
            raise Unavailable from error
        raise


def open_engine(
    url: str,
    *,
    pool_size: int = 5,
    pool_overflow: int = 0,
    pool_timeout_seconds: float = 2,
    connect_timeout_seconds: int = 2,
    statement_timeout_seconds: float = 5,
    slow_query_ms: int = 50,
) -> Engine:
    """An engine with a pool, timeouts everywhere, and measured statements.

    Args:
        url: of the database, without a driver.
        pool_size: connections kept open.
        pool_overflow: connections above that in a burst.
        pool_timeout_seconds: how long to wait for a free connection.
        connect_timeout_seconds: how long opening a connection may take.
        statement_timeout_seconds: how long a statement, or its wait for a lock, may take.
        slow_query_ms: statements slower than this are logged.
    """
    engine = create_engine(
        dialect.with_driver(url),
        pool_size=pool_size,
        max_overflow=pool_overflow,
        pool_timeout=pool_timeout_seconds,
        pool_recycle=1800,
        pool_use_lifo=True,
        hide_parameters=True,
        **dialect.engine_options(
            connect_timeout_seconds=connect_timeout_seconds,
            statement_timeout_seconds=statement_timeout_seconds,
        ),
    )
    dialect.prepare(engine)
    _ping_after_idling(engine)
    _measure(engine, slow_query_ms=slow_query_ms)
    return engine


def _ping_after_idling(engine: Engine) -> None:
    """Test a connection before use if it has rested for a while; a dead one is replaced.

    The pool could test each one every time; that would cost every request a round trip. A connection
    that was alive a moment ago fails at most once: the error empties the pool.
    """

    def returned(_: Any, record: ConnectionPoolEntry) -> None:
        record.info["returned_at"] = time.monotonic()

    def borrowed(connection: DBAPIConnection, record: ConnectionPoolEntry, _: Any) -> None:
        now = time.monotonic()
        if now - record.info.get("returned_at", now) < _PING_AFTER_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise DisconnectionError from error

    event.listen(engine, "checkin", returned)
    event.listen(engine, "checkout", borrowed)


def _measure(engine: Engine, *, slow_query_ms: int) -> None:
    """Measure every statement, name the slow ones, count the connections in use."""

    def started(connection: Connection, *_: Any) -> None:
        connection.info["statement_started"] = time.perf_counter()

    def finished(connection: Connection, cursor: Any, statement: str, *_: Any) -> None:  # noqa: ARG001
        seconds = time.perf_counter() - connection.info.pop("statement_started")
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

    event.listen(engine, "before_cursor_execute", started)
    event.listen(engine, "after_cursor_execute", finished)
    event.listen(engine, "checkout", lambda *_: CONNECTIONS_IN_USE.inc())
    event.listen(engine, "checkin", lambda *_: CONNECTIONS_IN_USE.dec())

"""What a database's refusal means: try again, look at the data, or look at the rights of the user."""

import sqlite3
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from handlers.crm import CrmError, CrmIncomplete, CrmUnavailable

_UNAVAILABLE = "the CRM database cannot be reached or is busy; nothing was committed"
_REFUSED = "a constraint of the CRM database refused the change; nothing was committed"
_FORBIDDEN = "the CRM's database user may not do this; grant what `rightsdesk crm grants` prints; nothing was committed"
_MISFIT = "the CRM database refused a statement; run the check of the data map"

# MariaDB's numbers (its manual, "MariaDB Error Codes"). Its driver calls most of them operational errors.
_MARIADB_TEMPORARY = frozenset(
    {
        1020,  # the row changed since it was read
        1040,  # too many connections
        1053,  # the server shuts down
        1205,  # a lock was not given in time
        1213,  # deadlock
        1317,  # interrupted
        1927,  # the connection was killed
        1969,  # the statement took too long
    }
)
_MARIADB_FORBIDDEN = frozenset({1044, 1045, 1142, 1143, 1227, 1290, 1370, 1792, 1836})
_MARIADB_CONSTRAINTS = frozenset({1644, 4025})  # a trigger's SIGNAL, a CHECK
_CLIENT_SIDE = range(2000, 3000)  # the connection could not be made or was lost
_SQLITE_FORBIDDEN = frozenset({"SQLITE_READONLY", "SQLITE_AUTH", "SQLITE_PERM"})


def translate(error: sa.exc.SQLAlchemyError) -> CrmError:
    """Return a driver's error as ours, without its statement, values or addresses."""
    if isinstance(error, sa.exc.TimeoutError):
        return CrmUnavailable(_UNAVAILABLE)
    if not isinstance(error, sa.exc.DBAPIError):
        return CrmError(_MISFIT)
    if error.connection_invalidated:
        return CrmUnavailable(_UNAVAILABLE)
    return _KINDS.get(type(error.orig).__module__.partition(".")[0], _generic)(error)


def _mariadb(error: sa.exc.DBAPIError) -> CrmError:
    number = error.orig.args[0] if error.orig and error.orig.args else 0
    if number in _MARIADB_FORBIDDEN:
        return CrmError(_FORBIDDEN)
    if number in _MARIADB_CONSTRAINTS:
        return CrmIncomplete(_REFUSED)
    if number in _MARIADB_TEMPORARY or number in _CLIENT_SIDE or isinstance(error, sa.exc.InterfaceError):
        return CrmUnavailable(_UNAVAILABLE)
    return CrmIncomplete(_REFUSED) if isinstance(error, sa.exc.IntegrityError) else CrmError(_MISFIT)


def _postgresql(error: sa.exc.DBAPIError) -> CrmError:
    state = getattr(error.orig, "sqlstate", None) or ""
    if state in ("42501", "25006"):  # insufficient privilege, read-only transaction
        return CrmError(_FORBIDDEN)
    if state[:2] in ("23", "P0"):  # a constraint, or RAISE in a trigger
        return CrmIncomplete(_REFUSED)
    return _generic(error)


def _sqlite(error: sa.exc.DBAPIError) -> CrmError:
    name = getattr(error.orig, "sqlite_errorname", "") if isinstance(error.orig, sqlite3.Error) else ""
    if any(name.startswith(forbidden) for forbidden in _SQLITE_FORBIDDEN):
        return CrmError(_FORBIDDEN)
    return CrmError(_MISFIT) if name == "SQLITE_ERROR" else _generic(error)


def _generic(error: sa.exc.DBAPIError) -> CrmError:
    if isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError):
        return CrmUnavailable(_UNAVAILABLE)
    return CrmIncomplete(_REFUSED) if isinstance(error, sa.exc.IntegrityError) else CrmError(_MISFIT)


_KINDS: Mapping[str, Callable[[sa.exc.DBAPIError], CrmError]] = {
    "pymysql": _mariadb,
    "psycopg": _postgresql,
    "sqlite3": _sqlite,
}

"""Admitting others to a ledger in a database: to record in it, or only to read."""

import psycopg
from psycopg.sql import SQL, Identifier

from ledger.faults import BadInput, LedgerUnusable
from ledger.postgres_connections import SCHEMA
from ledger.postgres_storage import PostgresStorage
from ledger.postgres_tables import HEAD
from ledger.row import FACTS, TEXTS
from ledger.storage import Storage

RIGHTS = ("record", "read", "nothing")
_WITHDRAW = (
    f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {{role}}",
    f"REVOKE ALL ON ALL FUNCTIONS IN SCHEMA {SCHEMA} FROM {{role}}",
    f"REVOKE ALL ON SCHEMA {SCHEMA} FROM {{role}}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} REVOKE ALL ON TABLES FROM {{role}}",
)
_READ = (
    f"GRANT USAGE ON SCHEMA {SCHEMA} TO {{role}}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA {SCHEMA} TO {{role}}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT SELECT ON TABLES TO {{role}}",
)
_WRITE_KEPT_TABLES = f"GRANT INSERT, UPDATE, DELETE ON {SCHEMA}.{{table}} TO {{role}}"
_RECORD = (
    f"GRANT INSERT ON {SCHEMA}.{FACTS} TO {{role}}",
    f"GRANT INSERT, UPDATE ON {SCHEMA}.{TEXTS} TO {{role}}",
    f"GRANT EXECUTE ON FUNCTION {SCHEMA}.next_position() TO {{role}}",
    f"ALTER DEFAULT PRIVILEGES IN SCHEMA {SCHEMA} GRANT INSERT, UPDATE, DELETE ON TABLES TO {{role}}",
)
_KEPT_TABLES = f"SELECT tablename FROM pg_tables WHERE schemaname = '{SCHEMA}' AND tablename <> ALL (%s)"
_IS_ROLE = f"""
SELECT nspowner = pg_roles.oid OR rolsuper FROM pg_roles, pg_namespace
WHERE rolname = %s AND nspname = '{SCHEMA}'
"""


def admit(storage: Storage, role: str, to: str) -> None:
    """Give a role of the server exactly the rights to record, to read, or none; in one transaction.

    The kept tables may be written by whoever records: they are disposable.

    Raises:
        BadInput: if there is no such right, the ledger is a file, or the server has no such role, or it is the owner's.
        LedgerUnusable: if whoever asks is not the owner.
    """
    if to not in RIGHTS:
        raise BadInput.of(f'found "{to}"; give one of {", ".join(RIGHTS)}', "--to")
    if not isinstance(storage, PostgresStorage):
        raise BadInput.of("is a file: whoever may write the file may record in it", where=storage.name)
    if not storage.makes_tables():
        raise LedgerUnusable(f"{storage.name}: only its owner may admit others")
    with storage.guarded(), storage.lent() as connection, connection.transaction():
        found = connection.execute(_IS_ROLE, (role,)).fetchone()
        if found is None:
            raise BadInput.of(f'the server has no role "{role}"; make it first, with createuser', "ROLE")
        if found[0]:
            raise BadInput.of(f'"{role}" owns the ledger or the server, and may do everything; name another', "ROLE")
        _run(connection, [*_WITHDRAW, *(_READ if to != "nothing" else ()), *(_RECORD if to == "record" else ())], role)
        if to == "record":
            for (table,) in connection.execute(_KEPT_TABLES, ([FACTS, TEXTS, HEAD],)).fetchall():
                connection.execute(SQL(_WRITE_KEPT_TABLES).format(table=Identifier(table), role=Identifier(role)))


def _run(connection: psycopg.Connection[object], statements: list[str], role: str) -> None:
    for statement in statements:
        connection.execute(SQL(statement).format(role=Identifier(role)))

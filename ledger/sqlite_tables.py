"""The tables of a ledger file, and what guards them. THE STORAGE FORMAT.

`facts` takes nothing but the next fact: its triggers bind whoever opens the file, not only this program.
`texts` holds what may be erased, and is the one table of the ledger that is not append-only.
"""

from ledger.row import FACTS, TEXTS

APPLICATION_ID = 0x436C6564
FORMAT = 2

_FACTS = f"""
CREATE TABLE {FACTS} (
    position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, originator_id TEXT NOT NULL,
    originator_version INTEGER NOT NULL, topic TEXT NOT NULL, state BLOB NOT NULL, leaf BLOB NOT NULL,
    subtree BLOB NOT NULL, UNIQUE (originator_id, originator_version)
)
"""
_TEXTS = f"""
CREATE TABLE {TEXTS} (position INTEGER PRIMARY KEY REFERENCES {FACTS}, opened TEXT NOT NULL)
"""
_NEXT_ONLY = f"""
CREATE TRIGGER facts_next_only BEFORE INSERT ON {FACTS}
WHEN NEW.position IS NOT (SELECT COALESCE(MAX(position), 0) + 1 FROM {FACTS})
  OR json_array(NEW.position, NEW.id, NEW.originator_id)
     IS NOT json_extract(CAST(NEW.state AS TEXT), '$.position', '$.fact.id', '$.fact.contract')
  OR NEW.originator_version IS NOT
     (SELECT COALESCE(MAX(originator_version), 0) + 1 FROM {FACTS} WHERE originator_id = NEW.originator_id)
  OR length(NEW.leaf) IS NOT 32 OR length(NEW.subtree) IS NOT 32
  OR EXISTS (SELECT 1 FROM {FACTS} WHERE id = NEW.id)
BEGIN SELECT RAISE(ABORT, 'a ledger takes only the next fact'); END
"""
_NO_UPDATE = f"""
CREATE TRIGGER facts_no_update BEFORE UPDATE ON {FACTS}
BEGIN SELECT RAISE(ABORT, 'a fact is never edited; record a void'); END
"""
_NO_DELETE = f"""
CREATE TRIGGER facts_no_delete BEFORE DELETE ON {FACTS}
BEGIN SELECT RAISE(ABORT, 'a fact is never deleted; record a void'); END
"""

TABLES = {FACTS: _FACTS.strip(), TEXTS: _TEXTS.strip()}
GUARDS = {
    "facts_next_only": _NEXT_ONLY.strip(),
    "facts_no_update": _NO_UPDATE.strip(),
    "facts_no_delete": _NO_DELETE.strip(),
}
MARKS = (f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {FORMAT}")
STATEMENTS = (*TABLES.values(), *GUARDS.values(), *MARKS)


def guard_faults(found: dict[str, str | None]) -> list[str]:
    """Return what is wrong with the tables and their guards.

    Args:
        found: the statement that made each table and index over the facts and texts, and each trigger, by name.
    """
    faults = [f"{name} no longer guards the facts" for name, made in GUARDS.items() if found.get(name) != made]
    faults += [
        f"the table {name} is not as the ledger makes it" for name, made in TABLES.items() if found.get(name) != made
    ]
    added = [name for name, made in found.items() if made is not None and name not in (*TABLES, *GUARDS)]
    return faults + [f"{name}, which the ledger did not make, stands over the facts" for name in sorted(added)]

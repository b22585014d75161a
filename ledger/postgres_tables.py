"""The tables of a ledger in PostgreSQL, and what guards them. THE STORAGE FORMAT.

They are those of a ledger file, with the same bytes in them, in a schema of their own. `head` is one row: the last
position. Who takes facts takes that row's turn first; the row moves with the facts, by a trigger and no other way.
"""

from collections.abc import Mapping
from hashlib import sha256

from ledger.postgres_connections import SCHEMA
from ledger.row import FACTS, TEXTS

FORMAT = 2
MARK = "contract-ledger, format "
HEAD = "head"

_FUNCTION = """
CREATE FUNCTION {schema}.{name}() RETURNS {returns} LANGUAGE plpgsql {rights} SET search_path = pg_catalog, pg_temp
AS $function${body}$function$
"""
_BODIES = {
    "next_position": f"""
DECLARE due bigint;
BEGIN
    SELECT {HEAD}.position + 1 INTO due FROM {SCHEMA}.{HEAD} FOR UPDATE;
    RETURN due;
END
""",
    "facts_take_turns": f"""
BEGIN
    PERFORM {SCHEMA}.next_position();
    RETURN NULL;
END
""",
    "facts_next_only": f"""
DECLARE envelope json;
BEGIN
    IF NEW.position IS NOT DISTINCT FROM (SELECT coalesce(max(position), 0) + 1 FROM {SCHEMA}.{FACTS})
        AND NEW.originator_version IS NOT DISTINCT FROM (
            SELECT coalesce(max(originator_version), 0) + 1 FROM {SCHEMA}.{FACTS}
            WHERE originator_id = NEW.originator_id
        )
        AND NOT EXISTS (SELECT FROM {SCHEMA}.{FACTS} WHERE id = NEW.id)
        AND length(NEW.leaf) IS NOT DISTINCT FROM 32 AND length(NEW.subtree) IS NOT DISTINCT FROM 32
    THEN
        envelope := convert_from(NEW.state, 'UTF8')::json;
        IF ROW(envelope ->> 'position', envelope #>> '{{fact,id}}', envelope #>> '{{fact,contract}}')
            IS NOT DISTINCT FROM ROW(NEW.position::text, NEW.id, NEW.originator_id)
            AND json_typeof(envelope -> 'position') = 'number'
        THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION USING MESSAGE = 'a ledger takes only the next fact', ERRCODE = 'unique_violation';
END
""",
    "facts_move_head": f"""
BEGIN
    UPDATE {SCHEMA}.{HEAD} SET position = (SELECT max(position) FROM {SCHEMA}.{FACTS});
    RETURN NULL;
END
""",
    "facts_no_update": """
BEGIN
    RAISE EXCEPTION 'a fact is never edited; record a void';
END
""",
    "facts_no_delete": """
BEGIN
    RAISE EXCEPTION 'a fact is never deleted; record a void';
END
""",
    "head_follows": f"""
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.position = (SELECT max(position) FROM {SCHEMA}.{FACTS}) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'the head follows the facts';
END
""",
}
_AS_OWNER = ("next_position", "facts_take_turns", "facts_move_head")


def _function(name: str) -> str:
    returns = "bigint" if name == "next_position" else "trigger"
    rights = "SECURITY DEFINER" if name in _AS_OWNER else "SECURITY INVOKER"
    return _FUNCTION.format(schema=SCHEMA, name=name, returns=returns, rights=rights, body=_BODIES[name]).strip()


_TRIGGERS = {
    "facts_take_turns": f"BEFORE INSERT ON {SCHEMA}.{FACTS} FOR EACH STATEMENT",
    "facts_next_only": f"BEFORE INSERT ON {SCHEMA}.{FACTS} FOR EACH ROW",
    "facts_move_head": f"AFTER INSERT ON {SCHEMA}.{FACTS} FOR EACH STATEMENT",
    "facts_no_update": f"BEFORE UPDATE ON {SCHEMA}.{FACTS} FOR EACH STATEMENT",
    "facts_no_delete": f"BEFORE DELETE OR TRUNCATE ON {SCHEMA}.{FACTS} FOR EACH STATEMENT",
    "head_follows": f"BEFORE UPDATE ON {SCHEMA}.{HEAD} FOR EACH ROW",
    "head_stays": f"BEFORE INSERT OR DELETE OR TRUNCATE ON {SCHEMA}.{HEAD} FOR EACH STATEMENT",
}
_CALLS = {"head_stays": "head_follows"}


def _trigger(name: str) -> list[str]:
    relation = _TRIGGERS[name].partition(" ON ")[2].partition(" ")[0]
    return [
        f"CREATE TRIGGER {name} {_TRIGGERS[name]} EXECUTE FUNCTION {SCHEMA}.{_CALLS.get(name, name)}()",
        f"ALTER TABLE {relation} ENABLE ALWAYS TRIGGER {name}",
    ]


STATEMENTS = (
    f"CREATE SCHEMA {SCHEMA}",
    f"""
    CREATE TABLE {SCHEMA}.{FACTS} (
        position bigint PRIMARY KEY, id text COLLATE "C" NOT NULL UNIQUE, originator_id text COLLATE "C" NOT NULL,
        originator_version bigint NOT NULL, topic text COLLATE "C" NOT NULL, state bytea NOT NULL, leaf bytea NOT NULL,
        subtree bytea NOT NULL, UNIQUE (originator_id, originator_version)
    )
    """,
    f"""
    CREATE TABLE {SCHEMA}.{TEXTS} (
        position bigint PRIMARY KEY REFERENCES {SCHEMA}.{FACTS}, opened text COLLATE "C" NOT NULL
    )
    """,
    f"CREATE TABLE {SCHEMA}.{HEAD} (position bigint NOT NULL) WITH (fillfactor = 10)",
    f"INSERT INTO {SCHEMA}.{HEAD} VALUES (0)",
    *(_function(name) for name in _BODIES),
    *(statement for name in _TRIGGERS for statement in _trigger(name)),
    f"REVOKE EXECUTE ON FUNCTION {SCHEMA}.next_position() FROM PUBLIC",
    f"COMMENT ON SCHEMA {SCHEMA} IS '{MARK}{FORMAT}'",
)

_OURS = f"ARRAY['{SCHEMA}.{FACTS}'::regclass, '{SCHEMA}.{TEXTS}'::regclass, '{SCHEMA}.{HEAD}'::regclass]"
MADE = f"""
SELECT 'table ' || relname, concat_ws(' ', relkind, relpersistence, relrowsecurity, relhasrules, (
    SELECT string_agg(concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, atthasdef, collname), ', '
                      ORDER BY attnum)
    FROM pg_attribute LEFT JOIN pg_collation ON pg_collation.oid = attcollation
    WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
)) FROM pg_class WHERE oid = ANY({_OURS})
UNION ALL
SELECT 'index ' || c.relname, concat_ws(' ', t.relname, indisprimary, indisunique, indimmediate, indisvalid, indisready,
    indpred IS NULL, indexprs IS NULL, (
        SELECT string_agg(attname, ',' ORDER BY ord) FROM unnest(indkey::int2[]) WITH ORDINALITY AS k(att, ord)
        JOIN pg_attribute ON attrelid = indrelid AND attnum = att
    ))
FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_class t ON t.oid = indrelid WHERE indrelid = ANY({_OURS})
UNION ALL
SELECT 'constraint ' || conname, concat_ws(' ', contype, conrelid::regclass, confrelid::regclass, convalidated)
FROM pg_constraint WHERE conrelid = ANY({_OURS}) AND contype NOT IN ('n', 'p', 'u')
UNION ALL
SELECT 'child ' || inhrelid::regclass, 'of ' || inhparent::regclass FROM pg_inherits WHERE inhparent = ANY({_OURS})
UNION ALL
SELECT tgname, concat_ws(' ', tgrelid::regclass, tgfoid::regproc, tgtype, tgenabled, tgnargs, tgattr::text,
                         tgqual IS NULL)
FROM pg_trigger WHERE tgrelid = ANY({_OURS}) AND NOT tgisinternal
UNION ALL
SELECT 'function ' || proname, concat_ws(' ', lanname, prosecdef, provolatile, pronargs, proconfig::text,
                                         encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'))
FROM pg_proc JOIN pg_language ON pg_language.oid = prolang WHERE pronamespace = '{SCHEMA}'::regnamespace
UNION ALL
SELECT 'link between the tables', count(*)::text FROM pg_trigger
WHERE tgrelid = ANY({_OURS}) AND tgisinternal AND tgenabled IN ('O', 'A')
"""

_COLUMNS = {
    FACTS: "position bigint t f, id text t f C, originator_id text t f C, originator_version bigint t f, "
    "topic text t f C, state bytea t f, leaf bytea t f, subtree bytea t f",
    TEXTS: "position bigint t f, opened text t f C",
    HEAD: "position bigint t f",
}
_TYPES = {"ROW": 1, "BEFORE": 2, "INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}


def _type(trigger: str) -> int:
    """Return how PostgreSQL notes when a trigger fires."""
    return sum(bit for word, bit in _TYPES.items() if word in _TRIGGERS[trigger].split())


def _as_made() -> dict[str, str]:
    """Return what `MADE` selects in a ledger that nobody has touched."""
    settings = '{"search_path=pg_catalog, pg_temp"}'
    return {
        **{f"table {table}": f"r p f f {columns}" for table, columns in _COLUMNS.items()},
        "index facts_pkey": f"{FACTS} t t t t t t t position",
        "index facts_id_key": f"{FACTS} f t t t t t t id",
        "index facts_originator_id_originator_version_key": f"{FACTS} f t t t t t t originator_id,originator_version",
        "index texts_pkey": f"{TEXTS} t t t t t t t position",
        "constraint texts_position_fkey": f"f {TEXTS} {FACTS} t",
        "link between the tables": "4",
        **{
            name: f"{made.partition(f' ON {SCHEMA}.')[2].split()[0]} {_CALLS.get(name, name)} {_type(name)} A 0  t"
            for name, made in _TRIGGERS.items()
        },
        **{
            f"function {name}": f"plpgsql {'t' if name in _AS_OWNER else 'f'} v 0 {settings} "
            + sha256(body.encode()).hexdigest()
            for name, body in _BODIES.items()
        },
    }


def guard_faults(found: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the tables and their guards.

    Args:
        found: what `MADE` selects.
    """
    faults: dict[str, None] = {}
    for name, made in _as_made().items():
        if found.get(name) != made:
            bare = name.removeprefix("function ")
            guard = bare in _BODIES or bare in _TRIGGERS
            sentence = f"{bare} no longer guards the facts" if guard else f"the {name} is not as the ledger makes it"
            faults[sentence] = None
    faults |= {
        f"{name}, which the ledger did not make, stands over the facts": None
        for name in sorted(set(found) - set(_as_made()))
    }
    return list(faults)

"""Whoever can write the file can change it, but not without `verify` saying where: no edit is missed.

The guards are dropped and put back, as somebody would who wants not to be seen. Those who also compute the tree
anew are seen by a head that was kept elsewhere.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ledger.heads import head_of, read_heads
from ledger.proof import Frontier, leaf_hash
from ledger.sqlite_tables import GUARDS
from ledger.state import canonical
from ledger.store import Ledger
from ledger.verify import verify
from tests.conftest import Program

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ledger.heads import Head

FIRST, FIRST_RETURN, MIDDLE = 1, 50, 317
PLACES = ("first", "middle", "last")


@pytest.fixture(scope="module")
def kept(sample_path: Path) -> Head:
    with Ledger(sample_path) as ledger:
        return head_of(ledger.leaves())


@pytest.fixture
def copy(sample_path: Path, tmp_path: Path) -> Path:
    """A copy of the sample ledger to tamper with."""
    with Ledger(sample_path) as ledger:
        ledger.scrub()
    return shutil.copyfile(sample_path, tmp_path / "ledger.db")


def place(name: str, size: int) -> int:
    return {"first": FIRST, "middle": MIDDLE, "last": size}[name]


def place_with_texts(name: str, size: int) -> int:
    """Return a place at which there is text; the contract's own fact has none."""
    return {"first": FIRST_RETURN}.get(name, place(name, size))


@contextmanager
def tampering(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a ledger file with its guards off; put them back in the end."""
    connection = sqlite3.connect(path)
    for name in GUARDS:
        connection.execute(f"DROP TRIGGER {name}")
    yield connection
    for made in GUARDS.values():
        connection.execute(made)
    connection.commit()
    connection.close()


def problems(path: Path, heads: Sequence[Head] = ()) -> list[str]:
    with Ledger(path) as ledger:
        return verify(ledger, heads).problems


def edits_of(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield each single value inside JSON with another of its kind, and each key left out."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key), None
            yield from edits_of(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from edits_of(inner, (*path, number))
    elif isinstance(value, bool):
        yield path, not value
    elif isinstance(value, int):
        yield path, value + 1
    elif isinstance(value, str):
        yield path, f"{value[:-1]}{'0' if value[-1:] != '0' else '1'}"


def edited(document: Any, path: tuple[str | int, ...], value: Any) -> bytes:
    copied = json.loads(json.dumps(document))
    inside = copied
    for part in path[:-1]:
        inside = inside[part]
    if value is None:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return json.dumps(copied, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize("where", PLACES)
def test_every_edit_of_a_value_in_what_is_kept_of_a_fact_is_named(copy: Path, kept: Head, where: str) -> None:
    position = place(where, kept.size)
    with sqlite3.connect(copy) as connection:
        ((state,),) = connection.execute("SELECT state FROM facts WHERE position = ?", (position,))
        opened = next(
            (each for (each,) in connection.execute("SELECT opened FROM texts WHERE position = ?", (position,))), None
        )
    columns: list[tuple[str, str, Any, Any]] = [("facts", "state", json.loads(state), bytes)]
    columns += [("texts", "opened", json.loads(opened), bytes.decode)] if opened else []
    tried = 0
    for table, column, document, as_kept in columns:
        for path, value in edits_of(document):
            with tampering(copy) as connection:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE position = ?",
                    (as_kept(edited(document, path, value)), position),
                )
            found = problems(copy)
            assert found, (path, value)
            assert found[0].startswith(f"position {position}: "), (path, value, found)
            with tampering(copy) as connection:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? WHERE position = ?",
                    (state if table == "facts" else opened, position),
                )
            tried += 1
    assert tried > 20
    assert problems(copy) == []


COLUMNS: dict[str, tuple[Any, ...]] = {
    "id": ("another", "", b"another", 7),
    "originator_id": ("another", "", b"lincolnshire-css", "lincolnshire-css "),
    "originator_version": (0, -1, 10_000, "x", 1.5),
    "topic": ("FactVoided", "", "KpiIntroduced ", b"KpiIntroduced"),
    "state": (b"", b"{}", b"null", "text", b"\xff", 7, b"[" * 5000),
    "leaf": (bytes(32), b"", "text", 0),
    "subtree": (bytes(32), b"", "text", 0),
}


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize(("column", "value"), [(name, value) for name, them in COLUMNS.items() for value in them])
def test_every_edit_of_a_column_is_named(copy: Path, kept: Head, where: str, column: str, value: Any) -> None:
    position = place(where, kept.size)
    with tampering(copy) as connection:
        connection.execute(f"UPDATE facts SET {column} = ? WHERE position = ?", (value, position))
    found = [each for each in problems(copy) if each.startswith("position")]
    assert found
    assert found[0].startswith(f"position {position}: ")


@pytest.mark.parametrize("where", PLACES)
@pytest.mark.parametrize("moved", [700, 10**12])
def test_a_fact_given_another_position_is_named(copy: Path, kept: Head, where: str, moved: int) -> None:
    position = place(where, kept.size)
    with tampering(copy) as connection:
        connection.execute("UPDATE facts SET position = ? WHERE position = ?", (moved, position))
    gap = f"position {position}" if position < kept.size else f"positions {position} to {moved - 1}"
    assert problems(copy)[0] == f"{gap}: no fact is there"


@pytest.mark.parametrize("where", PLACES)
def test_a_text_gone_without_an_erasure_is_named(copy: Path, kept: Head, where: str) -> None:
    position = place_with_texts(where, kept.size)
    with tampering(copy) as connection:
        connection.execute("DELETE FROM texts WHERE position = ?", (position,))
    assert problems(copy)[0].startswith(f"position {position}: ")


@pytest.mark.parametrize("where", PLACES)
def test_a_text_marked_as_erased_without_an_erasure_is_named(copy: Path, kept: Head, where: str) -> None:
    position = place_with_texts(where, kept.size)
    with tampering(copy) as connection:
        ((opened,),) = connection.execute("SELECT opened FROM texts WHERE position = ?", (position,))
        emptied = json.dumps({name: [None, "[erased]"] for name in json.loads(opened)}, separators=(",", ":"))
        connection.execute("UPDATE texts SET opened = ? WHERE position = ?", (emptied, position))
    found = problems(copy)
    assert found[0].startswith(f"position {position}: ")
    assert "no fact says that it was erased" in found[0]


@pytest.mark.parametrize("where", PLACES)
def test_a_deleted_fact_is_named(copy: Path, kept: Head, where: str) -> None:
    position = place(where, kept.size)
    with tampering(copy) as connection:
        connection.execute("DELETE FROM facts WHERE position = ?", (position,))
    found = problems(copy)
    if where == "last":
        assert found == [f"position {position}: texts are kept, but no fact is there"]
        assert (
            problems(copy, [kept])[0]
            == f"position {position}: no longer there, and the kept head of 631 facts counts them"
        )
    else:
        assert found[0] == f"position {position}: no fact is there"


def test_a_cut_tail_is_named_by_a_kept_head(copy: Path, kept: Head) -> None:
    with tampering(copy) as connection:
        connection.execute("DELETE FROM facts WHERE position > 600")
        connection.execute("DELETE FROM texts WHERE position > 600")
    assert problems(copy) == []
    expected = "positions 601 to 631: no longer there, and the kept head of 631 facts counts them"
    assert problems(copy, [kept]) == [expected]


@pytest.mark.parametrize(("one", "other"), [(1, 2), (5, 7), (316, 317), (317, 631), (630, 631)])
def test_two_facts_swapped_are_named(copy: Path, one: int, other: int) -> None:
    with tampering(copy) as connection:
        connection.execute("UPDATE facts SET position = -1 WHERE position = ?", (one,))
        connection.execute("UPDATE facts SET position = ? WHERE position = ?", (one, other))
        connection.execute("UPDATE facts SET position = ? WHERE position = -1", (other,))
    found = problems(copy)
    assert found[0] == f"position {one}: it was moved from position {other}"
    assert any(each == f"position {other}: it was moved from position {one}" for each in found)


def test_states_swapped_under_their_leaves_are_named(copy: Path) -> None:
    with tampering(copy) as connection:
        states = dict(connection.execute("SELECT position, state FROM facts WHERE position IN (5, 7)"))
        connection.execute("UPDATE facts SET state = '' WHERE position = 5")
        connection.execute("UPDATE facts SET state = ? WHERE position = 7", (states[5],))
        connection.execute("UPDATE facts SET state = ? WHERE position = 5", (states[7],))
    assert problems(copy)[0].startswith("position 5: the fact that was taken at position 7 is here")


def test_a_fact_taken_out_and_the_rest_closed_up_is_named(copy: Path) -> None:
    with tampering(copy) as connection:
        connection.execute("DELETE FROM facts WHERE position = 317")
        for position in range(318, 632):
            connection.execute("UPDATE facts SET position = ? WHERE position = ?", (position - 1, position))
    assert problems(copy)[0] == "position 317: it was moved from position 318"


def forged(path: Path, position: int, version: int) -> bytes:
    """Return the state of a forgery that follows another fact: its return, with another id and value."""
    with sqlite3.connect(path) as connection:
        ((state,),) = connection.execute("SELECT state FROM facts WHERE position = ?", (position - 1,))
    document = json.loads(state)
    document["position"] = position
    document["fact"]["id"] = f"forged-{version}"
    return json.dumps(document, separators=(",", ":")).encode()


@pytest.mark.parametrize("leaf", [b"", bytes(32), b"the leaf of a state without line"])
def test_an_appended_forgery_without_its_place_in_the_tree_is_named(copy: Path, leaf: bytes) -> None:
    state = forged(copy, 632, 632)
    with tampering(copy) as connection:
        columns = (632, "forged-632", "lincolnshire-css", 632, json.loads(state)["fact"]["fact"], state, leaf, leaf)
        connection.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", columns)
    assert problems(copy)[0].startswith("position 632: ")


def test_an_appended_forgery_with_a_leaf_but_no_node_is_named(copy: Path) -> None:
    state = forged(copy, 632, 632)
    kind = json.loads(state)["fact"]["fact"]
    leaf = leaf_hash(canonical(632, 632, kind, "lincolnshire-css", state))
    with tampering(copy) as connection:
        connection.execute(
            "INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (632, "forged-632", "lincolnshire-css", 632, kind, state, leaf, leaf),
        )
    assert problems(copy)[0].startswith("position 632: ")


def rewrite(path: Path) -> None:
    """Compute every leaf and node anew, as somebody would who knows how."""
    with tampering(path) as connection:
        tree = Frontier()
        rows = connection.execute("SELECT * FROM facts ORDER BY position").fetchall()
        for position, _, contract, version, kind, found, _, _ in rows:
            state = found
            if kind == "ReportPublished":
                state = edited(json.loads(found), ("head",), tree.root().hex())
            leaf = leaf_hash(canonical(position, version, kind, contract, state))
            connection.execute(
                "UPDATE facts SET state = ?, leaf = ?, subtree = ? WHERE position = ?",
                (state, leaf, tree.append(leaf), position),
            )


@pytest.mark.parametrize("where", PLACES)
def test_a_tree_rewritten_over_a_changed_fact_is_seen_by_a_kept_head_which_names_the_fact(
    copy: Path, kept: Head, where: str
) -> None:
    position = place(where, kept.size)
    with tampering(copy) as connection:
        ((state,),) = connection.execute("SELECT state FROM facts WHERE position = ?", (position,))
        changed = state.replace(b'"recorded_by":"', b'"recorded_by":"not-')
        connection.execute("UPDATE facts SET state = ? WHERE position = ?", (changed, position))
    rewrite(copy)
    assert problems(copy) == []
    named = f"position {position}: not what it was under the kept head of 631 facts; the first difference is there"
    assert problems(copy, [kept]) == [named]
    written = json.dumps(kept.document()).encode()
    assert problems(copy, [*read_heads(written, "head.json")]) == [named]
    (line,) = read_heads(f"{kept.size} {kept.root.hex()}\n".encode(), "minutes.txt")
    assert problems(copy, [line])[0].startswith("positions 1 to 631: not what they were")


def test_a_fact_taken_out_under_a_rewritten_tree_is_seen_by_a_kept_head(copy: Path, kept: Head) -> None:
    with tampering(copy) as connection:
        connection.execute("DELETE FROM facts WHERE position = 631")
        connection.execute("DELETE FROM texts WHERE position = 631")
    rewrite(copy)
    assert problems(copy, [kept])[0].startswith("position 631: no longer there")


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("CREATE TRIGGER quiet AFTER INSERT ON facts BEGIN DELETE FROM texts; END", "quiet, which the ledger did not"),
        ("CREATE INDEX mine ON facts (topic)", "mine, which the ledger did not make, stands over the facts"),
        ("DROP TRIGGER facts_no_delete", "facts_no_delete no longer guards the facts"),
        ("DROP TABLE texts", "the table texts is not as the ledger makes it"),
        ("ALTER TABLE texts ADD COLUMN more TEXT", "the table texts is not as the ledger makes it"),
    ],
)
def test_other_guards_than_the_ledgers_are_named(copy: Path, statement: str, named: str) -> None:
    connection = sqlite3.connect(copy)
    connection.execute(statement)
    connection.commit()
    connection.close()
    assert any(named in each for each in problems(copy))


def test_what_is_honest_raises_no_alarm_and_extends_every_head_it_ever_had(sample_path: Path) -> None:
    with Ledger(sample_path) as ledger:
        leaves = ledger.leaves()
        for size in (0, 1, 2, 3, 255, 256, 257, 630, 631):
            head = head_of(leaves[:size])
            assert head.root == ledger.root_at(size)
            assert verify(ledger, [head]).problems == []
        assert verify(ledger, deep=True).problems == []


def hide_from_index(path: Path, position: int) -> None:
    """Leave a fact out of the index by which a contract's facts are read, as somebody would who knows SQLite."""
    connection = sqlite3.connect(path)
    connection.execute(
        f"CREATE UNIQUE INDEX x ON facts (originator_id, originator_version) WHERE position <> {position}"
    )
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM sqlite_master WHERE name = 'x') "
        "WHERE name = 'sqlite_autoindex_facts_2'"
    )
    connection.execute("DELETE FROM sqlite_master WHERE name = 'x'")
    connection.commit()
    connection.close()


def test_a_fact_hidden_from_an_index_is_seen(copy: Path) -> None:
    hide_from_index(copy, MIDDLE)
    with Ledger(copy) as ledger:
        assert len(ledger.history("lincolnshire-css")) == 630
        problem = verify(ledger).problems[0]
    assert problem.startswith("the file is damaged, or its indexes were changed: ")
    assert "index sqlite_autoindex_facts_2" in problem


def opened_of(path: Path, position: int) -> dict[str, Any]:
    with sqlite3.connect(path) as connection:
        ((opened,),) = connection.execute("SELECT opened FROM texts WHERE position = ?", (position,))
    found: dict[str, Any] = json.loads(opened)
    return found


def keep(path: Path, position: int, opened: str | bytes) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE texts SET opened = ? WHERE position = ?", (opened, position))
    connection.close()


def test_a_salt_that_swallows_the_beginning_of_its_text_is_named(copy: Path) -> None:
    opened = opened_of(copy, FIRST_RETURN)
    name, (salt, text) = next(iter(opened.items()))
    shifted = {**opened, name: [salt + text[:4].encode().hex(), text[4:]]}
    keep(copy, FIRST_RETURN, json.dumps(shifted, ensure_ascii=False, separators=(",", ":")))
    assert problems(copy)[0].startswith(f"position {FIRST_RETURN}: the texts kept beside the fact")


@pytest.mark.parametrize(
    "written",
    [
        lambda text: f"{text} ",
        lambda text: text.encode("utf-16"),
        lambda text: text.encode(),
        lambda text: json.dumps(json.loads(text)),
        lambda text: text.replace('["', '["A', 1),
        lambda text: f'{{"note":["",""],{text[1:]}',
    ],
    ids=["space", "utf-16", "bytes", "spaced", "salt", "twice"],
)
def test_texts_kept_in_another_form_are_named(copy: Path, written: Any) -> None:
    with sqlite3.connect(copy) as connection:
        ((opened,),) = connection.execute("SELECT opened FROM texts WHERE position = ?", (FIRST_RETURN,))
    keep(copy, FIRST_RETURN, written(opened))
    assert problems(copy)[0].startswith(f"position {FIRST_RETURN}: ")


@pytest.mark.parametrize("erases", [None, "abc", [["x"]], [{"id": 7}], 5, [{"id": "x", "fields": None}]])
def test_a_forged_erasure_is_named_and_not_stumbled_over(copy: Path, erases: Any) -> None:
    document = json.loads(forged(copy, 632, 632))
    document["fact"] |= {"fact": "TextErased", "erases": erases}
    state = json.dumps(document, separators=(",", ":")).encode()
    leaf = leaf_hash(canonical(632, 632, "TextErased", "lincolnshire-css", state))
    with tampering(copy) as connection:
        connection.execute(
            "INSERT INTO facts VALUES (632, 'forged-632', 'lincolnshire-css', 632, 'TextErased', ?, ?, ?)",
            (state, leaf, leaf),
        )
    rewrite(copy)
    assert "position 632: the fact does not read back" in problems(copy)


def test_a_kind_changed_to_an_erasure_is_named(copy: Path) -> None:
    with tampering(copy) as connection:
        connection.execute("UPDATE facts SET topic = 'TextErased' WHERE position = ?", (MIDDLE,))
    assert problems(copy)[0].startswith(f"position {MIDDLE}: ")


@pytest.mark.parametrize("position", [0, -1, -7, -(1 << 63)])
def test_a_fact_before_the_first_position_is_named(copy: Path, position: int) -> None:
    state = forged(copy, 632, 632)
    with tampering(copy) as connection:
        columns = (position, "forged-632", "lincolnshire-css", 632, "FactVoided", state, bytes(32), bytes(32))
        connection.execute("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", columns)
    assert f"position {position}: the fact was added: positions count from 1" in problems(copy)


def test_a_trigger_is_named_however_its_table_is_spelt(copy: Path) -> None:
    connection = sqlite3.connect(copy)
    connection.execute("CREATE TRIGGER quiet BEFORE INSERT ON facts BEGIN SELECT RAISE(IGNORE); END")
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute("UPDATE sqlite_master SET tbl_name = 'FACTS' WHERE name = 'quiet'")
    connection.commit()
    connection.close()
    assert "quiet, which the ledger did not make, stands over the facts" in problems(copy)


@pytest.mark.parametrize(
    "written",
    [
        lambda state: state.replace(b"{", b"{\n", 1),
        lambda state: state.decode().encode("utf-16"),
        lambda state: b"\xef\xbb\xbf" + state,
        lambda state: state.replace(b":", b": ", 1),
        lambda state: state.replace(b'"recorded_by":"', b'"recorded_by":"x","recorded_by":"', 1),
    ],
    ids=["line break", "utf-16", "mark", "space", "twice"],
)
def test_a_fact_written_in_another_form_is_named_under_a_rewritten_tree_too(copy: Path, written: Any) -> None:
    with tampering(copy) as connection:
        ((state,),) = connection.execute("SELECT state FROM facts WHERE position = ?", (MIDDLE,))
        connection.execute("UPDATE facts SET state = ? WHERE position = ?", (written(state), MIDDLE))
    rewrite(copy)
    assert f"position {MIDDLE}: the fact does not read back" in problems(copy)


@pytest.mark.parametrize(("field", "value"), [("recorded_at", 5), ("recorded_at", None), ("recorded_by", [])])
def test_an_envelope_of_other_types_is_named_and_not_stumbled_over(copy: Path, field: str, value: Any) -> None:
    with tampering(copy) as connection:
        ((state,),) = connection.execute("SELECT state FROM facts WHERE position = ?", (MIDDLE,))
        envelope = {**json.loads(state), field: value}
        connection.execute(
            "UPDATE facts SET state = ? WHERE position = ?",
            (json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode(), MIDDLE),
        )
    rewrite(copy)
    with Ledger(copy) as ledger:
        assert any(each.startswith(f"position {MIDDLE}: ") for each in verify(ledger, deep=True).problems)


def test_a_column_that_is_no_text_is_told(copy: Path) -> None:
    with tampering(copy) as connection:
        connection.execute("UPDATE facts SET id = CAST(x'61ff62' AS TEXT) WHERE position = ?", (MIDDLE,))
    assert any("the next rows cannot be read" in each for each in problems(copy))


def test_texts_beside_a_fact_that_has_none_are_named(copy: Path) -> None:
    with tampering(copy) as connection:
        bare = "SELECT min(position) FROM facts WHERE position NOT IN (SELECT position FROM texts)"
        connection.execute(f"INSERT INTO texts VALUES (({bare}), '{{}}')")
    (found,) = problems(copy)
    assert "texts" in found


@pytest.mark.parametrize(
    "command", [("status",), ("contracts",), ("cells",), ("replay",), ("diff", "--from", "2017-09-01")]
)
def test_a_tree_that_holds_no_hash_is_said_in_a_sentence(copy: Path, command: tuple[str, ...]) -> None:
    with tampering(copy) as connection:
        connection.execute("UPDATE facts SET subtree = 5 WHERE position = (SELECT max(position) FROM facts)")
    result = Program(copy).run(*command)
    assert result.exit_code in (0, 3)  # what can be told without the kept tables is told
    assert "run `contract-ledger verify`" in result.stderr

"""A contract file into the facts that register it: checked whole, every fault with its KPI and line."""

import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Any, NamedTuple, Protocol

from ledger.components import errors_of_formula
from ledger.doubtful import Doubtful
from ledger.facts import AnyFact, ContractRegistered, KpiIntroduced, kpi_of, standing_facts
from ledger.faults import BadInput, Fault
from ledger.judgement import Proposed, Reading
from ledger.level_decisions import errors_of_levels
from ledger.lint import KpiAt, lint
from ledger.misspelt import no_field_of
from ledger.recorded import Recorded
from ledger.shapes import ENVELOPE, shaped
from ledger.toml_lines import Lines
from ledger.weights import unbalanced

_TERMS = ("scheme", "checks", "management", "procurement")
_TABLES = ("contract", *_TERMS, "service", "kpi")


class Places(Protocol):
    """Where the tables of a file, their keys, and the items of their lists stand."""

    def has(self, table: str, number: int, key: str) -> bool: ...

    def of(self, table: str, number: int = 0, key: str = "", item: int | None = None) -> int: ...


class DoubtAt(NamedTuple):
    """A doubt, and where in its file it stands: the line, and the place as sentences name it."""

    line: int
    where: str
    doubt: Doubtful


def doubt_at(doubt: Doubtful, lines: Places, name: str) -> DoubtAt:
    """Return a doubt about a file of that name with its place."""
    line = lines.of(doubt.table, doubt.number, doubt.field, doubt.item)
    place = f"{name}, line {line}"
    return DoubtAt(line, f"{place}, {doubt.kpi}" if doubt.kpi else place, doubt)


@dataclass(slots=True)
class Definition(Reading):
    """What reading a contract file found: its id, the KPIs that could be read, and its doubts, beside all others."""

    contract: str = ""
    kpis: list[KpiAt] = field(default_factory=list)
    doubtful: list[DoubtAt] = field(default_factory=list)

    def to_register(self, *, registered: bool = False) -> Reading:
        """Return what registering goes by: open doubts that bar it are faults, other open ones are warned of.

        Of a contract that is already registered all are warned of: nothing rests on the file any more.
        """
        for _, where, doubt in self.doubtful:
            if doubt.warned_of:
                found = self.faults if doubt.bars and not registered else self.doubts
                found.append(Fault(where, doubt.field, doubt.told))
        if not registered:
            barred = {each.doubt.kpi for each in self.doubtful if each.doubt.bars}
            self.proposed = [
                each for each in self.proposed if kpi_of(each.fact) is None or kpi_of(each.fact) not in barred
            ]
        return self

    def settled(self) -> str | None:
        """Say how many doubts the file's entries settle, which registering does not warn of; None if there are none."""
        number = sum(not each.doubt.warned_of for each in self.doubtful)
        if not number:
            return None
        counted = "1 doubt is" if number == 1 else f"{number} doubts are"
        return f"{counted} settled by how the file says to read it; `check` shows {'it' if number == 1 else 'each'}."


@dataclass(slots=True)
class _File:
    """A contract file as it is read: where its parts stand, and what reading them has found."""

    name: str
    lines: Places
    reading: Definition

    def where(self, table: str, number: int = 0, key: str = "", ref: str = "") -> str:
        place = f"{self.name}, line {self.lines.of(table, number, key)}"
        return f"{place}, {ref}" if ref else place

    def fault(self, where: str, field: str, sentence: str) -> None:
        self.reading.faults.append(Fault(where, field, sentence))

    def tables(self, raw: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """Return the tables of a list of tables."""
        found = raw.get(name, [])
        if isinstance(found, list) and all(isinstance(each, dict) for each in found):
            return found
        self.fault(self.where("", 0, name), name, f"is not a list of tables; write [[{name}]]")
        return []

    def shape(self, raw: dict[str, Any], table: str, number: int, ref: str = "") -> AnyFact | None:
        """Shape a table into a fact, its faults on the lines of their keys."""
        fact, faults = shaped(raw, "", lambda: "")
        for fault in faults:
            home = _home(table, number, fault.field or "")
            if home[2] == "held_from" and not self.lines.has(*home):
                continue
            if home[2] == "id" and table == "kpi":
                continue
            unknown = fault.sentence.startswith("is no field")
            sentence = no_field_of(home[0], fault.sentence) if unknown else fault.sentence
            self.fault(self.where(*home, ref), fault.field or "", sentence)
        return fact


def _home(table: str, number: int, field: str) -> tuple[str, int, str]:
    """Return the table, its number and the key of a file that a fact's field was read from."""
    parts = re.split(r"[.\[\]]+", field)
    if parts[0] in _TERMS and len(parts) > 1:
        return parts[0], 0, parts[1]
    if parts[0] in ("checks", "management", "procurement"):
        return parts[0], 0, ""
    if parts[0] == "services" and len(parts) > 2:
        return "service", int(parts[1]) - 1, parts[2]
    return table, number, "id" if parts[0] == "contract" else parts[0]


def parsed(content: bytes, name: str) -> tuple[dict[str, Any], str]:
    """Return what a TOML file says, and its text.

    Raises:
        BadInput: if it is no TOML.
    """
    try:
        text = content.decode("utf-8-sig")
        return tomllib.loads(text, parse_float=Decimal), text
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        raise BadInput.of("is not UTF-8; save the file as UTF-8", where=f"{name}, line {line}") from None
    except tomllib.TOMLDecodeError as wrong:
        raise BadInput.of(f"is not TOML: {wrong}", where=name) from None
    except (ArithmeticError, RecursionError, ValueError):
        raise BadInput.of("has a number out of all bounds, or is nested too deeply", where=name) from None


def read_definition(content: bytes, name: str) -> Reading:
    """Read a contract file into the facts that register it; doubts on which money rests are among the faults.

    Args:
        content: the bytes of the file, TOML in UTF-8.
        name: the name of the file, for faults.

    Raises:
        BadInput: if the file is no TOML at all, or has no contract.
    """
    raw, text = parsed(content, name)
    return read_tables(raw, Lines(text), name).to_register()


def read_tables(raw: dict[str, Any], lines: Places, name: str, *, weighed: bool = True) -> Definition:
    """Read the tables of a contract file into the facts that register it, every error, and every doubt.

    Args:
        raw: the tables.
        lines: on which line each of them, and each of its keys, stands.
        name: the name of the file, for faults.
        weighed: whether the weights are to add up to the pool.

    Raises:
        BadInput: if there is no contract.
    """
    file = _File(name, lines, Definition())
    for key in misnamed(raw):
        sentence = f"is no table of a contract file; its tables are {', '.join(_TABLES)}"
        where = file.where(key) if isinstance(raw[key], (dict, list)) else file.where("", 0, key)
        file.fault(where, key, sentence)
    if not isinstance(raw.get("contract"), dict):
        raise BadInput.of("has no [contract] table; give one", where=name)
    services, kpis = file.tables(raw, "service"), file.tables(raw, "kpi")
    envelope = _read_contract(raw, services, file)
    file.reading.contract = str(envelope["contract"])
    for number, table in enumerate(kpis):
        _read_kpi(table, number, envelope, file)
    _check_references(services, kpis, file)
    _check_shares(file)
    _find_doubts(file, _services_named(raw, kpis))
    proposed = {each.fact.id: each for each in file.reading.proposed}
    registered = any(isinstance(each.fact, ContractRegistered) for each in proposed.values())
    file.reading.proposed = list(proposed.values()) if registered else []
    if weighed and not file.reading.faults:
        for period, total in unbalanced([each.fact for each in file.reading.proposed]).items():
            sentence = (
                f"from {period} the weights add up to {total.found}; give weights that add up to the pool, {total.pool}"
            )
            file.fault(file.where("scheme", 0, "pool"), "weights", sentence)
    return file.reading


def misnamed(raw: dict[str, Any]) -> set[str]:
    """Return what a contract file gives beside its tables."""
    return raw.keys() - set(_TABLES)


def _read_contract(raw: dict[str, Any], services: list[dict[str, Any]], file: _File) -> dict[str, Any]:
    """Propose the contract's own fact; return the envelope that its KPIs' facts share."""
    table = dict(raw["contract"])
    for key in (*_TERMS, "services", "contract", "by", "fact"):
        if table.pop(key, None) is not None:
            file.fault(file.where("contract", 0, key), key, "is no field of a [contract] table; leave it out")
    parties = table.get("parties")
    codes = [
        str(party.get("code"))
        for party in (parties if isinstance(parties, list) else [])
        if isinstance(party, dict) and party.get("role") == "authority"
    ]
    for key in ("id", "dated"):
        if key not in table:
            file.fault(file.where("contract"), key, "is missing; give it")
    envelope = {
        "contract": table.pop("id", "?"),
        "dated": table.pop("dated", "2000-01-01"),
        "by": codes[0] if codes else "?",
    }
    begins = {"held_from": table["commenced"]} if "commenced" in table else {}
    terms: dict[str, Any] = {name: raw[name] for name in _TERMS if name in raw}
    named = {"fact": "ContractRegistered", "id": f"{envelope['contract']}:contract"}
    fact = file.shape({**named, **envelope, **begins, **table, **terms, "services": services}, "contract", 0)
    if fact is not None:
        file.reading.proposed.append(Proposed(fact, file.where("contract")))
    return envelope


def _read_kpi(table: dict[str, Any], number: int, envelope: dict[str, Any], file: _File) -> None:
    ref = str(table.get("ref", f"kpi {number + 1}"))
    fields = {key: value for key, value in table.items() if key not in ENVELOPE}
    for key in table.keys() - fields.keys():
        file.fault(file.where("kpi", number, key, ref), key, "is no field of a [[kpi]] table; leave it out")
    named = {"fact": "KpiIntroduced", "id": f"{envelope['contract']}:{ref}"}
    fact = file.shape({**named, **envelope, **fields}, "kpi", number, ref)
    if not isinstance(fact, KpiIntroduced):
        return
    file.reading.kpis.append((number, fact))
    wrong = [*errors_of_levels(fact), *errors_of_formula(fact)]
    for sentence, key in wrong:
        file.fault(file.where("kpi", number, key, ref), key, sentence)
    if wrong:
        return
    file.reading.proposed.append(Proposed(fact, file.where("kpi", number, "ref", ref)))


def _check_shares(file: _File) -> None:
    """Find a scheme that says of weighted KPIs no share by status."""
    facts = [each.fact for each in file.reading.proposed]
    schemes = [fact.scheme for fact in facts if isinstance(fact, ContractRegistered)]
    weighted = [fact.ref for fact in facts if isinstance(fact, KpiIntroduced) and fact.weights and not fact.severities]
    if weighted and any(scheme is not None and scheme.shares is None for scheme in schemes):
        named = ", ".join(weighted)
        sentence = f"is missing, and {named} {'has a weight' if len(weighted) == 1 else 'have weights'}; give it"
        file.fault(file.where("scheme"), "shares", sentence)


def _check_references(services: list[dict[str, Any]], kpis: list[dict[str, Any]], file: _File) -> None:
    """Find references and services given twice."""
    for name, key, tables in (("service", "code", services), ("kpi", "ref", kpis)):
        seen: dict[str, int] = {}
        for number, table in enumerate(tables):
            given = str(table.get(key))
            if given in seen:
                first = file.lines.of(name, seen[given], key)
                file.fault(
                    file.where(name, number, key), key, f"{given} is given twice, first on line {first}; give it once"
                )
            seen.setdefault(given, number)


def _services_named(raw: dict[str, Any], kpis: list[dict[str, Any]]) -> set[str] | None:
    """Return the services that the [[kpi]] tables name, whatever else is wrong with them; None if errors hide some."""
    named = {service for table in kpis if isinstance(service := table.get("service"), str)}
    hidden = misnamed(raw) or ("kpi" in raw and not kpis)
    return None if hidden or not all(isinstance(table.get("service"), str) for table in kpis) else named


def _find_doubts(file: _File, services: set[str] | None) -> None:
    """Find what is doubtful in what could be read, each on its line."""
    registered = [each.fact for each in file.reading.proposed if isinstance(each.fact, ContractRegistered)]
    for doubt in lint(registered[0] if registered else None, file.reading.kpis, services):
        file.reading.doubtful.append(doubt_at(doubt, file.lines, file.name))
    file.reading.doubtful.sort(key=attrgetter("line"))


def place_of(fault: Fault, name: str) -> tuple[int | None, str | None]:
    """Return the line of a contract file that a fault was found on, and the KPI, as far as it names them.

    >>> place_of(Fault("c.toml, line 21, S 1", "targets", "is wrong"), "c.toml")
    (21, 'S 1')
    """
    line, _, kpi = fault.where.removeprefix(f"{name}, line ").partition(", ")
    return (int(line), kpi or None) if line.isdecimal() else (None, None)


def one_kpi(content: bytes, name: str) -> dict[str, Any]:
    """Return the one [[kpi]] table of a file.

    Raises:
        BadInput: if it is no TOML, or has not just one.
    """
    raw, _ = parsed(content, name)
    tables = raw.get("kpi")
    if set(raw) != {"kpi"} or not isinstance(tables, list) or len(tables) != 1 or not isinstance(tables[0], dict):
        raise BadInput.of("give a file with one [[kpi]] table and nothing else", where=name)
    return tables[0]


def is_registered(history: Sequence[Recorded]) -> bool:
    """Say whether a contract's registration stands among its facts."""
    return any(isinstance(fact, ContractRegistered) for fact in standing_facts([each.fact for each in history]))


def are_registered(proposed: Sequence[Proposed], history_of: Callable[[str], Sequence[Recorded]]) -> bool:
    """Say whether every contract of proposed facts is registered already."""
    return all(is_registered(history_of(contract)) for contract in {each.fact.contract for each in proposed})


def of_new_contracts(proposed: Sequence[Proposed], history_of: Callable[[str], Sequence[Recorded]]) -> list[Proposed]:
    """Return the proposed facts of contracts that are not registered yet."""
    there = {contract for contract in {each.fact.contract for each in proposed} if is_registered(history_of(contract))}
    return [each for each in proposed if each.fact.contract not in there]


def changes(history: Sequence[Recorded], proposed: Sequence[Proposed]) -> list[Fault]:
    """Return what a contract file would change of a contract already registered, and the command to use instead.

    Facts that the file gives unchanged are no change; a KPI introduced since is not the file's.
    """
    if not is_registered(history):
        return []
    standing = standing_facts([recorded.fact for recorded in history])
    known = {fact.id: fact for fact in standing}
    found = [fault for each in proposed if (fault := _change(known.get(each.fact.id), each))]
    given = {each.fact.id for each in proposed}
    found += [
        Fault("", fact.ref, f"is not in the file; use `discontinue {fact.contract} {fact.ref} LAST_PERIOD`")
        for fact in standing
        if isinstance(fact, KpiIntroduced) and fact.id == f"{fact.contract}:{fact.ref}" and fact.id not in given
    ]
    return found


def _change(known: AnyFact | None, each: Proposed) -> Fault | None:
    fact = each.fact
    if known == fact:
        return None
    if isinstance(fact, KpiIntroduced):
        if known is None:
            return Fault(each.where, None, f"is new; use `introduce {fact.contract} FILE` with its [[kpi]] table")
        return Fault(each.where, None, f"{_changed_fields(known, fact)}: {_instead(known, fact)}")
    if known is None:
        return Fault(each.where, None, f"{fact.contract} is already registered; record further facts instead")
    return Fault(
        each.where,
        None,
        f"{_changed_fields(known, fact)}: a contract is registered once; use `introduce`, `discontinue`, `rebase` or "
        "`reweigh`, or void its registration before anything rests on it",
    )


def _changed_fields(known: AnyFact, fact: AnyFact) -> str:
    names = [name for name in type(fact).model_fields if getattr(known, name, None) != getattr(fact, name)]
    return (
        f"{', '.join(names)} differ from what is registered"
        if len(names) > 1
        else f"{names[0]} differs from what is registered"
    )


def _instead(known: AnyFact, fact: KpiIntroduced) -> str:
    names = {name for name in type(fact).model_fields if getattr(known, name, None) != getattr(fact, name)}
    commands = []
    if names & {"targets", "bands", "severities"}:
        commands.append(f"`rebase {fact.contract} {fact.ref} FIRST_PERIOD`")
    if "weights" in names:
        commands.append(f"`reweigh {fact.contract} FIRST_PERIOD {fact.ref}=POINTS`")
    if names - {"targets", "bands", "severities", "weights"}:
        commands.append(
            f"`discontinue {fact.contract} {fact.ref} LAST_PERIOD` and `introduce` it under a new reference"
        )
    return f"use {' and '.join(commands)}"

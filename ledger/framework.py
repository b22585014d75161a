"""A framework's file: one definition, from which the contract of each provider is drawn."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, Field, ValidationError

from ledger.definition import Definition, DoubtAt, changes, doubt_at, is_registered, misnamed, parsed, read_tables
from ledger.facts import ContractRegistered, KpiIntroduced
from ledger.faults import BadInput, Fault
from ledger.judgement import Proposed, Reading
from ledger.lint_framework import ProviderAt, lint_lots, lint_lots_of_no_contract
from ledger.misspelt import no_field_of
from ledger.parts import Framework, Lot, LotCodes, Part
from ledger.recorded import Recorded
from ledger.shapes import faults_of
from ledger.toml_lines import Lines
from ledger.values import Amount, Code, Day, PeriodText, Text

_Model = TypeVar("_Model", bound=Part)
_OWN = ("title", "commenced", "held_from", "dated")
_ON_OWN_TERMS = ("frequency", "weight")
"""The kinds of doubt that rest on when a contract commenced, or on its pool."""
_OF_NO_CONTRACT = {
    "id": "give each provider's contract its id in its [[provider]] table",
    "framework": "the [framework] table is the framework of every contract",
    "lots": "give each provider its lots in its [[provider]] table",
}


class ProviderTable(Part):
    """A provider of a framework (`[[provider]]` of its file); what it gives of the contract's terms is its own."""

    code: Code
    name: Text
    contract: Code
    lots: LotCodes | None = None
    title: Text | None = None
    commenced: PeriodText | None = None
    held_from: PeriodText | None = None
    dated: Day | None = None
    pool: Annotated[Amount, Field(gt=0)] | None = None


@dataclass(frozen=True, slots=True)
class _Provider:
    """A provider as it is given: its place among those of the file, its table, and what the table says."""

    number: int
    raw: Mapping[str, Any]
    table: ProviderTable

    @property
    def own(self) -> dict[str, Any]:
        return {key: self.raw[key] for key in _OWN if key in self.raw}


@dataclass(frozen=True, slots=True)
class _DrawnLines:
    """The lines of a framework's file, as those of the contract file of one provider.

    `places` says which table of the file each of the contract's own services, KPIs and lots is.
    """

    lines: Lines
    provider: _Provider | None
    places: Mapping[str, Sequence[int]]

    def has(self, table: str, number: int, key: str) -> bool:
        return self.lines.has(*self._home(table, number, key))

    def of(self, table: str, number: int = 0, key: str = "", item: int | None = None) -> int:
        return self.lines.of(*self._home(table, number, key), item)

    def _home(self, table: str, number: int, key: str) -> tuple[str, int, str]:
        if table in self.places and number < len(self.places[table]):
            return table, self.places[table][number], key
        if table == "contract" and self.provider:
            own = self.provider.own
            if key in own or key == "id" or (not key and own.keys() & {"commenced", "held_from", "dated"}):
                return "provider", self.provider.number, "contract" if key == "id" else key
        if (table, key) == ("scheme", "pool") and self.provider and "pool" in self.provider.raw:
            return "provider", self.provider.number, key
        return table, number, key


class _File:
    """A framework's file as it is read."""

    def __init__(self, raw: dict[str, Any], text: str, name: str) -> None:
        self.raw = raw
        self.name = name
        self.lines = Lines(text)
        self.reading = Definition()
        self.lots = self._tables("lot", Lot)
        self.providers = [_Provider(*each) for each in self._tables("provider", ProviderTable)]
        self.framework = self._framework()

    def where(self, table: str, number: int = 0, key: str = "") -> str:
        return f"{self.name}, line {self.lines.of(table, number, key)}"

    def fault(self, table: str, number: int, key: str, sentence: str) -> None:
        self.reading.faults.append(Fault(self.where(table, number, key), key, sentence))

    def _framework(self) -> dict[str, Any] | None:
        given = self.raw.get("framework")
        if not isinstance(given, dict):
            self.reading.faults.append(Fault(self.name, None, "has no [framework] table; give one, with id and title"))
            return None
        return given if self._shaped(given, "framework", 0, Framework) else None

    def _tables(self, table: str, model: type[_Model]) -> list[tuple[int, dict[str, Any], _Model]]:
        """Return the tables of a name that are well formed, each with its place among all of them."""
        given = self.raw.get(table, [])
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self.fault("", 0, table, f"is not a list of tables; write [[{table}]]")
            return []
        shaped = [(number, each, self._shaped(each, table, number, model)) for number, each in enumerate(given)]
        return [(number, each, part) for number, each, part in shaped if part is not None]

    def _shaped(self, given: Mapping[str, Any], table: str, number: int, model: type[_Model]) -> _Model | None:
        try:
            return model.model_validate(dict(given))
        except ValidationError as wrong:
            for fault in faults_of(wrong, BaseModel, ""):
                field = fault.field or ""
                place = self.where(table, number, field.partition("[")[0].partition(".")[0])
                unknown = fault.sentence.startswith("is no field")
                sentence = no_field_of(table, fault.sentence) if unknown else fault.sentence
                self.reading.faults.append(Fault(place, field, sentence))
            return None

    def kpis(self) -> list[dict[str, Any]]:
        return _list_of_tables(self.raw.get("kpi"))

    def codes(self) -> list[str]:
        return [str(each.get("code")) for _, each, _ in self.lots]


def read_registration(content: bytes, name: str) -> Definition:
    """Read a contract file, or a framework's file, into the facts that register its contracts, its errors and doubts.

    Args:
        content: the bytes of the file, TOML in UTF-8.
        name: the name of the file, for faults.

    Raises:
        BadInput: if the file is no TOML at all, or has no contract.
    """
    raw, text = parsed(content, name)
    if not raw.keys() & {"framework", "lot", "provider"}:
        lines = Lines(text)
        reading = read_tables(raw, lines, name)
        for terms in _terms_of(reading):
            found = lint_lots_of_no_contract(terms, reading.kpis)
            reading.doubtful += [doubt_at(doubt, lines, name) for doubt in found]
        reading.doubtful.sort(key=attrgetter("line"))
        return reading
    if not isinstance(raw.get("contract"), dict):
        raise BadInput.of("has no [contract] table; give one, with the terms that all providers share", where=name)
    file = _File(raw, text, name)
    _check_shared_terms(file)
    _check_once_each(file)
    _check_lots(file)
    shared = _read_shared(file)
    drawn = {each.table.contract: _draw(file, each) for each in file.providers}
    file.reading.faults += shared.faults + _told_once(shared.faults, drawn)
    file.reading.contract = str((file.framework or {}).get("id", "?"))
    file.reading.kpis = shared.kpis
    file.reading.doubtful = [*shared.doubtful, *_of_own_terms(shared, drawn), *_of_lots(file, shared)]
    file.reading.doubtful.sort(key=attrgetter("line"))
    file.reading.proposed = [proposed for each in drawn.values() for proposed in each.proposed]
    file.reading.faults = list(dict.fromkeys(file.reading.faults))
    return file.reading


def _check_shared_terms(file: _File) -> None:
    """Find what the shared terms give that is each provider's own."""
    contract = file.raw["contract"]
    for key, hint in _OF_NO_CONTRACT.items():
        if key in contract:
            file.fault("contract", 0, key, f"is no field of a framework's [contract] table; leave it out: {hint}")
    for party in _list_of_tables(contract.get("parties")):
        if party.get("role") == "provider":
            sentence = f"{party.get('code')} has the role provider; give it a [[provider]] table instead"
            file.fault("contract", 0, "parties", sentence)
    if not file.raw.get("provider"):
        sentence = "has no [[provider]] table; give one for each provider, with code, name and contract"
        file.reading.faults.append(Fault(file.name, None, sentence))


def _check_once_each(file: _File) -> None:
    """Find lots, providers and contracts that are given twice, and a provider with the code of an authority."""
    for table, key, given in (
        ("lot", "code", [(number, each) for number, each, _ in file.lots]),
        ("provider", "code", [(each.number, each.raw) for each in file.providers]),
        ("provider", "contract", [(each.number, each.raw) for each in file.providers]),
    ):
        seen: dict[str, int] = {}
        for number, raw in given:
            code = str(raw[key])
            if code in seen:
                first = file.lines.of(table, seen[code], key)
                file.fault(table, number, key, f"{code} is given twice, first on line {first}; give it once")
            seen.setdefault(code, number)
    authorities = {str(each.get("code")) for each in _list_of_tables(file.raw["contract"].get("parties"))}
    for each in file.providers:
        if each.table.code in authorities:
            sentence = f"{each.table.code} is the code of a party of the [contract] table; give the provider its own"
            file.fault("provider", each.number, "code", sentence)


def _check_lots(file: _File) -> None:
    """Find lots that are not declared, and pools of their own where there is no scheme."""
    declared = file.codes()
    tables = {"provider": _list_of_tables(file.raw.get("provider")), "kpi": file.kpis()}
    for table, number, raw in (
        (name, number, raw) for name, given in tables.items() for number, raw in enumerate(given)
    ):
        for lot in dict.fromkeys(_names(raw.get("lots"))):
            if lot not in declared:
                there = f"its lots are {', '.join(declared)}" if declared else "it has none"
                file.fault(table, number, "lots", f'"{lot}" is no [[lot]] of the file; {there}')
    for each in file.providers:
        if each.table.pool is not None and "scheme" not in file.raw:
            file.fault("provider", each.number, "pool", "the file has no [scheme] table; give one, or leave it out")


def _read_shared(file: _File) -> Definition:
    """Read the tables of the file as one contract with every service and KPI, to find each fault of theirs once."""
    first = file.providers[0] if file.providers else None
    contract = {"dated": "2000-01-01", **(first.own if first else {}), **_shared_terms(file), "id": "?"}
    authorities = _list_of_tables(contract.get("parties"))
    if "parties" not in contract or isinstance(contract["parties"], list):
        contract["parties"] = [*authorities, {"code": "?", "name": "?", "role": "provider"}]
    if "dated" not in file.raw["contract"] and not all("dated" in each.raw for each in file.providers):
        del contract["dated"]
    raw = {**_shared_tables(file), "contract": contract}
    return read_tables(raw, _DrawnLines(file.lines, None, {}), file.name, weighed=False)


def _draw(file: _File, provider: _Provider) -> Definition:
    """Draw the contract of a provider: what a contract file of its own would say."""
    table = provider.table
    contract = {**_shared_terms(file), **provider.own, "id": table.contract}
    if isinstance(contract.get("parties", []), list):
        its_own = {"code": table.code, "name": table.name, "role": "provider"}
        contract["parties"] = [*contract.get("parties", []), its_own]
    if file.framework is not None:
        lots = [each for _, each, _ in file.lots if each["code"] in (table.lots or ())]
        contract |= {"framework": file.framework, **({"lots": lots} if lots else {})}
    kpis, services = file.kpis(), _list_of_tables(file.raw.get("service"))
    applying = _applying(kpis, table)
    idle = {str(each.get("service")) for each in kpis} - {str(kpis[number].get("service")) for number in applying}
    kept = [number for number, each in enumerate(services) if str(each.get("code")) not in idle]
    scheme = file.raw.get("scheme")
    raw = {
        **_shared_tables(file),
        **({"scheme": {**scheme, "pool": table.pool}} if isinstance(scheme, dict) and table.pool is not None else {}),
        "contract": contract,
        "service": [services[number] for number in kept],
        "kpi": [kpis[number] for number in applying],
    }
    return read_tables(raw, _DrawnLines(file.lines, provider, {"kpi": applying, "service": kept}), file.name)


def _shared_terms(file: _File) -> dict[str, Any]:
    return {key: value for key, value in file.raw["contract"].items() if key not in _OF_NO_CONTRACT}


def _shared_tables(file: _File) -> dict[str, Any]:
    return {key: value for key, value in file.raw.items() if key not in ("framework", "lot", "provider")}


def _applying(kpis: Sequence[Mapping[str, Any]], provider: ProviderTable) -> list[int]:
    """Return the places of the KPIs that apply to a provider: those without lots, and those of a lot it has."""
    its_own = set(provider.lots or ())
    return [
        number for number, each in enumerate(kpis) if "lots" not in each or not its_own.isdisjoint(_names(each["lots"]))
    ]


def _told_once(shared: Sequence[Fault], drawn: Mapping[str, Reading]) -> list[Fault]:
    """Return the faults of the drawn contracts that are not the file's, each once; of some of them, with their ids."""
    told = {(fault.where, fault.sentence) for fault in shared}
    found: dict[Fault, list[str]] = defaultdict(list)
    for contract, reading in drawn.items():
        for fault in reading.faults:
            if (fault.where, fault.sentence) not in told:
                found[fault].append(contract)
    return [
        fault
        if len(contracts) == len(drawn)
        else replace(fault, sentence=f"in {', '.join(contracts)}: {fault.sentence}")
        for fault, contracts in found.items()
    ]


def _terms_of(reading: Definition) -> Iterator[ContractRegistered]:
    return (each.fact for each in reading.proposed if isinstance(each.fact, ContractRegistered))


def _of_lots(file: _File, shared: Definition) -> list[DoubtAt]:
    """Return what is doubtful of the lots and the providers."""
    providers = [
        ProviderAt(number, table.code, table.contract, table.lots or (), len(_applying(file.kpis(), table)))
        for number, table in ((each.number, each.table) for each in file.providers)
    ]
    entries = [entry for terms in _terms_of(shared) for entry in terms.doubts or ()]
    lots = [(number, lot.code) for number, _, lot in file.lots]
    found = lint_lots(lots, _lots_named(file), providers, entries)
    return [doubt_at(doubt, file.lines, file.name) for doubt in found]


def _lots_named(file: _File) -> set[str] | None:
    """Return the lots that the [[provider]] tables name, whatever else is wrong with them; None if errors hide some."""
    tables = _list_of_tables(file.raw.get("provider"))
    lists = [table["lots"] for table in tables if "lots" in table]
    hidden = not tables or misnamed(_shared_tables(file)) or not all(isinstance(each, list) for each in lists)
    return None if hidden else {lot for each in lists for lot in _names(each)}


def _of_own_terms(shared: Definition, drawn: Mapping[str, Definition]) -> list[DoubtAt]:
    """Return the doubts that rest on what providers have of their own, each once; of some of them, with their ids."""
    told = {(each.line, each.doubt.sentence) for each in shared.doubtful}
    found: dict[tuple[int, str], tuple[DoubtAt, list[str]]] = {}
    for contract, reading in drawn.items():
        for each in reading.doubtful:
            key = (each.line, each.doubt.sentence)
            if each.doubt.kind in _ON_OWN_TERMS and key not in told:
                found.setdefault(key, (each, []))[1].append(contract)
    return [
        each
        if len(contracts) == len(drawn)
        else each._replace(doubt=replace(each.doubt, sentence=f"in {', '.join(contracts)}: {each.doubt.sentence}"))
        for each, contracts in found.values()
    ]


def _list_of_tables(given: Any) -> list[dict[str, Any]]:
    return [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []


def _names(given: Any) -> list[str]:
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []


def changes_of_all(
    proposed: Sequence[Proposed],
    history: Callable[[str], Sequence[Recorded]],
    registrations: Sequence[Recorded],
) -> Iterator[Fault]:
    """Yield what a file would change of contracts already registered, and the command to use instead.

    Args:
        proposed: the facts of the file; a contract that is not registered yet changes nothing.
        history: gives the facts that the ledger holds of a contract.
        registrations: the facts that registered contracts.
    """
    by_contract: dict[str, list[Proposed]] = defaultdict(list)
    for each in proposed:
        by_contract[each.fact.contract].append(each)
    for contract, theirs in by_contract.items():
        for fault in changes(history(contract), theirs):
            named = ", ".join(part for part in (fault.where, contract) if part)
            yield replace(fault, where=named) if len(by_contract) > 1 else fault
    frameworks = {
        each.fact.framework.id for each in proposed if isinstance(each.fact, ContractRegistered) and each.fact.framework
    }
    for recorded in registrations:
        fact = recorded.fact
        if isinstance(fact, ContractRegistered) and fact.framework and fact.framework.id in frameworks:
            if fact.contract in by_contract or not is_registered(history(fact.contract)):
                continue
            measured = [each.fact for each in history(fact.contract) if isinstance(each.fact, KpiIntroduced)]
            hint = f"; use `discontinue {fact.contract} KPI LAST_PERIOD` for what it measures no longer" * bool(
                measured
            )
            yield Fault("", fact.contract, f"is under {fact.framework.id} and not in the file; keep its table{hint}")

"""Every doubt about a contract file, with the interpretation that settles it, if one is recorded. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from ledger import lint_contract, lint_formula, lint_kpi
from ledger.band_doubts import costs_money
from ledger.doubtful import Doubtful, Found, each_read, judged, noted, readings, with_entry
from ledger.facts import ContractRegistered, KpiIntroduced
from ledger.lint_scheme import doubts_of_scheme
from ledger.parts import Doubt
from ledger.scheme import Scheme

KpiAt = tuple[int, KpiIntroduced]
"""A KPI and its place among the [[kpi]] tables of its file."""


def lint(terms: ContractRegistered | None, kpis: Sequence[KpiAt], services: Collection[str] | None) -> list[Doubtful]:
    """Return every doubt about a contract's terms and its KPIs.

    Args:
        terms: the contract; None if its own table could not be read.
        kpis: the KPIs that could be read, with their places in the file.
        services: those that KPIs of the file belong to, the KPIs that could not be read among them; None if an error
            leaves that open.
    """
    in_use = [(number, kpi) for number, kpi in kpis if not kpi.reserved]
    found = list(_of_contract(terms, services)) if terms is not None else []
    scheme = terms.scheme if terms is not None else None
    for number, kpi in in_use:
        beside = _in_its_contract(kpi, terms) if terms is not None else ()
        for doubt, settled in [*_in_its_words(kpi), *_read(beside, kpi.doubts)]:
            found.append(judged(doubt, "kpi", number, kpi.ref, settled, costs=costs_money(kpi, scheme)))
    return [*found, *_of_siblings(in_use, scheme)]


def _of_siblings(kpis: Sequence[KpiAt], scheme: Scheme | None) -> Iterator[Doubtful]:
    """Yield the KPIs that measure the same in opposite directions, read by entries that their own bands do not need."""
    numbers = {kpi.ref: number for number, kpi in kpis}
    spare = {kpi.ref: _spare_directions(kpi) for _, kpi in kpis}
    for kpi, other, doubt in lint_contract.opposite_siblings([kpi for _, kpi in kpis]):
        given = spare[kpi.ref] or spare[other.ref]
        settled = given.pop(0) if given else None
        costs = costs_money(kpi, scheme) or costs_money(other, scheme)
        yield judged(with_entry(doubt), "kpi", numbers[kpi.ref], kpi.ref, settled, costs=costs)


def _spare_directions(kpi: KpiIntroduced) -> list[str]:
    """Return the readings of a KPI's direction beyond those of its bands."""
    of_bands = {each.sentence for each in lint_kpi.bands_against_one_another(kpi) if each.kind == "direction"}
    return readings("direction", kpi.doubts)[len(of_bands) :]


def _of_contract(terms: ContractRegistered, services: Collection[str] | None) -> Iterator[Doubtful]:
    """Yield the doubts about the contract, its scheme and its services."""
    for doubt, settled in noted(terms.doubts):
        yield judged(doubt, "contract", 0, None, settled, costs=False)
    if terms.scheme is not None:
        rules = doubts_of_scheme(terms.scheme)
        for doubt, settled in [*noted(terms.scheme.doubts), *_read(rules, terms.scheme.doubts)]:
            yield judged(doubt, "scheme", 0, None, settled, costs=True)
    unused = dict(lint_contract.unused_services(terms, services)) if services is not None else {}
    for number, (doubt, settled) in zip(unused, _read(unused.values(), terms.doubts), strict=True):
        yield judged(doubt, "service", number, None, settled, costs=False)


def unsettled(kpi: KpiIntroduced) -> list[Doubtful]:
    """Return the doubts about a KPI's own words that no interpretation settles."""
    if kpi.reserved:
        return []
    found = (judged(doubt, "kpi", 0, kpi.ref, settled, costs=False) for doubt, settled in _in_its_words(kpi))
    return [doubt for doubt in found if doubt.settled_by is None]


def _in_its_words(kpi: KpiIntroduced) -> Iterator[tuple[Found, str | None]]:
    """Yield the doubts about a KPI's own words, whatever its contract, each with its reading."""
    yield from noted(kpi.doubts)
    for doubt, settled in _read(lint_kpi.bands_against_one_another(kpi), kpi.doubts):
        at_large = " ".join(kpi.assumptions) if settled is None else ""
        yield doubt._replace(at_large=bool(at_large)), settled or at_large or None
    yield from lint_formula.read_otherwise(kpi)
    found = [
        *lint_kpi.strict_among_inclusive(kpi),
        *lint_kpi.levels_at_once(kpi),
        *lint_formula.not_worked_out(kpi),
        *lint_formula.unused_components(kpi),
        *lint_formula.counts_the_opposite(kpi),
        *lint_formula.can_pass_100(kpi),
    ]
    yield from _read(sorted(found, key=lambda each: each.item or 0), kpi.doubts)


def _in_its_contract(kpi: KpiIntroduced, terms: ContractRegistered) -> Iterator[Found]:
    """Yield the doubts about a KPI against the terms of its contract."""
    yield from lint_kpi.period_of_no_calendar(kpi, terms)
    yield from lint_contract.undeclared_service(kpi, terms)
    if terms.scheme is not None:
        yield from lint_contract.weight_out_of_range(kpi, terms.scheme)
        yield from lint_contract.without_weight(kpi, terms.scheme)


def _read(found: Iterable[Found], entries: Sequence[Doubt] | None) -> Iterator[tuple[Found, str | None]]:
    """Yield what rules found in a table, each with the reading that its entries give it."""
    for doubt, settled in each_read(found, entries):
        yield with_entry(doubt), settled

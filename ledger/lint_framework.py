"""What is doubtful in a framework's lots and providers, and in KPIs that apply to lots. Pure."""

from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from ledger.doubtful import Doubtful, Found, Table, each_read, judged, with_entry
from ledger.facts import ContractRegistered
from ledger.lint import KpiAt
from ledger.parts import Doubt


class ProviderAt(NamedTuple):
    """A provider and its place among the [[provider]] tables of a file; how many of the file's KPIs apply to it."""

    number: int
    code: str
    contract: str
    lots: Sequence[str]
    kpis: int


def lint_lots(
    lots: Sequence[tuple[int, str]],
    had: Collection[str] | None,
    providers: Sequence[ProviderAt],
    entries: Sequence[Doubt] | None,
) -> Iterator[Doubtful]:
    """Yield what is doubtful of lots and providers.

    Args:
        lots: the codes of the lots, with their places among the [[lot]] tables.
        had: the lots that providers have, those that could not be read among them; None if an error leaves that open.
        providers: the providers that could be read.
        entries: the doubts of the [contract] table, which may say how it is read.
    """
    places = [*_without_provider(lots, had), *_without_lot_or_kpi(lots, providers)]
    read = each_read([found for _, _, found in places], entries)
    for (table, number, _), (found, settled) in zip(places, read, strict=True):
        yield judged(with_entry(found), table, number, None, settled, costs=False)


def lint_lots_of_no_contract(terms: ContractRegistered, kpis: Sequence[KpiAt]) -> Iterator[Doubtful]:
    """Yield the KPIs of a single contract that apply to none of its lots."""
    had = {lot.code for lot in terms.lots or ()}
    for number, kpi in kpis:
        if kpi.lots and had.isdisjoint(kpi.lots):
            sentence = f"the contract has none of the lots {', '.join(kpi.lots)}, and the KPI is taken all the same"
            found = Found("lot", "lots", sentence, "leave out lots, or the KPI", rests=False)
            ((_, settled),) = each_read([found], kpi.doubts)
            yield judged(with_entry(found), "kpi", number, kpi.ref, settled, costs=False)


def _without_provider(
    lots: Sequence[tuple[int, str]], had: Collection[str] | None
) -> Iterator[tuple[Table, int, Found]]:
    for number, code in lots:
        if had is not None and code not in had:
            sentence = f"no provider has the lot {code}, so its KPIs are in no contract"
            yield "lot", number, Found("lot", "code", sentence, "name it in a provider's lots", rests=False)


def _without_lot_or_kpi(
    lots: Sequence[tuple[int, str]], providers: Sequence[ProviderAt]
) -> Iterator[tuple[Table, int, Found]]:
    for each in providers:
        if lots and not each.lots:
            sentence = f"{each.code} is in no lot, so only the KPIs for all providers are in its contract"
            yield "provider", each.number, Found("lot", "lots", sentence, "give its lots", rests=False)
        if not each.kpis:
            sentence = f"no KPI applies to {each.code}, so {each.contract} has none"
            yield "provider", each.number, Found("lot", "code", sentence, "give it a lot that has KPIs", rests=False)

"""What is doubtful across the KPIs of a contract file, in its services and its weights. Pure."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from ledger.band_doubts import bands_of, costs_money, order
from ledger.components import formula_of
from ledger.doubtful import Found
from ledger.facts import ContractRegistered, KpiIntroduced
from ledger.levels import Better
from ledger.lint_formula import ratio_of
from ledger.scheme import Scheme
from ledger.values import plain

_FEWEST_WORDS = 2
_ASIDE = re.compile(r"\([^()]*\)|\blots?\s+\d+[a-z]?\b")
_WORD = re.compile(r"[a-z0-9]+")
_HOW_MANY = re.compile(r"^(?:the |a )?(?:total )?(?:%|no\.?|number|percentage|proportion|count)(?: of)? ")


def opposite_siblings(kpis: Sequence[KpiIntroduced]) -> Iterator[tuple[KpiIntroduced, KpiIntroduced, Found]]:
    """Find KPIs that measure the same in opposite directions: (the one that stands alone, another, what is found).

    They measure the same if their titles are alike, but for what stands in brackets and the lot, or if their numerators
    are. Of as many on each side the first stands for the doubt.
    """
    groups: dict[tuple[str, str | None, str], list[tuple[KpiIntroduced, Better]]] = defaultdict(list)
    for kpi in kpis:
        better = direction_of(kpi)
        for what, text in _measured(kpi):
            if better is not None:
                groups[what, kpi.unit, text].append((kpi, better))
    told: set[tuple[str, str]] = set()
    for (what, _, _), members in groups.items():
        sides = {side: [kpi for kpi, better in members if better == side] for side in ("higher", "lower")}
        fewer = min(sides.values(), key=len)
        if len(sides["higher"]) == len(sides["lower"]):
            fewer = sides[members[0][1]]
        others = next(side for side in sides.values() if side is not fewer)
        for kpi in fewer if others else []:
            if (kpi.ref, others[0].ref) in told:
                continue
            told |= {(kpi.ref, others[0].ref), (others[0].ref, kpi.ref)}
            field = "better" if kpi.targets else kpi.steps_field
            own = direction_of(kpi)
            sentence = (
                f"{own} is better here, and {_other(own)} for {others[0].ref}, which has the same {what}: "
                "one rewards what the other punishes"
            )
            yield kpi, others[0], Found("direction", field, sentence, "turn one of them round", rests=True)


def direction_of(kpi: KpiIntroduced) -> Better | None:
    """Return which way is better for a KPI, by its first bands if it has any; None if nothing says it."""
    if kpi.targets or not kpi.steps:
        return kpi.better if kpi.targets else None
    return order(bands_of(kpi.steps[0]))


def _other(better: Better | None) -> Better:
    return "lower" if better == "higher" else "higher"


def _measured(kpi: KpiIntroduced) -> Iterator[tuple[str, str]]:
    """Yield what a KPI measures, in words that can be compared: its title, and its numerator if a formula has one."""
    if kpi.title is not None:
        yield "title", _bare(kpi.title)
    formula = formula_of(kpi)
    ratio = ratio_of(formula) if formula is not None else None
    texts = sorted(_bare(kpi.components.get(name, "")) for name in ratio.above) if ratio is not None else []
    if texts and all(len(text.split()) >= _FEWEST_WORDS for text in texts):
        yield "numerator", " + ".join(texts)


def _bare(text: str) -> str:
    folded = _HOW_MANY.sub("", _ASIDE.sub(" ", text.casefold()).strip())
    return " ".join(_WORD.findall(folded))


def weight_out_of_range(kpi: KpiIntroduced, scheme: Scheme) -> Iterator[Found]:
    """Find weights outside the range that the contract states for them."""
    if scheme.weights_between is None:
        return
    lowest, highest = scheme.weights_between
    for item, step in enumerate(kpi.weights):
        if step.points and not lowest <= step.points <= highest:
            stated = f"{plain(lowest)} to {plain(highest)}"
            sentence = f"{plain(step.points)} points from {step.first_period} lie outside the stated range, {stated}"
            yield Found("weight", "weights", sentence, f"give {stated} points", rests=False, item=item)


def without_weight(kpi: KpiIntroduced, scheme: Scheme) -> Iterator[Found]:
    """Find a rated KPI whose failures cost nothing where there is a pool of points."""
    if scheme.pool is not None and kpi.steps and not costs_money(kpi, scheme):
        sentence = "it has no weight, so its failures cost nothing of the pool"
        yield Found("weight", "ref", sentence, "give it weights", rests=False)


def undeclared_service(kpi: KpiIntroduced, terms: ContractRegistered) -> Iterator[Found]:
    """Find a KPI of a service that is not declared."""
    if kpi.service not in {service.code for service in terms.services}:
        sentence = f'"{kpi.service}" is no [[service]] of the file; its KPIs are shown under that code, last'
        yield Found("service", "service", sentence, "declare it", rests=False)


def unused_services(terms: ContractRegistered, used: Collection[str]) -> Iterator[tuple[int, Found]]:
    """Find services that no KPI belongs to, each with its place among the services."""
    for number, service in enumerate(terms.services):
        if service.code not in used:
            sentence = f'no [[kpi]] belongs to the service "{service.code}"'
            yield number, Found("service", "code", sentence, "leave it out, or give its KPIs", rests=False)

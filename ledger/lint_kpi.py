"""What is doubtful in one KPI of a contract file, beside its formula: one function for each kind. Pure."""

import re
from collections.abc import Iterator
from itertools import combinations

from ledger.band_doubts import bands_of, doubts_of_step, open_ends
from ledger.doubtful import Found
from ledger.facts import ContractRegistered, KpiIntroduced
from ledger.period import Frequency, months_between

_STRICT = re.compile(r"\s*[<>](?!=)")
_MONTHS_OF_A_QUARTER = 3


def bands_against_one_another(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find gaps between bands and at their ends, overlaps, and bands that run against the direction or in no order."""
    for item, step in enumerate(kpi.steps):
        bands = bands_of(step)
        for doubt in [*doubts_of_step(step, kpi), *(open_ends(bands, kpi.unit) if bands else [])]:
            yield Found(doubt.kind, kpi.steps_field, doubt.sentence, doubt.remedies, rests=True, item=item, rates=True)


def strict_among_inclusive(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find a level that is strict where the same level of the other steps is inclusive, or the other way round."""
    for name in ("tsl", "msl"):
        levels = [str(getattr(step, name)) for step in kpi.targets]
        strict = [bool(_STRICT.match(level)) for level in levels]
        odd = strict.count(True) <= strict.count(False)
        if all(strict) or not any(strict):
            continue
        for item, step in enumerate(kpi.targets):
            if strict[item] is odd:
                kinds = ("strict", "inclusive") if odd else ("inclusive", "strict")
                sentence = f'{name} "{levels[item]}" from {step.first_period} is {kinds[0]} among {kinds[1]} ones'
                yield Found("level", "targets", sentence, f"write it {kinds[1]} too", rests=False, item=item)


def levels_at_once(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find temporary levels of one KPI that stand in the same periods."""
    temporary = [(item, step) for item, step in enumerate(kpi.steps) if step.last_period is not None]
    for (_, one), (item, other) in combinations(temporary, 2):
        first, last = max(one.first_period, other.first_period), min(one.last_period or "", other.last_period or "")
        if first <= last:
            sentence = f"two temporary steps stand from {first} to {last}, of which the later in the list counts"
            yield Found(
                "level", kpi.steps_field, sentence, "let one end before the other begins", rests=True, item=item
            )


def period_of_no_calendar(kpi: KpiIntroduced, terms: ContractRegistered) -> Iterator[Found]:
    """Find quarters and half-years that begin neither with the contract's nor with a quarter of the calendar."""
    frequency = kpi.frequency or terms.frequency
    if kpi.first_period is None or frequency not in (Frequency.QUARTERLY, Frequency.SIX_MONTHLY):
        return
    of_contract = months_between(terms.commenced, kpi.first_period) % frequency.months == 0
    of_calendar = (int(kpi.first_period[5:]) - 1) % _MONTHS_OF_A_QUARTER == 0
    if not (of_contract or of_calendar):
        sentence = (
            f"its {frequency.value} periods are counted from {kpi.first_period}, which begins no quarter of the "
            f"calendar and none of the contract's, from {terms.commenced}"
        )
        yield Found("frequency", "first_period", sentence, "give the first month of such a period", rests=False)

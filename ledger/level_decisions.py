"""What contradicts itself in a KPI's levels: targets, bands, severities and stretch targets. Pure."""

from ledger.band_doubts import decimals_compared, doubts_of_bands, unread
from ledger.contract import Kpi, level_of_rebase
from ledger.facts import KpiIntroduced, TargetRebased
from ledger.levels import Better, Level, doubts_of_stretch, doubts_of_targets
from ledger.parts import level_of_step


def errors_of_levels(fact: KpiIntroduced) -> list[tuple[str, str]]:
    """Return what is contradictory in a KPI's own targets, bands, severities and periods: (sentence, field)."""
    if fact.reserved or fact.first_period is None:
        return []
    wrong = []
    name = fact.steps_field
    for step in fact.steps:
        level = level_of_step(step, None, (), fact.id)
        wrong += [(doubt, name) for doubt in _doubts_of_targets(level, fact.better)]
        wrong += [(doubt, name) for doubt in _doubts_of_stretch(level, fact.better)]
    steps = fact.steps
    lasting = [step.first_period for step in steps if step.lasts]
    if steps and min(lasting, default="9999-12") > fact.first_period:
        wrong.append(
            (
                f"none is in force in the first period, {fact.first_period}; give one from then, without an end",
                name,
            )
        )
    wrong += [
        (f"{step.first_period} to {step.last_period} runs backwards; write the first period first", name)
        for step in steps
        if step.last_period is not None and step.last_period < step.first_period
    ]
    for field, begins in (
        (name, [step.first_period for step in steps if step.lasts]),
        ("weights", [step.first_period for step in fact.weights]),
    ):
        twice = sorted({each for each in begins if begins.count(each) > 1})
        wrong += [(f"two begin with {each}; give one for each period", field) for each in twice]
    if fact.glide_until is not None and fact.glide_until < fact.first_period:
        wrong.append((f"found {fact.glide_until}; give a period from {fact.first_period} on", "glide_until"))
    return wrong


def errors_of_rebase(fact: TargetRebased, kpi: Kpi) -> list[tuple[str, str]]:
    """Return what is contradictory in the levels of a rebase: (sentence, field)."""
    level = level_of_rebase(fact, fact.last_period, ())
    name = "severities" if fact.severities else "bands" if fact.bands is not None else "tsl"
    better = kpi.terms.better
    if name == "tsl" and better is None:
        return [(f"{kpi.ref} has no direction, so tsl and msl say nothing; give bands", name)]
    wrong = [(doubt, name) for doubt in _doubts_of_targets(level, better)]
    bands = doubts_of_bands(level.named(), better, decimals_compared(kpi.terms)) if name != "tsl" else []
    wrong += [(f"{doubt.sentence}; {doubt.remedy}", name) for doubt in unread(bands, kpi.terms)]
    return [*wrong, *((doubt, "stretch") for doubt in _doubts_of_stretch(level, better))]


def _doubts_of_targets(level: Level, better: Better | None) -> list[str]:
    return doubts_of_targets(level.tsl or "", level.msl or "", better or "higher") if level.tsl is not None else []


def _doubts_of_stretch(level: Level, better: Better | None) -> list[str]:
    if level.stretch is None:
        return []
    return [f"stretch: {doubt}" for doubt in doubts_of_stretch(level.stretch, level, better)]

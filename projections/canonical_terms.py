"""The terms of a contract that a report's figures rest on, as its canonical form holds them."""

from typing import Any

from ledger.levels import Level
from ledger.period import Month
from ledger.values import plain
from projections.cells import level_in_force, periods_shown, weight_in_force
from projections.question import Question
from projections.standing import KpiStanding

_OF_CONTRACT = {
    "title",
    "commenced",
    "held_from",
    "calendar",
    "results_expected_on_working_day",
    "board",
    "frequency",
    "parties",
    "scheme",
    "services",
    "indicative_until",
    "framework",
    "lots",
}
_OF_KPI = {
    "ref",
    "service",
    "title",
    "reserved",
    "unit",
    "decimals",
    "round_first",
    "better",
    "first_period",
    "glide_until",
    "opening_run",
    "formula",
    "components",
    "formula_read_as",
    "carried_over",
    "no_denominator",
    "lots",
}


def terms_shown(question: Question) -> dict[str, Any]:
    """Return the terms in force: the contract's, its money's by period, and each KPI's with levels and weights."""
    standing = question.standing
    return {
        "contract": standing.terms.model_dump(mode="json", include=_OF_CONTRACT, exclude_defaults=True),
        "money": [
            {
                "period": column,
                "held": standing.holds(column),
                "suspended": standing.suspension(column) is not None,
                "charge": None if (charge := standing.charge(column)) is None else plain(charge),
            }
            for column in question.columns
        ],
        "kpis": [_kpi(question, kpi) for kpi in standing.in_order()],
    }


def _kpi(question: Question, kpi: KpiStanding) -> dict[str, Any]:
    own = kpi.introduced.model_dump(mode="json", include=_OF_KPI, exclude_defaults=True)
    shown = periods_shown(question.standing, kpi, question.columns[0], question.last_month)
    in_use = [] if kpi.introduced.reserved else [each for each in shown if each >= kpi.first_period]
    return {
        **own,
        "frequency": kpi.frequency.value,
        "last_period": kpi.last_period,
        "periods": [{"period": each, **_levels(kpi, each)} for each in in_use],
    }


def _levels(kpi: KpiStanding, period: Month) -> dict[str, Any]:
    level, weight = level_in_force(kpi, period), weight_in_force(kpi, period)
    return {
        "tsl": level.tsl if level else None,
        "msl": level.msl if level else None,
        "bands": dict(level.bands) if level and level.bands is not None else None,
        "weight": plain(weight.points),
        **_severities(level),
    }


def _severities(level: Level | None) -> dict[str, Any]:
    """Return what only some levels have: severities and a stretch target."""
    found: dict[str, Any] = {}
    if level is not None and level.severities:
        found["severities"] = [
            [each.name, each.text, each.status.value, plain(each.points)] for each in level.severities
        ]
    if level is not None and level.stretch is not None:
        found["stretch"] = level.stretch
    return found

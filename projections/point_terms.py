"""What a scheme's terms for points say beyond weight, share and run, in the sentences that go under tables. Pure."""

from decimal import Decimal

from ledger.calendar import NAME
from ledger.levels import Level
from ledger.scheme import Scheme
from ledger.values import plain
from projections.standing import KpiStanding, Standing

WORST_SEVERITY = (
    "Where a failing period has a status without a value, or no data, its severity is not known: the worst severity "
    "of its status is taken."
)


def point_terms(scheme: Scheme | None) -> list[str]:
    """Say how ratchets, late returns and relief bear on points, where the scheme has terms for them."""
    if scheme is None:
        return []
    found = []
    if scheme.ratchets:
        steps = "; ".join(
            f"{plain(each.multiplier)} from {each.failures} within {each.within}" for each in scheme.ratchets
        )
        found.append(
            f"Multipliers by failures among a KPI's last periods, its own included: {steps}. {_passed(scheme)}"
        )
    if scheme.late_return is not None:
        found.append(_late_return(scheme))
    if not scheme.lifts("points"):
        found.append("Relief lifts what points trigger and not the points: a relieved period costs what it would have.")
    return found


def _passed(scheme: Scheme) -> str:
    relieved = {
        "reset": "takes its place as one without a failure",
        "pause": "is passed over",
        "count": "counts as a failure",
    }[scheme.relieved_in_run]
    return f"A relieved period {relieved}."


def _late_return(scheme: Scheme) -> str:
    terms = scheme.late_return
    assert terms is not None
    if terms.due_working_days is not None:
        due = f"{_days(terms.due_working_days, 'working ')} after its period ({NAME})"
    else:
        due = f"{_days(terms.due_days or 0)} after its period"
    most = f", {plain(terms.at_most)} at most" if terms.at_most is not None else ""
    each = _points(terms.points_per_day)
    return f"A first return that comes later than {due} costs {each} for each day late{most}, as a failure of its own."


def _days(number: int, kind: str = "") -> str:
    return f"{number} {kind}{'day' if number == 1 else 'days'}"


def _points(number: Decimal) -> str:
    return f"{plain(number)} {'point' if number == 1 else 'points'}"


def readings(standing: Standing) -> list[str]:
    """Return the readings that the rules make where bands have points of their own."""
    used = any(level.severities for kpi in standing.kpis.values() for level in kpi.levels)
    return [WORST_SEVERITY] if used and standing.terms.scheme is not None else []


def stretch_of(kpi: KpiStanding, level: Level) -> list[str]:
    """Say which stretch target stands beside the levels, if one does."""
    ref = kpi.introduced.ref
    return [f"{ref}: stretch target {level.stretch}; nothing is judged by it."] if level.stretch is not None else []

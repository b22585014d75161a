"""The contract's rules worked out a second time, slowly and plainly, from the specification alone.

Nothing here is shared with the ledger. Every question is answered from the facts from scratch, so that a property
test can put the two side by side. Where it can be read two ways, the reading taken is a name in capitals below.
"""

import re
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction

LENGTH = {"monthly": 1, "quarterly": 3, "six-monthly": 6, "annual": 12}
OUT_OF_USE = ("not_held", "not_in_use", "not_started", "discontinued")
RELIEVED = ("mitigated", "glide")
WAITING = ("awaiting", "submitted")
ZERO = Decimal(0)

# Readings. Each could honestly be the other way about.
SHOW_UNSCRUTINISED_VALUE = True  # a return not yet scrutinised shows its value, submitted or relieved
DECIDED_STATUS_KEEPS_VALUE = True  # an escalation that sets only a status leaves the value that was recorded
INFORMATION_HAS_A_BASIS = False  # an information cell's basis is null even with a value
OWN_COST_NEEDS_A_VALUE = True  # a relieved month without a value (rejected, status only) adds nothing to gross
UNSETTLED_FOR_EVER = False  # points after an awaiting period are provisional only until something settles the run
AWAITING_IS_PROVISIONAL = False  # an awaiting period does not make its own abatement provisional, only later ones
NOT_HELD_HAS_TOTALS = False  # the abatement of a period not held is null, "not zero"
SAME_DAY_REPORT_REVISES_ONLY_IF_IT_DIFFERS = True  # tables as at a report's own day are set against the one before
RELIEF_OUTRANKS_NO_DENOMINATOR = True  # a relieved period without a denominator is mitigated, not information
LATE_COMPARES = (
    *("status", "basis", "value", "points", "multiplier", "run", "provisional"),
    *("severity", "late_return"),
)
AMBER_THAT_ENDS_A_RUN_TAKES_A_RATCHET = False  # a period that is no failure itself takes the first multiplier
PAUSED_PERIODS_FILL_A_WINDOW = False  # with relieved_in_run pause a relieved period is not among the last N
OPENING_RUN_FILLS_A_WINDOW = True  # the run into the first held period is so many failures just before it
LATE_RETURNS_OF_INFORMATION = False  # what has no levels owes nothing for a late return
RELIEF_COVERS_LATE_RETURNS = True  # a relieved period has no points, if relief lifts points; those of a late return too


# --- periods and dates ---------------------------------------------------------------------------------------------


def month(period):
    """2017-05 as a count of months."""
    year, number = period.split("-")
    return int(year) * 12 + int(number) - 1


def name(count):
    """A count of months as 2017-05."""
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def day(text):
    return date.fromisoformat(str(text))


def order(fact):
    return (day(fact["dated"]), fact["position"])


def contract_length(contract):
    return LENGTH[contract["contract"].get("frequency", "monthly")]


def window(contract, last, periods):
    """The first and the last month of so many contract periods ending with `last`."""
    length = contract_length(contract)
    return month(last) - (periods - 1) * length, month(last) + length - 1


def contract_periods(contract, last, periods):
    length = contract_length(contract)
    return [month(last) - back * length for back in reversed(range(periods))]


# --- the facts going in --------------------------------------------------------------------------------------------


def known(facts, as_at, position):
    """The facts dated on or before `as_at` and taken by `position`, less those voided, in (dated, position) order."""
    seen = [fact for fact in facts if day(fact["dated"]) <= as_at and fact["position"] <= position]
    voided = [fact["voids"] for fact in seen if fact["fact"] == "FactVoided"]
    return sorted((fact for fact in seen if fact["id"] not in voided), key=order)


def of_kind(facts, *kinds):
    return [fact for fact in facts if fact["fact"] in kinds]


def all_kpis(contract, facts):
    """The KPIs registered and introduced, each with the time its own terms count from."""
    registered = (day(contract["contract"]["dated"]), -1)
    kpis = [dict(kpi, order=registered) for kpi in contract.get("kpi", [])]
    return kpis + [dict(fact, order=order(fact)) for fact in of_kind(facts, "KpiIntroduced")]


def kpi_length(contract, kpi):
    return LENGTH[kpi["frequency"]] if "frequency" in kpi else contract_length(contract)


# --- terms in force ------------------------------------------------------------------------------------------------


def targets_in_force(kpi, facts, at):
    """The target row for the month: temporary ones by time of decision, others by first period, then decision."""
    rows = []
    for place, row in enumerate(kpi.get("targets", []) + kpi.get("bands", []) + kpi.get("severities", [])):
        rows.append((month(row["from"]), month(row["to"]) if row.get("to") else None, (*kpi["order"], place), row))
    for fact in of_kind(facts, "TargetRebased"):
        if fact["kpi"] == kpi["ref"]:
            last = month(fact["last_period"]) if fact.get("last_period") else None
            if fact.get("severities"):
                row = {"bands": fact["severities"]}
            else:
                row = fact["bands"] if fact.get("bands") else {"tsl": fact["tsl"], "msl": fact["msl"]}
            rows.append((month(fact["first_period"]), last, (*order(fact), 0), row))
    temporary = [row for row in rows if row[1] is not None and row[0] <= at <= row[1]]
    if temporary:
        return max(temporary, key=lambda row: row[2])[3]
    standing = [row for row in rows if row[1] is None and row[0] <= at]
    return max(standing, key=lambda row: (row[0], row[2]))[3] if standing else None


def weight_in_force(kpi, facts, at):
    """The latest first period not after the month; of equals the latest decided. A deal that omits a KPI leaves it."""
    rows = []
    for place, row in enumerate(kpi.get("weights", [])):
        rows.append((month(row["from"]), (*kpi["order"], place), row["points"]))
    for fact in of_kind(facts, "WeightsSet"):
        if kpi["ref"] in fact["weights"]:
            rows.append((month(fact["first_period"]), (*order(fact), 0), fact["weights"][kpi["ref"]]))
    rows = [row for row in rows if row[0] <= at]
    return Decimal(max(rows, key=lambda row: row[:2])[2]) if rows else ZERO


def charge_in_force(facts, at):
    rows = [fact for fact in of_kind(facts, "ChargesSet") if month(fact["first_period"]) <= at]
    return Decimal(max(rows, key=lambda fact: (month(fact["first_period"]), order(fact)))["amount"]) if rows else None


def suspended(facts, at):
    rows = of_kind(facts, "CreditsSuspended", "CreditsResumed")
    rows = [fact for fact in rows if month(fact["first_period"]) <= at]
    if not rows:
        return False
    return max(rows, key=lambda fact: (month(fact["first_period"]), order(fact)))["fact"] == "CreditsSuspended"


# --- a value against its targets -----------------------------------------------------------------------------------


def meets(value, target, better):
    """Whether a value meets one target: inclusive, unless the target is written with a sign."""
    value = Fraction(value)
    for sign, test in ((">=", value.__ge__), ("<=", value.__le__), (">", value.__gt__), ("<", value.__lt__)):
        if target.startswith(sign):
            return test(Fraction(target[len(sign) :].strip()))
    return value >= Fraction(target) if better == "higher" else value <= Fraction(target)


def in_band(value, band):
    if ".." in band:
        low, high = band.split("..")
        return Fraction(low) <= value <= Fraction(high)
    return all(meets(value, part, "higher") for part in re.findall(r"[<>]=?\s*[0-9.]+", band))


def severity_of(value, status, row):
    """The severity of a value, or the dearest one of a status that has no value; None where bands have no points."""
    if "bands" not in row:
        return None
    if value is not None:
        return next(band for band in row["bands"] if in_band(value, band["band"]))
    found = [band for band in row["bands"] if band["status"] == status]
    return max(found, key=lambda band: Decimal(band["points"]))


def rag_status(value, row, better):
    if "bands" in row:
        return severity_of(value, None, row)["status"]
    if "tsl" in row:
        return "green" if meets(value, row["tsl"], better) else "amber" if meets(value, row["msl"], better) else "red"
    return next(colour for colour in ("green", "amber", "red") if colour in row and in_band(value, row[colour]))


# --- a return of components ----------------------------------------------------------------------------------------


def outturn(kpi, amounts):
    """What the formula gives for these components, as a fraction; None where something would be divided by 0.

    The formula is split at its last + or - outside brackets, else at its last multiplication or division, and the
    two sides are worked out in the same way.
    """
    try:
        return side(kpi.get("formula_read_as", kpi["formula"]).split("=")[0], amounts)
    except ZeroDivisionError:
        return None


def side(text, amounts):
    text = text.strip()
    for signs in (("+", "-"), (" x ", "/", "*")):
        depth = 0
        for at in range(len(text) - 1, -1, -1):
            depth += (text[at] == ")") - (text[at] == "(")
            for sign in signs:
                if depth == 0 and text.startswith(sign, at):
                    left, right = side(text[:at], amounts), side(text[at + len(sign) :], amounts)
                    if sign == "+":
                        return left + right
                    if sign == "-":
                        return left - right
                    return left / right if sign == "/" else left * right
    if text.startswith("("):
        return side(text[1:-1], amounts)
    return Fraction(amounts[text]) if text in amounts else Fraction(text)


def as_shown(fraction):
    """Exactly where its decimals end within 28 digits, else rounded to 28, half to even."""
    with localcontext() as context:
        context.prec, context.rounding = 28, "ROUND_HALF_EVEN"
        return Decimal(fraction.numerator) / Decimal(fraction.denominator)


# --- a cell --------------------------------------------------------------------------------------------------------


def not_held(contract, facts, at):
    """Before the ledger began, or in a declared gap."""
    held_from = contract["contract"].get("held_from", contract["contract"]["commenced"])
    gaps = of_kind(facts, "HistoryNotHeld")
    length = contract_length(contract)
    return at < month(held_from) or any(
        month(gap["first_period"]) <= at < month(gap["last_period"]) + length for gap in gaps
    )


def out_of_use(contract, kpi, facts, at):
    """Not held, not in use, not started or discontinued, in the specification's order; or None."""
    if not_held(contract, facts, at):
        return "not_held"
    if kpi.get("reserved"):
        return "not_in_use"
    if at < month(kpi["first_period"]):
        return "not_started"
    if any(f["kpi"] == kpi["ref"] and at > month(f["last_period"]) for f in of_kind(facts, "KpiDiscontinued")):
        return "discontinued"
    return None


def covers(fact, kpi, at):
    last = fact["last_period"]
    return fact["kpi"] == kpi["ref"] and month(fact["first_period"]) <= at and (last is None or at <= month(last))


def against(facts, decision):
    """What an escalation's decision was about: score or mitigation."""
    return next(f["against"] for f in of_kind(facts, "EscalationRaised") if f["ref"] == decision["ref"])


def decisions(facts, kpi, at):
    """The escalations decided on this cell."""
    return [f for f in of_kind(facts, "EscalationDecided") if f["kpi"] == kpi["ref"] and month(f["period"]) == at]


def granted(kpi, facts, at):
    """Mitigated by a grant, as ended by the latest ending after it, or by an upheld escalation of a mitigation."""
    for grant in of_kind(facts, "MitigationGranted"):
        endings = [f for f in of_kind(facts, "MitigationEnded") if f["kpi"] == kpi["ref"] and order(f) > order(grant)]
        if covers(grant, kpi, at) and (not endings or at <= month(endings[-1]["last_period"])):
            return True
    return any(f["outcome"] == "upheld" and against(facts, f) == "mitigation" for f in decisions(facts, kpi, at))


def given_value(kpi, fact):
    """The value of a fact, or the outturn of its components, whatever is stated beside them; None if it has none."""
    if fact.get("components"):
        return outturn(kpi, fact["components"])
    return Decimal(fact["value"]) if fact.get("value") is not None else None


def result(kpi, facts, at):
    """(state, value, status): state is awaiting, submitted, or the basis the cell would have were it not relieved.

    A value that components come to is a fraction; where they have no denominator, the state is no_denominator.
    """
    state, value, status, waiting = "awaiting", None, None, None
    for fact in facts:
        if fact.get("kpi") != kpi["ref"] or "period" not in fact or month(fact["period"]) != at:
            continue
        given = given_value(kpi, fact)
        if fact["fact"] == "PerformanceSubmitted":
            waiting = fact
            if state in WAITING:
                state, value = "submitted", given if SHOW_UNSCRUTINISED_VALUE else None
        elif fact["fact"] == "PerformanceScrutinised":
            if fact["decision"] == "amended":
                state, value, status = "value", given, None
            elif fact["decision"] == "rejected" or waiting.get("unavailable"):
                state, value, status = "data_not_available", None, None
            elif waiting.get("status"):
                state, value, status = "status_only", None, waiting["status"]
            else:
                value, status = given_value(kpi, waiting), None
                state = "no_denominator" if value is None else "value"
        elif fact["fact"] == "EscalationDecided" and against(facts, fact) == "score":
            if fact["outcome"] in ("upheld", "upheld_in_part"):
                if given is not None:
                    state, value, status = "value", given, None
                elif fact.get("status"):
                    state, status = "set_by_decision", fact["status"]
                    value = value if DECIDED_STATUS_KEEPS_VALUE else None
    return state, value, status


def provisional(kpi, facts, at):
    """An escalation of this cell, or a mitigation request that covers it, is undecided."""
    for raised in of_kind(facts, "EscalationRaised"):
        if raised["kpi"] == kpi["ref"] and month(raised["period"]) == at:
            if not any(f["ref"] == raised["ref"] for f in decisions(facts, kpi, at)):
                return True
    for request in of_kind(facts, "MitigationRequested"):
        if covers(request, kpi, at):
            answers = of_kind(facts, "MitigationGranted", "MitigationRefused")
            if not any(covers(f, kpi, at) and order(f) > order(request) for f in answers):
                return True
    return False


def cell(contract, kpi, facts, at):
    """Status, basis, value, provisional, and `own`: the status it would have were it not relieved."""
    absent = out_of_use(contract, kpi, facts, at)
    if absent:
        return {
            "status": absent, "basis": None, "value": None, "provisional": False, "own": absent, "rated": False,
            "severity": None, "band": None,
        }  # fmt: skip
    state, value, status = result(kpi, facts, at)
    row = targets_in_force(kpi, facts, at)
    if row is None:
        own, basis = "information", "value" if INFORMATION_HAS_A_BASIS and state == "value" else None
    elif state in WAITING:
        own, basis = state, None
    elif state in ("set_by_decision", "status_only"):
        own, basis = status, state
    elif state == "data_not_available":
        own, basis = "red", state
    elif state == "no_denominator":
        meanings = {"not_counted": "information", "met": "green", "missed": "red"}
        own, basis = meanings[kpi.get("no_denominator", "not_counted")], None
    else:
        own, basis = rag_status(value, row, kpi["better"]), "value"
    band = None
    if row is not None and own in ("green", "amber", "red"):
        band = severity_of(value if basis == "value" else None, own, row)
    shown = own
    if row is not None and (RELIEF_OUTRANKS_NO_DENOMINATOR or own != "information"):
        if granted(kpi, facts, at):
            shown, basis = "mitigated", "relief"
        elif kpi.get("glide_until") and at <= month(kpi["glide_until"]):
            shown, basis = "glide", "relief"
    told = band is not None and (shown == own or value is not None or not lifts_points(contract))
    return {
        "status": shown,
        "basis": basis,
        "value": as_shown(value) if isinstance(value, Fraction) else value,
        "provisional": provisional(kpi, facts, at),
        "own": own,
        "rated": row is not None,
        "severity": band["name"] if told else None,
        "band": band,
    }


def lifts_points(contract):
    """Whether relief takes off a period's points."""
    return contract.get("scheme", {}).get("relief_lifts", "both") in ("both", "points")


def triggering(contract, gross, relieved, spared):
    """The points that count towards triggers: all, if relief takes off points alone; else none that is relieved."""
    if contract["scheme"].get("relief_lifts", "both") == "points":
        return gross
    return ZERO if relieved == gross else gross - relieved - spared


def days_late(contract, kpi, facts, at):
    """How many days after its due day the first return of a period came; 0 if in time, or none has come."""
    returns = [f for f in of_kind(facts, "PerformanceSubmitted") if f["kpi"] == kpi["ref"] and month(f["period"]) == at]
    if not returns:
        return 0
    after = at + kpi_length(contract, kpi)
    ended = date(after // 12, after % 12 + 1, 1) - timedelta(days=1)
    due = ended + timedelta(days=contract["scheme"]["late_return"]["due_days"])
    return max(0, (min(day(f["dated"]) for f in returns) - due).days)


def late_cost(contract, kpi, facts, at):
    """What the lateness of a return costs; None if it was not late."""
    terms = contract["scheme"].get("late_return")
    days = days_late(contract, kpi, facts, at) if terms else 0
    if not days or (targets_in_force(kpi, facts, at) is None and not LATE_RETURNS_OF_INFORMATION):
        return None
    cost = days * Decimal(terms["points_per_day"])
    return min(cost, Decimal(terms["at_most"])) if "at_most" in terms else cost


# --- a KPI's cells, with their points ------------------------------------------------------------------------------


def counts_as_missed(scheme, status):
    return status == "red" or (status == "amber" and scheme["run_counts"] == "missed_target")


def multiplier_for(scheme, run):
    """First, second, third ...; the last stands for all later ones. An amber that ends a run takes the first."""
    steps = scheme["multipliers"]
    return Decimal(steps[min(max(run, 1), len(steps)) - 1])


def before_gap(kpi, *, known):
    """The periods before a KPI's first, or before one that follows a gap, for the ratchets to look back on."""
    if OPENING_RUN_FILLS_A_WINDOW and kpi.get("opening_run"):
        return ["failed"] * kpi["opening_run"]
    return [] if known or "opening_run" in kpi else ["unknown"] * 100


def looking_back(scheme, past, status):
    """The past with one more period in it."""
    if status in RELIEVED:
        if scheme["relieved_in_run"] == "pause" and not PAUSED_PERIODS_FILL_A_WINDOW:
            return past
        return [*past, "failed" if scheme["relieved_in_run"] == "count" else "met"]
    if status in WAITING:
        return [*past, "waiting"]
    return [*past, "failed" if counts_as_missed(scheme, status) else "met"]


def multiplier_with_ratchets(scheme, past, own, run):
    """The dearest ratchet that the failures among the last periods reach, else the run's."""
    ratchets = scheme.get("ratchets", [])
    if not counts_as_missed(scheme, own) and not AMBER_THAT_ENDS_A_RUN_TAKES_A_RATCHET:
        ratchets = []
    reached = []
    for ratchet in ratchets:
        last = [*past, "failed"][-ratchet["within"] :]
        if last.count("failed") >= ratchet["failures"]:
            reached.append(Decimal(ratchet["multiplier"]))
    return max(reached) if reached else multiplier_for(scheme, run)


def charge(contract, kpi, facts, at, this, past, run_before, unsettled_before):
    """What a failing cell costs, or would have cost, and whether that may still move."""
    scheme, own = contract["scheme"], this["own"]
    missed = counts_as_missed(scheme, own)
    multiplier = multiplier_with_ratchets(scheme, past, own, run_before + 1 if missed else 0)
    if this["band"] is not None:
        cost = Decimal(this["band"]["points"]) * multiplier
    else:
        cost = weight_in_force(kpi, facts, at) * Decimal(scheme["shares"][own]) * multiplier
    if this["status"] == own or not lifts_points(contract):
        this.update(points=cost, multiplier=multiplier)
        this["unsettled"] = this["unsettled"] or (missed and unsettled_before)
    elif this["value"] is not None or not OWN_COST_NEEDS_A_VALUE:
        this["own_cost"] = cost
    else:
        return
    widest = max([ratchet["within"] for ratchet in scheme.get("ratchets", [])], default=1)
    in_sight = past[max(0, len(past) - widest + 1) :]
    if missed and "waiting" in in_sight:
        this["unsettled"] = True


def kpi_cells(contract, kpi, facts, first_month, last_month):
    """A KPI's cells whose first month is in the window, walked from its first period so that runs are right.

    Besides what `rag` shows, a cell has `own_cost` (what a relieved month adds to gross) and `unsettled` (its points
    are provisional because a period before it is awaiting or submitted).
    """
    scheme, length = contract.get("scheme"), kpi_length(contract, kpi)
    anchor = month(kpi.get("first_period", contract["contract"]["commenced"]))
    at = anchor - (max(0, anchor - first_month) // length + 1) * length
    run, unsettled, cells = kpi.get("opening_run", 0), False, {}
    past = before_gap(kpi, known=True)
    while at <= last_month:
        this = cell(contract, kpi, facts, at)
        this.update(points=None, multiplier=None, run=None, own_cost=ZERO, unsettled=False, late_return=None)
        status, own = this["status"], this["own"]
        if scheme and status not in OUT_OF_USE:
            this["late_return"] = late_cost(contract, kpi, facts, at)
        if status == "not_held":
            run, unsettled = kpi.get("opening_run", 0), False
            past = before_gap(kpi, known=False)
        elif scheme and status in ("green", "amber", "red", *RELIEVED):
            before, before_unsettled = run, unsettled
            if status in RELIEVED:
                run = {"reset": 0, "pause": run, "count": run + 1}[scheme["relieved_in_run"]]
                settled = scheme["relieved_in_run"] == "reset"
            else:
                run = run + 1 if counts_as_missed(scheme, status) else 0
                settled = run == 0
            if settled and not UNSETTLED_FOR_EVER:
                unsettled = False
            this.update(points=ZERO, run=run, unsettled=unsettled)
            if own in ("amber", "red"):
                charge(contract, kpi, facts, at, this, past, before, before_unsettled)
            past = looking_back(scheme, past, status)
        elif status in WAITING:
            this["unsettled"] = AWAITING_IS_PROVISIONAL
            unsettled = True
            if scheme:
                past = looking_back(scheme, past, status)
        if at >= first_month:
            cells[at] = this
        at += length
    return cells


def all_cells(contract, facts, as_at, position, first_month, last_month):
    """Every cell of every KPI, by (reference, period), from the facts known."""
    if as_at < day(contract["contract"]["dated"]):
        return {}
    facts = known(facts, as_at, position)
    with localcontext() as context:
        context.prec = 100
        return {
            (kpi["ref"], name(at)): this
            for kpi in all_kpis(contract, facts)
            for at, this in kpi_cells(contract, kpi, facts, first_month, last_month).items()
        }


# --- the three questions -------------------------------------------------------------------------------------------


def rag(contract, facts, as_at, position, last, periods):
    """The per-KPI table, each cell set against the reports published before."""
    cells = all_cells(contract, facts, as_at, position, *window(contract, last, periods))
    for this in cells.values():
        del this["own"], this["own_cost"], this["unsettled"], this["rated"], this["band"]
        this.update(revised=False, late=False)
    for report in of_kind(known(facts, date.max, position), "ReportPublished"):
        pinned = day(report["as_at"])
        shown = month(report["first_period"]), month(report["last_period"]) + contract_length(contract) - 1
        printed = all_cells(contract, facts, pinned, report["position"], *shown)
        in_sight = [fact for fact in facts if fact["position"] <= report["position"] or day(fact["dated"]) <= as_at]
        with_later_facts = all_cells(contract, in_sight, pinned, position, *shown)
        for key, this in cells.items():
            if key in printed:  # the last report to show the cell has the last word on `revised`
                if any(printed[key][field] != with_later_facts[key][field] for field in LATE_COMPARES):
                    this["late"] = True
                if day(report["dated"]) > as_at:  # not out yet, so nothing is revised since; late it may be
                    continue
                differs = any(this[field] != printed[key][field] for field in ("status", "value"))
                if differs or pinned < as_at or not SAME_DAY_REPORT_REVISES_ONLY_IF_IT_DIFFERS:
                    this["revised"] = differs
    return cells


def components(contract, kpi, facts, at):
    """The components of a period that were returned and not rejected; a new return after a rejection must be agreed."""
    waiting, counted, scrutinised = None, None, False
    for fact in facts:
        if fact.get("kpi") == kpi["ref"] and fact.get("period") == name(at):
            if fact["fact"] == "PerformanceSubmitted":
                waiting = fact.get("components")
                counted = counted if scrutinised else waiting
            elif fact["fact"] == "PerformanceScrutinised":
                scrutinised, counted = True, None if fact["decision"] == "rejected" else waiting
    return {} if out_of_use(contract, kpi, facts, at) else counted or {}


def carried_wrongly(contract, facts, as_at, position, last, periods):
    """The cells with a component that should be another one's of the period before, and is not."""
    found = set()
    facts = known(facts, as_at, position)
    for kpi in all_kpis(contract, facts):
        if kpi.get("carried_over"):
            first_month, last_month = window(contract, last, periods)
            at = month(kpi["first_period"])
            while at <= last_month:
                now = components(contract, kpi, facts, at)
                before = components(contract, kpi, facts, at - kpi_length(contract, kpi))
                for here, there in kpi["carried_over"].items():
                    if here in now and there in before and Decimal(now[here]) != Decimal(before[there]):
                        if at >= first_month:
                            found.add((kpi["ref"], name(at)))
                at += kpi_length(contract, kpi)
    return found


def abatement(contract, facts, as_at, position, last, periods):
    """Points and service credit by contract period; a longer KPI period falls where its first month falls.

    Where a cap rolls, the credits of all periods before are worked out too, from the contract's first.
    """
    length = contract_length(contract)
    asked = contract_periods(contract, last, periods)
    longer = max(periods, (month(last) - month(contract["contract"]["commenced"])) // length + 1)
    answer = uncapped(contract, facts, as_at, position, last, longer)
    known_facts = known(facts, as_at, position)
    with localcontext() as context:
        context.prec = 100
        before = {month(at): row["service_credit"] for at, row in answer.items()}
        if "scheme" in contract:
            before = credits_capped(contract, known_facts, before)
            hanging = hanging_on_others(contract, known_facts, answer)
            for at in hanging:
                answer[name(at)]["provisional"] = True
    for at, money in before.items():
        answer[name(at)]["service_credit"] = money
    return {name(at): answer[name(at)] for at in asked}


def hanging_on_others(contract, facts, answer):
    """The periods with a credit before the cap that rolls, while that of an earlier period it counts may still move."""
    if "rolling_cap" not in contract["scheme"]:
        return set()
    moving = {month(at) for at, row in answer.items() if row["provisional"]}
    hanging = set()
    for at in sorted(map(month, answer)):
        limited = rolling_limit(contract, facts, at) is not None
        if limited and answer[name(at)]["service_credit"] and moving & set(rolling_months(contract, at)[:-1]):
            hanging.add(at)
            moving.add(at)
    return hanging


def uncapped(contract, facts, as_at, position, last, periods):
    """The same before any cap that rolls; `before_caps` is a credit before its own cap too."""
    answer = {}
    cells = all_cells(contract, facts, as_at, position, *window(contract, last, periods))
    facts = known(facts, as_at, position)
    scheme, length = contract.get("scheme"), contract_length(contract)
    for at in contract_periods(contract, last, periods):
        here = [this for (_, period), this in cells.items() if at <= month(period) < at + length]
        if (
            scheme is None
            or as_at < day(contract["contract"]["dated"])
            or (not_held(contract, facts, at) and not NOT_HELD_HAS_TOTALS)
        ):
            points = ("gross_points", "relieved_points", "net_points", "trigger_points")
            nothing = dict.fromkeys((*points, "service_credit", "before_caps"))
            answer[name(at)] = dict(nothing, provisional=False)
            continue
        with localcontext() as context:
            context.prec = 100
            relief = sum((this["own_cost"] for this in here), ZERO)
            late = [this for this in here if this["late_return"] is not None]
            if RELIEF_COVERS_LATE_RETURNS and lifts_points(contract):
                relief += sum((this["late_return"] for this in late if this["status"] in RELIEVED), ZERO)
                late = [this for this in late if this["status"] not in RELIEVED]
            gross = sum((this["points"] or ZERO for this in here), ZERO) + relief
            gross += sum((this["late_return"] for this in late), ZERO)
            relieved = gross if suspended(facts, at) else relief
            spared = [this for this in here if this["status"] in RELIEVED and not lifts_points(contract)]
            spared = sum(((this["points"] or ZERO) + (this["late_return"] or ZERO) for this in spared), ZERO)
            before = credit(scheme, gross - relieved, charge_in_force(facts, at))
            cap = Decimal(scheme["cap"]) if "cap" in scheme else before
            answer[name(at)] = {
                "gross_points": gross,
                "relieved_points": relieved,
                "net_points": gross - relieved,
                "trigger_points": triggering(contract, gross, relieved, spared),
                "before_caps": before,
                "service_credit": None if before is None else min(before, cap),
                "provisional": any(
                    this["unsettled"] or (this["provisional"] and (this["rated"] or this["status"] != "information"))
                    for this in here
                ),
            }
    return answer


def banded(scheme, points):
    """Each point costs so many times its price by the band it lies in; a fraction of a point that fraction."""
    bands = scheme.get("point_bands", [{"above": "0", "times": "1"}])
    ends = [Decimal(band["above"]) for band in bands[1:]] + [max(points, Decimal(bands[-1]["above"]))]
    total = ZERO
    for band, end in zip(bands, ends, strict=True):
        if points > Decimal(band["above"]):
            total += (min(points, end) - Decimal(band["above"])) * Decimal(band["times"])
    return total


def rolling_limit(contract, facts, at):
    """What the credits of the rolling cap's months up to `at` may come to; None where no charges say it."""
    cap = contract["scheme"]["rolling_cap"]
    if "pounds" in cap:
        return Decimal(cap["pounds"])
    charges = [charge_in_force(facts, other) for other in rolling_months(contract, at)]
    charges = [charge for charge in charges if charge is not None]
    return sum(charges, ZERO) * Decimal(cap["percent_of_charges"]) / 100 if charges else None


def rolling_months(contract, at):
    """The contract's periods among the months of the rolling cap, `at` the last of them."""
    length, commenced = contract_length(contract), month(contract["contract"]["commenced"])
    first = at + length - contract["scheme"]["rolling_cap"]["months"]
    return [other for other in range(commenced, at + 1, length) if other >= first]


def credits_capped(contract, facts, before):
    """Every period's credit after all caps, from the first on, given what each would be with its own cap alone."""
    answer = {}
    for at in sorted(before):
        money = before[at]
        if money is not None and "rolling_cap" in contract["scheme"]:
            limit = rolling_limit(contract, facts, at)
            if limit is not None:
                spent = sum((answer.get(other) or ZERO for other in rolling_months(contract, at)), ZERO)
                money = min(money, max(ZERO, limit - spent))
        answer[at] = money
    return answer


def credit(scheme, points, charge):
    """Points as money, unrounded; None where the scheme has no price, or a percentage and no charge."""
    points = banded(scheme, points)
    if "pounds_per_point" in scheme:
        money = points * Decimal(scheme["pounds_per_point"])
    elif "percent_of_charge_per_point" in scheme and charge is not None:
        money = points * Decimal(scheme["percent_of_charge_per_point"]) * charge / 100
    else:
        return None
    return money


# --- what is settled -----------------------------------------------------------------------------------------------


def trigger_points(contract, facts, as_at, position, trigger, at):
    """The points that trigger in the trigger's periods up to `at`; those not held are none."""
    rows = abatement(contract, facts, as_at, position, name(at), trigger["within"])
    first = month(contract["contract"]["commenced"])
    return sum((row["trigger_points"] or ZERO for period, row in rows.items() if month(period) >= first), ZERO)


def payable(contract, facts, as_at, position, at):
    """A period's credit after caps less what is waived of it; None where it is not known."""
    money = abatement(contract, facts, as_at, position, name(at), 1)[name(at)]["service_credit"]
    if money is None:
        return None
    for fact in of_kind(known(facts, as_at, position), "CreditWaived"):
        if month(fact["period"]) == at:
            money = ZERO if fact.get("amount") is None else max(ZERO, money - Decimal(fact["amount"]))
    return money


def covered(contract, invoice):
    first, last = month(invoice["first_period"]), month(invoice["last_period"])
    return range(first, last + 1, contract_length(contract))


def settled(contract, facts, as_at, position, done):
    """(given, open): what the invoices in sight gave for each period, and what the next is to post for each.

    `done` holds what each invoice gave, by id, so that it is worked out once.
    """
    given = {}
    invoices = of_kind(known(facts, as_at, position), "CreditInvoiced")
    for invoice in invoices:
        for at, amount in gave(contract, facts, invoice, done).items():
            given[at] = given.get(at, ZERO) + amount
    owed = {}
    standing = {at for invoice in invoices for at in covered(contract, invoice)}
    for at in {*given, *standing}:
        now = payable(contract, facts, as_at, position, at) if at in standing else ZERO
        owed[at] = ZERO if now is None else now - given.get(at, ZERO)
    return given, owed


def gave(contract, facts, invoice, done):
    """What an invoice gave for each period: differences, its own credits, and what is left over for its last."""
    if invoice["id"] not in done:
        as_at, position = day(invoice["dated"]), invoice["position"]
        others = [fact for fact in facts if fact["id"] != invoice["id"]]
        _, answer = settled(contract, others, as_at, position, done)
        for at in covered(contract, invoice):
            answer[at] = answer.get(at, ZERO) + (payable(contract, facts, as_at, position, at) or ZERO)
        last = month(invoice["last_period"])
        answer[last] = answer.get(last, ZERO) + Decimal(invoice["amount"]) - sum(answer.values(), ZERO)
        done[invoice["id"]] = answer
    return done[invoice["id"]]


def summary(contract, facts, as_at, position, last, periods):
    """Counts by service and overall; glide is counted with mitigated, and only what is counted makes the total."""
    services = {kpi["ref"]: kpi["service"] for kpi in all_kpis(contract, known(facts, as_at, position))}
    cells = all_cells(contract, facts, as_at, position, *window(contract, last, periods))
    answer = {}
    for service in [row["code"] for row in contract.get("service", [])] + ["ALL"]:
        for at in contract_periods(contract, last, periods):
            here = [
                this["status"]
                for (ref, period), this in cells.items()
                if at <= month(period) < at + contract_length(contract) and service in (services[ref], "ALL")
            ]
            row = {colour: here.count(colour) for colour in ("green", "amber", "red")}
            row["mitigated"] = here.count("mitigated") + here.count("glide")
            answer[service, name(at)] = dict(row, total=sum(row.values()))
    return answer

"""The contract's rules worked out a second time, slowly and plainly, from the specification alone.

Nothing here is shared with the ledger. Every question is answered from the facts from scratch, so that a property
test can put the two side by side. Where it can be read two ways, the reading taken is a name in capitals below.
"""

from datetime import date
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
LATE_COMPARES = ("status", "basis", "value", "points", "multiplier", "run", "provisional")


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
    for place, row in enumerate(kpi.get("targets", []) + kpi.get("bands", [])):
        rows.append((month(row["from"]), month(row["to"]) if row.get("to") else None, (*kpi["order"], place), row))
    for fact in of_kind(facts, "TargetRebased"):
        if fact["kpi"] == kpi["ref"]:
            last = month(fact["last_period"]) if fact.get("last_period") else None
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
    return meets(value, band, "higher")


def rag_status(value, row, better):
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
        return {"status": absent, "basis": None, "value": None, "provisional": False, "own": absent, "rated": False}
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
    shown = own
    if row is not None and (RELIEF_OUTRANKS_NO_DENOMINATOR or own != "information"):
        if granted(kpi, facts, at):
            shown, basis = "mitigated", "relief"
        elif kpi.get("glide_until") and at <= month(kpi["glide_until"]):
            shown, basis = "glide", "relief"
    return {
        "status": shown,
        "basis": basis,
        "value": as_shown(value) if isinstance(value, Fraction) else value,
        "provisional": provisional(kpi, facts, at),
        "own": own,
        "rated": row is not None,
    }


# --- a KPI's cells, with their points ------------------------------------------------------------------------------


def counts_as_missed(scheme, status):
    return status == "red" or (status == "amber" and scheme["run_counts"] == "missed_target")


def multiplier_for(scheme, run):
    """First, second, third ...; the last stands for all later ones. An amber that ends a run takes the first."""
    steps = scheme["multipliers"]
    return Decimal(steps[min(max(run, 1), len(steps)) - 1])


def kpi_cells(contract, kpi, facts, first_month, last_month):
    """A KPI's cells whose first month is in the window, walked from its first period so that runs are right.

    Besides what `rag` shows, a cell has `own_cost` (what a relieved month adds to gross) and `unsettled` (its points
    are provisional because a period before it is awaiting or submitted).
    """
    scheme, length = contract.get("scheme"), kpi_length(contract, kpi)
    anchor = month(kpi.get("first_period", contract["contract"]["commenced"]))
    at = anchor - (max(0, anchor - first_month) // length + 1) * length
    run, unsettled, cells = kpi.get("opening_run", 0), False, {}
    while at <= last_month:
        this = cell(contract, kpi, facts, at)
        this.update(points=None, multiplier=None, run=None, own_cost=ZERO, unsettled=False)
        status, own = this["status"], this["own"]
        if status == "not_held":
            run, unsettled = kpi.get("opening_run", 0), False
        elif scheme and status in ("green", "amber", "red", *RELIEVED):
            before = run
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
                would_be = before + 1 if counts_as_missed(scheme, own) else 0
                multiplier = multiplier_for(scheme, would_be)
                cost = weight_in_force(kpi, facts, at) * Decimal(scheme["shares"][own]) * multiplier
                if status == own:
                    this.update(points=cost, multiplier=multiplier)
                elif this["value"] is not None or not OWN_COST_NEEDS_A_VALUE:
                    this["own_cost"] = cost
        elif status in WAITING:
            this["unsettled"] = AWAITING_IS_PROVISIONAL
            unsettled = True
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
        del this["own"], this["own_cost"], this["unsettled"], this["rated"]
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
    """Points and service credit by contract period; a longer KPI period falls where its first month falls."""
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
            nothing = dict.fromkeys(("gross_points", "relieved_points", "net_points", "service_credit"))
            answer[name(at)] = dict(nothing, provisional=False)
            continue
        with localcontext() as context:
            context.prec = 100
            relief = sum((this["own_cost"] for this in here), ZERO)
            gross = sum((this["points"] or ZERO for this in here), ZERO) + relief
            relieved = gross if suspended(facts, at) else relief
            answer[name(at)] = {
                "gross_points": gross,
                "relieved_points": relieved,
                "net_points": gross - relieved,
                "service_credit": credit(scheme, gross - relieved, charge_in_force(facts, at)),
                "provisional": any(
                    this["unsettled"] or (this["provisional"] and (this["rated"] or this["status"] != "information"))
                    for this in here
                ),
            }
    return answer


def credit(scheme, points, charge):
    """Points as money, unrounded; None where the scheme has no price, or a percentage and no charge."""
    if "pounds_per_point" in scheme:
        money = points * Decimal(scheme["pounds_per_point"])
    elif "percent_of_charge_per_point" in scheme and charge is not None:
        money = points * Decimal(scheme["percent_of_charge_per_point"]) * charge / 100
    else:
        return None
    return min(money, Decimal(scheme["cap"])) if "cap" in scheme else money


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

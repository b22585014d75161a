"""Random contracts."""

from datetime import date
from itertools import pairwise

from hypothesis import strategies as st

LENGTH = {"monthly": 1, "quarterly": 3, "six-monthly": 6, "annual": 12}
MOST_FACTS = 80
HORIZON = date(2026, 6, 30)
OFFICER, MANAGER = "LCC/officer", "SERCO/manager"
CELL_KINDS = ("PerformanceSubmitted", "PerformanceScrutinised", "EscalationRaised", "EscalationDecided")
DECIDING = ("MitigationGranted", "MitigationRefused")


def month(period):
    year, number = period.split("-")
    return int(year) * 12 + int(number) - 1


def name(count):
    return f"{count // 12:04d}-{count % 12 + 1:02d}"


def first_day(count):
    return date(count // 12, count % 12 + 1, 1)


def contract_length(contract):
    return LENGTH[contract["contract"]["frequency"]]


def kpi_length(contract, kpi):
    return LENGTH[kpi.get("frequency", contract["contract"]["frequency"])]


def grid_of(contract):
    """The longest period of any KPI: gaps, suspensions and deals of weights keep to it and cut no period in two."""
    return max(kpi_length(contract, kpi) for kpi in contract["kpi"])


def scored(kpi):
    return bool(kpi.get("targets") or kpi.get("bands") or kpi.get("severities"))


def weighted(kpi):
    return bool(kpi.get("targets") or kpi.get("bands"))


def hundredths(number):
    return f"{number / 100:g}"


def chance(draw, one_in):
    return draw(st.integers(1, one_in)) == one_in


KINDS = ["targets", "targets", "targets", "bands", "severities", "severities", "information", "reserved"]

# --- contracts -----------------------------------------------------------------------------------------------------


def draw_targets(draw, better):
    """Inclusive, or strict with a sign on both. Avoided: a sign on one only, and signs against the direction."""
    low = draw(st.integers(0, 18)) * 500
    high = low + draw(st.sampled_from([0, 250, 500, 1000]))
    sign = "" if draw(st.integers(1, 4)) > 1 else {"higher": ">", "lower": "<"}[better]
    tsl, msl = (high, low) if better == "higher" else (low, high)
    return {"tsl": sign + hundredths(tsl), "msl": sign + hundredths(msl)}


def draw_bands(draw, better):
    """Avoided: green and red alone, for which no inclusive edge without a gap is shown."""
    low = draw(st.integers(2, 16)) * 5
    high = low + draw(st.sampled_from([5, 10]))
    best, worst = (f">{high}", f"<{low}") if better == "higher" else (f"<{low}", f">{high}")
    return {"green": best, "amber": f"{low}..{high}", "red": worst}


FORMULAS = ("(A / B) x 100 = % outturn", "(A + C)/B*100", "A / ((B+C)/2) x 100", "A / (B - C)", "A / (B / C)")


def draw_formula(draw):
    """Avoided: a formula that is read otherwise than printed without its assumption, and names that are words."""
    printed = draw(st.sampled_from(FORMULAS))
    kpi = {"formula": printed, "components": {"A": "counted", "B": "of all", "C": "carried over", "D": "also told"}}
    if chance(draw, 4):
        kpi.update(formula=f"({printed}", formula_read_as=printed, assumptions=["A bracket is missing."])
    if chance(draw, 2):
        kpi["carried_over"] = {"C": "D"}
    meaning = draw(st.sampled_from(["not_counted", "met", "missed", None]))
    return kpi if meaning is None else dict(kpi, no_denominator=meaning)


def draw_severities(draw, better):
    """From three to five bands without a gap, some of one status; each worse one costs as much or more.

    Avoided: gaps and overlaps, and a status that no band has.
    """
    edges = sorted(draw(st.lists(st.integers(1, 19), min_size=2, max_size=4, unique=True)))
    edges = [hundredths(edge * 500) for edge in edges]
    and_ = draw(st.sampled_from([" ", " and ", ", "]))
    inner = [f">={low}{and_}<{high}" for low, high in pairwise(edges)]
    ranges = [f"<{edges[0]}", *inner, f">={edges[-1]}"]
    if better == "higher":
        ranges.reverse()
    ambers = draw(st.integers(1, len(ranges) - 2))
    bands, points = [], 0
    for number, text in enumerate(ranges):
        points += draw(st.integers(0, 2)) if number > 1 else number
        status = "green" if number == 0 else "amber" if number <= ambers else "red"
        bands.append({"name": f"level {number}", "band": text, "status": status, "points": str(points)})
    return {"bands": bands}


def deal(draw, refs, pool):
    """The pool dealt among the KPIs, to the last point."""
    parts = [draw(st.integers(1, 9)) for _ in refs]
    points = [pool * part // sum(parts) for part in parts]
    points[-1] += pool - sum(points)
    return dict(zip(refs, map(str, points), strict=True))


@st.composite
def ratchets(draw):
    failures = draw(st.integers(1, 4))
    within = failures + draw(st.integers(0, 3))
    multiplier = draw(st.sampled_from(["0.75", "1.5", "2.5", "4"]))
    return {"failures": failures, "within": within, "multiplier": multiplier}


BANDS = [
    [{"above": "0", "times": "0"}, {"above": "20", "times": "1"}, {"above": "100.5", "times": "1.2"}],
    [{"above": "0", "times": "2"}, {"above": "50", "times": "0.25"}],
]


def draw_scheme(draw):
    scheme = {
        "pool": draw(st.sampled_from(["1000", "100"])),
        "shares": {"amber": draw(st.sampled_from(["0.5", "0.25", "1"])), "red": "1"},
        "multipliers": draw(st.sampled_from([["1", "1.5", "2"], ["1", "2"], ["1"], ["1", "1.25", "1.5", "3"]])),
        "run_counts": draw(st.sampled_from(["missed_target", "missed_minimum"])),
        "relieved_in_run": draw(st.sampled_from(["reset", "pause", "count"])),
        "assumptions": ["Drawn at random."],
        "doubts": [{"of": "multiplier", "read_as": "As drawn."}]
        * 8,  # for ratchets and bands that contradict themselves
    }
    scheme["relief_lifts"] = draw(st.sampled_from(["both", "both", "points", "triggers"]))
    if chance(draw, 2):
        scheme["ratchets"] = draw(st.lists(ratchets(), min_size=1, max_size=3))
    if chance(draw, 2):
        scheme["late_return"] = {"due_days": draw(st.integers(0, 30)), "points_per_day": "0.5"}
        if chance(draw, 2):
            scheme["late_return"]["at_most"] = "7"
    price = draw(st.sampled_from(["pounds_per_point", "percent_of_charge_per_point", None]))
    if price:
        scheme[price] = "25.00" if price == "pounds_per_point" else "0.05"
        if chance(draw, 2):
            scheme["cap"] = "5000.00"
        if chance(draw, 3):
            scheme["point_bands"] = draw(st.sampled_from(BANDS))
        if chance(draw, 2):
            most = draw(st.sampled_from([{"pounds": "9000"}, {"percent_of_charges": "3.5"}]))
            scheme["rolling_cap"] = {"months": draw(st.sampled_from([3, 6, 12])), **most}
    if chance(draw, 3):
        points = draw(st.sampled_from(["50", "500", "1000.5"]))
        scheme["triggers"] = [{"name": "notice", "points": points, "within": draw(st.integers(1, 4))}]
    return scheme


def draw_kinds(draw):
    """What the KPIs are; at times of a contract of severities alone, which needs neither pool nor shares."""
    kinds = ["targets"] + draw(st.lists(st.sampled_from(KINDS), max_size=4))
    if not chance(draw, 8):
        return kinds
    return ["severities", *(kind for kind in kinds if kind not in ("targets", "bands"))]


def draw_rows(draw, kind, better, first, held, step):
    """The levels of a KPI: one from its first period, at times a later one, at times a temporary one."""
    draw_row = {"targets": draw_targets, "bands": draw_bands, "severities": draw_severities}[kind]
    rows = [{"from": name(first), **draw_row(draw, better)}]
    if chance(draw, 3):
        rows.append({"from": name(max(first, held) + step * draw(st.integers(1, 5))), **draw_row(draw, better)})
    if chance(draw, 3):
        start = max(first, held) + step * draw(st.integers(0, 4))
        until = start + step * draw(st.integers(0, 2))
        rows.append({"from": name(start), "to": name(until), **draw_row(draw, better)})
    return rows


@st.composite
def contracts(draw):
    """A contract as tomllib would give it. Avoided: one without a scheme, and weightless KPIs that have targets."""
    frequency = draw(st.sampled_from(["monthly", "monthly", "monthly", "quarterly"]))
    length = LENGTH[frequency]
    longer = {"monthly": ["quarterly", "six-monthly"], "quarterly": ["six-monthly"]}[frequency]
    kinds = draw_kinds(draw)
    own = [draw(st.sampled_from(longer)) if kind != "reserved" and chance(draw, 8) else None for kind in kinds]
    grid = max([length] + [LENGTH[each] for each in own if each])
    commenced = draw(st.integers(2015, 2021)) * 12 + 3
    held = commenced + grid * draw(st.integers(0, 2))
    services = ["PM", "FIN"][: draw(st.integers(1, 2))]
    kpis = []
    for number, (kind, each) in enumerate(zip(kinds, own, strict=True), 1):
        kpi = {"ref": f"KPI_{number:02d}", "service": draw(st.sampled_from(services))}
        kpis.append(kpi)
        if kind == "reserved":
            kpi["reserved"] = True
            continue
        step = LENGTH[each] if each else length
        first = held + grid * draw(st.integers(1, 2)) if number > 1 and chance(draw, 6) else commenced
        better = draw(st.sampled_from(["higher", "lower"]))
        kpi.update(title=f"Measure {number}", unit="percent", decimals=2, better=better, first_period=name(first))
        if each:
            kpi["frequency"] = each
        if chance(draw, 3):
            kpi.update(draw_formula(draw))
        if kind == "information":
            continue
        kpi[kind] = draw_rows(draw, kind, better, first, held, step)
        if chance(draw, 3):
            kpi["glide_until"] = name(max(first, held) + step * draw(st.integers(0, 2)))
        if first < held and chance(draw, 2):  # Avoided: an opening run for a KPI that begins while held
            kpi["opening_run"] = draw(st.integers(0, 3))
    scheme = draw_scheme(draw)
    dealt = [kpi for kpi in kpis if weighted(kpi)]
    dates = {month(kpi["first_period"]) for kpi in dealt}
    if not dealt:
        del scheme["pool"], scheme["shares"]
    elif chance(draw, 3):
        dates.add(held + grid * draw(st.integers(1, 3)))
    for at in sorted(dates):
        refs = [kpi["ref"] for kpi in dealt if month(kpi["first_period"]) <= at]
        points = deal(draw, refs, int(scheme["pool"]))
        for kpi in dealt:
            if kpi["ref"] in points:
                kpi.setdefault("weights", []).append({"from": name(at), "points": points[kpi["ref"]]})
    return {
        "contract": {
            "id": "css",
            "title": "Corporate Support Services",
            "commenced": name(commenced),
            "held_from": name(held),
            "dated": first_day(commenced).isoformat(),
            "calendar": "england-and-wales",
            "frequency": frequency,
            "parties": [
                {"code": "LCC", "name": "Lincolnshire County Council", "role": "authority"},
                {"code": "SERCO", "name": "Serco", "role": "provider"},
            ],
        },
        "scheme": scheme,
        "service": [{"code": code, "title": f"Service {code}"} for code in services],
        "kpi": kpis,
    }

"""Random contracts, random histories that SPEC says must be accepted, and random questions about them.

A history is built step by step by a `Story`, which knows what has been recorded and takes only what is allowed at each
(dated, position). Facts are often recorded long after the date they bear. Doubtful cases are left out; each is a
comment that begins "Avoided:".
"""

from datetime import date, timedelta

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
    return bool(kpi.get("targets") or kpi.get("bands"))


def hundredths(number):
    return f"{number / 100:g}"


def chance(draw, one_in):
    return draw(st.integers(1, one_in)) == one_in


# --- contracts -----------------------------------------------------------------------------------------------------


def draw_targets(draw, better):
    """Inclusive, or strict with a sign on both. Avoided: a sign on one only, and signs against the direction."""
    low = draw(st.integers(0, 18)) * 500
    high = low + draw(st.sampled_from([0, 250, 500, 1000]))
    sign = "" if draw(st.integers(1, 4)) > 1 else {"higher": ">", "lower": "<"}[better]
    tsl, msl = (high, low) if better == "higher" else (low, high)
    return {"tsl": sign + hundredths(tsl), "msl": sign + hundredths(msl)}


def draw_bands(draw, better):
    """Avoided: green and red alone, for which SPEC shows no way of writing an inclusive edge without a gap."""
    low = draw(st.integers(2, 16)) * 5
    high = low + draw(st.sampled_from([5, 10]))
    best, worst = (f">{high}", f"<{low}") if better == "higher" else (f"<{low}", f">{high}")
    return {"green": best, "amber": f"{low}..{high}", "red": worst}


def deal(draw, refs, pool):
    """The pool dealt among the KPIs, to the last point."""
    parts = [draw(st.integers(1, 9)) for _ in refs]
    points = [pool * part // sum(parts) for part in parts]
    points[-1] += pool - sum(points)
    return dict(zip(refs, map(str, points), strict=True))


def draw_scheme(draw):
    scheme = {
        "pool": draw(st.sampled_from(["1000", "100"])),
        "shares": {"amber": draw(st.sampled_from(["0.5", "0.25", "1"])), "red": "1"},
        "multipliers": draw(st.sampled_from([["1", "1.5", "2"], ["1", "2"], ["1"], ["1", "1.25", "1.5", "3"]])),
        "run_counts": draw(st.sampled_from(["missed_target", "missed_minimum"])),
        "relieved_in_run": draw(st.sampled_from(["reset", "pause", "count"])),
        "assumptions": ["Drawn at random."],
    }
    price = draw(st.sampled_from(["pounds_per_point", "percent_of_charge_per_point", None]))
    if price:
        scheme[price] = "25.00" if price == "pounds_per_point" else "0.05"
        if chance(draw, 2):
            scheme["cap"] = "5000.00"
    return scheme


@st.composite
def contracts(draw):
    """A contract as tomllib would give it. Avoided: one without a scheme, and weightless KPIs that have targets."""
    frequency = draw(st.sampled_from(["monthly", "monthly", "monthly", "quarterly"]))
    length = LENGTH[frequency]
    longer = {"monthly": ["quarterly", "six-monthly"], "quarterly": ["six-monthly"]}[frequency]
    kinds = ["targets"] + draw(
        st.lists(st.sampled_from(["targets", "targets", "targets", "bands", "information", "reserved"]), max_size=4)
    )
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
        if kind == "information":
            continue
        draw_row = draw_targets if kind == "targets" else draw_bands
        rows = [{"from": name(first), **draw_row(draw, better)}]
        if chance(draw, 3):
            rows.append({"from": name(max(first, held) + step * draw(st.integers(1, 5))), **draw_row(draw, better)})
        if chance(draw, 3):
            start = max(first, held) + step * draw(st.integers(0, 4))
            until = start + step * draw(st.integers(0, 2))
            rows.append({"from": name(start), "to": name(until), **draw_row(draw, better)})
        kpi[kind] = rows
        if chance(draw, 3):
            kpi["glide_until"] = name(max(first, held) + step * draw(st.integers(0, 2)))
        if first < held and chance(draw, 2):  # Avoided: an opening run for a KPI that begins while held
            kpi["opening_run"] = draw(st.integers(0, 3))
    scheme = draw_scheme(draw)
    weighted = [kpi for kpi in kpis if scored(kpi)]
    dates = {month(kpi["first_period"]) for kpi in weighted}
    if chance(draw, 3):
        dates.add(held + grid * draw(st.integers(1, 3)))
    for at in sorted(dates):
        refs = [kpi["ref"] for kpi in weighted if month(kpi["first_period"]) <= at]
        points = deal(draw, refs, int(scheme["pool"]))
        for kpi in weighted:
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


# --- a story: what has been recorded, and what may be --------------------------------------------------------------


class Story:
    """Everything recorded so far, and the batches it came in."""

    def __init__(self, draw, contract):
        self.draw, self.contract = draw, contract
        self.grid, self.length = grid_of(contract), contract_length(contract)
        self.dated = date.fromisoformat(contract["contract"]["dated"])
        self.held = month(contract["contract"]["held_from"])
        self.kpis = {kpi["ref"]: kpi for kpi in contract["kpi"] if not kpi.get("reserved")}
        self.born = dict.fromkeys(self.kpis, self.dated)  # when each KPI became known
        self.last, self.reach = (
            {},
            {},
        )  # the last period of a discontinued KPI; the latest period any fact speaks of
        self.facts, self.batches, self.batch = [], [], []
        self.voided, self.kept = set(), set()  # ids voided; ids never to be voided
        self.floor = {}  # cell, or "credits": nothing more is dated before this, because a void was
        self.gap, self.now, self.now_month = None, self.dated, self.held

    def record(self, kind, dated, by, /, **fields):
        fact = {
            "id": f"F{len(self.facts) + 1:03d}",
            "fact": kind,
            "contract": self.contract["contract"]["id"],
            "dated": dated.isoformat(),
            "by": by,
            **fields,
        }
        self.facts.append(fact)
        self.batch.append(fact)
        if "kpi" in fact:
            spoken = [month(fact[key]) for key in ("period", "first_period", "last_period") if fact.get(key)]
            self.reach[fact["kpi"]] = max([self.reach.get(fact["kpi"], 0), *spoken])
        return fact

    def close(self):
        if self.batch:
            self.batches.append(self.batch)
            self.batch = []

    def some_day(self, earliest):
        """A date between `earliest` and now: mostly of late, sometimes far back; None when there is none."""
        room = (self.now - earliest).days
        if room < 0:
            return None
        if chance(self.draw, 2):
            return earliest + timedelta(days=self.draw(st.integers(0, room)))
        return self.now - timedelta(days=min(room, self.draw(st.integers(0, 12))))

    def of_kind(self, *kinds, kpi=None, live=False):
        return [
            f
            for f in self.facts
            if f["fact"] in kinds and (kpi is None or f.get("kpi") == kpi) and not (live and f["id"] in self.voided)
        ]

    def in_gap(self, at):
        return self.gap is not None and self.gap[0] <= at <= self.gap[1]

    def usable(self, ref, at):
        """In use and held: a fact may speak of this period."""
        first = max(month(self.kpis[ref]["first_period"]), self.held)
        return first <= at <= self.last.get(ref, at) and not self.in_gap(at)

    def periods(self, ref, until):
        """The KPI's usable periods that have begun by the month `until`."""
        first, step = month(self.kpis[ref]["first_period"]), kpi_length(self.contract, self.kpis[ref])
        return [at for at in range(first, until + 1, step) if self.usable(ref, at)]

    def ended(self, ref, at):
        """The first day after the period."""
        return first_day(at + kpi_length(self.contract, self.kpis[ref]))

    def cells(self):
        """Every cell whose period has ended."""
        return [
            (ref, at)
            for ref in self.kpis
            for at in self.periods(ref, self.now_month)
            if self.ended(ref, at) <= self.now
        ]

    def of_cell(self, ref, at):
        """What stands of a cell's own facts, in (dated, position) order."""
        facts = [f for f in self.of_kind(*CELL_KINDS, kpi=ref, live=True) if month(f["period"]) == at]
        return sorted(facts, key=lambda f: (f["dated"], f["id"]))

    def state(self, facts):
        """none, submitted, rejected, resubmitted, settled, disputed or decided; None if a fact has no ground."""
        state, open_refs = "none", {}
        for fact in facts:
            kind, moved = fact["fact"], None
            if kind == "PerformanceSubmitted":
                moved = {
                    "none": "submitted",
                    "submitted": "submitted",
                    "rejected": "resubmitted",
                    "resubmitted": "resubmitted",
                }.get(state)
            elif kind == "PerformanceScrutinised" and state in ("submitted", "resubmitted"):
                moved = "rejected" if fact["decision"] == "rejected" else "settled"
            elif kind == "EscalationRaised" and state in ("settled", "rejected", "disputed"):
                # Avoided: a return or scrutiny after an escalation, one raised on an unscrutinised return, and
                # more than one of a kind on one cell
                if fact["against"] not in open_refs.values():
                    open_refs[fact["ref"]], moved = fact["against"], "disputed"
            elif kind == "EscalationDecided" and fact["ref"] in open_refs:
                moved = "disputed"
            if moved is None:
                return None
            state = moved
        return state

    def try_cell(self, kind, ref, at, earliest, by, /, **fields):
        """Record a fact of a cell if the cell's whole timeline still holds with the fact put in its place."""
        earliest = max(earliest, self.floor.get((ref, at), self.dated), self.born[ref])
        dated = self.some_day(earliest)
        if dated is None:
            return None
        trial = {"id": f"F{len(self.facts) + 1:03d}", "fact": kind, "dated": dated.isoformat(), **fields}
        timeline = sorted([*self.of_cell(ref, at), trial], key=lambda f: (f["dated"], f["id"]))
        if self.state(timeline) is None:
            return None
        return self.record(kind, dated, by, kpi=ref, period=name(at), **fields)

    # what may be recorded: each does nothing where it may not

    def some_value(self, ref):
        """A value: often on or beside one of the KPI's edges."""
        edges = [40.0]
        for row in self.kpis[ref].get("targets", []) + self.kpis[ref].get("bands", []):
            edges += [float(e) for k in ("tsl", "msl", "amber") if k in row for e in row[k].strip("<>").split("..")]
        for fact in self.of_kind("TargetRebased", kpi=ref):
            edges += [float(fact[key].strip("<>")) for key in ("tsl", "msl") if key in fact]
        near = int(round(100 * self.draw(st.sampled_from(edges)))) + self.draw(st.sampled_from([0, 1, -1, 400, -400]))
        return hundredths(min(10000, max(0, near)))

    def submit(self, ref, at):
        """Avoided: components, a status for an information KPI, a status other than green, amber and red."""
        how = self.draw(st.integers(1, 14))
        fields = (
            {"value": self.some_value(ref)}
            if how < 13 or not scored(self.kpis[ref])
            else (
                {"unavailable": True}
                if how == 13
                else {"status": self.draw(st.sampled_from(["green", "amber", "red"]))}
            )
        )
        return self.try_cell("PerformanceSubmitted", ref, at, self.ended(ref, at), MANAGER, **fields)

    def scrutinise(self, ref, at):
        returns = [f for f in self.of_cell(ref, at) if f["fact"] == "PerformanceSubmitted"]
        if not returns:
            return None
        fields = {"decision": self.draw(st.sampled_from(["agreed"] * 7 + ["rejected", "amended"]))}
        if fields["decision"] == "amended":
            fields["value"] = self.some_value(ref)
        elif fields["decision"] == "rejected":
            if not scored(self.kpis[ref]):  # Avoided: an information return rejected
                return None
            fields["reason"] = "Not evidenced"
        earliest = date.fromisoformat(returns[-1]["dated"])
        return self.try_cell("PerformanceScrutinised", ref, at, earliest, OFFICER, **fields)

    def some_cell(self, *states):
        cells = [cell for cell in self.cells() if self.state(self.of_cell(*cell)) in states]
        return self.draw(st.sampled_from(cells)) if cells else None

    def late_return(self):
        cell = self.some_cell("none", "none", "submitted", "rejected", "resubmitted")
        if cell and self.submit(*cell) and not chance(self.draw, 4):
            self.scrutinise(*cell)

    def late_scrutiny(self):
        cell = self.some_cell("submitted", "resubmitted")
        if cell:
            self.scrutinise(*cell)

    def escalate(self):
        """Of a score; or of a refused mitigation, where the refusal covers the cell and stands before."""
        cell = self.some_cell("settled", "rejected", "disputed")
        if not cell or not scored(self.kpis[cell[0]]):
            return
        ref, at = cell
        refusals = [
            f
            for f in self.of_kind("MitigationRefused", kpi=ref, live=True)
            if month(f["first_period"]) <= at <= month(f["last_period"])
        ]
        against, ground = "score", max(f["dated"] for f in self.of_cell(ref, at))
        if refusals and not self.of_kind("MitigationEnded", kpi=ref):  # Avoided: an ending and a relief by escalation
            against, ground = "mitigation", max([ground, *(f["dated"] for f in refusals)])
        raised = self.try_cell(
            "EscalationRaised",
            ref,
            at,
            date.fromisoformat(ground),
            MANAGER,
            ref=f"E{len(self.facts) + 1}",
            against=against,
            reason="Disputed",
        )
        if raised:
            self.kept.update(f["id"] for f in refusals)

    def decide(self):
        """Avoided: upheld in part against a mitigation, and an upheld score with neither value nor status."""
        done = {f["ref"] for f in self.of_kind("EscalationDecided", live=True)}
        waiting = [f for f in self.of_kind("EscalationRaised", live=True) if f["ref"] not in done]
        if not waiting:
            return
        raised = self.draw(st.sampled_from(waiting))
        outcomes = ["upheld", "upheld", "dismissed", "withdrawn"] + ["upheld_in_part"] * (raised["against"] == "score")
        fields = {"outcome": self.draw(st.sampled_from(outcomes)), "reason": "Heard"}
        if raised["against"] == "score" and fields["outcome"].startswith("upheld"):
            if chance(self.draw, 2):
                fields["status"] = self.draw(st.sampled_from(["green", "amber", "red"]))
            else:
                fields["value"] = self.some_value(raised["kpi"])
        by = MANAGER if fields["outcome"] == "withdrawn" and chance(self.draw, 2) else OFFICER
        self.try_cell(
            "EscalationDecided",
            raised["kpi"],
            month(raised["period"]),
            date.fromisoformat(raised["dated"]),
            by,
            ref=raised["ref"],
            **fields,
        )

    def some_range(self, longest=3):
        """(kpi, first, last): in use and held, after any glide, not across a gap."""
        ref = self.draw(st.sampled_from([ref for ref, kpi in self.kpis.items() if scored(kpi)]))
        after = month(self.kpis[ref].get("glide_until", "1900-01"))  # Avoided: relief twice over, glide and mitigated
        usable = [at for at in self.periods(ref, self.now_month + 2) if at > after]
        if not usable:
            return None
        first = self.draw(st.sampled_from(usable))
        step = kpi_length(self.contract, self.kpis[ref])
        reach = [first]
        while reach[-1] + step in usable and len(reach) < longest:
            reach.append(reach[-1] + step)
        return ref, first, self.draw(st.sampled_from(reach))

    def overlapping(self, kinds, ref, first, last):
        """Facts of these kinds on the KPI that share a period, voided ones too."""
        return [
            f
            for f in self.of_kind(*kinds, kpi=ref)
            if month(f["first_period"]) <= (last or first + 9999)
            and first <= (month(f["last_period"]) if f["last_period"] else 99999)
        ]

    def request(self):
        """Avoided: a request for a period that already has a grant or a refusal."""
        found = self.some_range()
        if not found or self.overlapping(DECIDING, *found):
            return
        ref, first, last = found
        dated = self.some_day(self.born[ref])
        if dated:
            self.record(
                "MitigationRequested",
                dated,
                MANAGER,
                kpi=ref,
                first_period=name(first),
                last_period=name(last),
                reason="Outside our control",
            )

    def answer(self):
        """A grant or a refusal, of a request or of nothing. Avoided: one that covers part of a request, or is dated
        before it; a refusal beside a grant of the same period, unless it was refused first."""
        found = self.some_range()
        requests = [
            f
            for f in self.of_kind("MitigationRequested", live=True)
            if not self.overlapping(DECIDING, f["kpi"], month(f["first_period"]), month(f["last_period"]))
        ]
        if requests and not chance(self.draw, 3):
            asked = self.draw(st.sampled_from(requests))
            found = asked["kpi"], month(asked["first_period"]), month(asked["last_period"])
        if not found:
            return
        ref, first, last = found
        kind = self.draw(st.sampled_from(DECIDING))
        if kind == "MitigationGranted" and chance(self.draw, 3):
            last = None
        asked = self.overlapping(["MitigationRequested"], ref, first, last)
        if any(month(f["first_period"]) < first or (last and month(f["last_period"]) > last) for f in asked):
            return
        refused = self.overlapping(["MitigationRefused"], ref, first, last)
        if kind == "MitigationRefused" and self.overlapping(["MitigationGranted"], ref, first, last):
            return
        dated = self.some_day(max([self.born[ref], *(date.fromisoformat(f["dated"]) for f in asked + refused)]))
        fields = {"kpi": ref, "first_period": name(first), "last_period": last and name(last)}
        if dated is None or (
            kind == "MitigationGranted"
            and not all(
                self.ends(dated, fields, f)
                for f in self.of_kind("MitigationEnded", kpi=ref)
                if f["dated"] >= dated.isoformat()
            )
        ):
            return
        self.record(kind, dated, OFFICER, **fields, reason="Considered")

    def ends(self, dated, grant, ending):
        """Avoided: an ending before a grant begins, or one that shortens a grant already run out when it was dated."""
        last = month(ending["last_period"])
        if month(grant["first_period"]) > last:
            return False
        return (
            grant["last_period"] is None
            or month(grant["last_period"]) <= last
            or self.ended(grant["kpi"], month(grant["last_period"])).isoformat() >= ending["dated"]
        )

    def end(self):
        grants = [f for f in self.of_kind("MitigationGranted", live=True) if f["last_period"] is None]
        if not grants:
            return
        grant = self.draw(st.sampled_from(grants))
        ref = grant["kpi"]
        upheld = [f for f in self.of_kind("EscalationRaised", kpi=ref) if f["against"] == "mitigation"]
        lasts = [at for at in self.periods(ref, self.now_month + 2) if at >= month(grant["first_period"])]
        dated = self.some_day(date.fromisoformat(grant["dated"]))
        if upheld or not lasts or dated is None:
            return
        ending = {"last_period": name(self.draw(st.sampled_from(lasts))), "dated": dated.isoformat()}
        if all(
            self.ends(dated, g, ending)
            for g in self.of_kind("MitigationGranted", kpi=ref)
            if g["dated"] <= dated.isoformat()
        ):
            self.record("MitigationEnded", dated, OFFICER, kpi=ref, last_period=ending["last_period"], reason="Over")

    def rebase(self):
        """Avoided: targets turned into bands or the other way, an information KPI given targets."""
        found = self.some_range(longest=4)
        if not found:
            return
        ref, first, last = found
        kpi = self.kpis[ref]
        row = draw_targets(self.draw, kpi["better"])
        if "bands" in kpi:
            row = {"bands": draw_bands(self.draw, kpi["better"])}
        if chance(self.draw, 3):
            row["last_period"] = name(last)
        dated = self.some_day(self.born[ref])
        if dated:
            self.record("TargetRebased", dated, OFFICER, kpi=ref, first_period=name(first), **row, reason="Agreed")

    def deals(self):
        """Every period from which weights are dealt."""
        return {month(row["from"]) for kpi in self.kpis.values() for row in kpi.get("weights", [])} | {
            month(f["first_period"]) for f in self.of_kind("WeightsSet")
        }

    def reweigh(self):
        """Every KPI in use is listed. Avoided: a deal that omits one, or is dated before it was known or gone."""
        at = self.held + self.grid * self.draw(st.integers(0, max(0, (self.now_month - self.held) // self.grid)))
        refs = [r for r, k in self.kpis.items() if scored(k) and month(k["first_period"]) <= at <= self.last.get(r, at)]
        gone = [f["dated"] for f in self.of_kind("KpiDiscontinued") if month(f["last_period"]) < at]
        dated = self.some_day(max([self.born[r] for r in refs] + [date.fromisoformat(d) for d in gone]))
        if dated and not self.in_gap(at):
            points = deal(self.draw, refs, int(self.contract["scheme"]["pool"]))
            self.record("WeightsSet", dated, OFFICER, first_period=name(at), weights=points)

    def boundary(self):
        """A period ahead of every deal of weights and a date after every report, for a KPI to come or to go."""
        at = self.held + self.grid * ((self.now_month - self.held) // self.grid + self.draw(st.integers(0, 1)))
        since = max([self.dated, *(date.fromisoformat(f["as_at"]) for f in self.of_kind("ReportPublished"))])
        dated = self.some_day(since + timedelta(days=1))
        return (at, dated) if dated and at > max(self.deals()) and not self.in_gap(at) else (None, None)

    def introduce(self):
        """With a fresh deal in the same file. Avoided: an introduction recorded later than a report it reaches."""
        at, dated = self.boundary()
        if at is None or len(self.kpis) > 5:
            return
        better = self.draw(st.sampled_from(["higher", "lower"]))
        kpi = {
            "ref": f"NEW_{len(self.facts) + 1}",
            "service": self.contract["service"][0]["code"],
            "title": "New measure",
            "unit": "percent",
            "decimals": 2,
            "better": better,
            "first_period": name(at),
        }
        refs = [ref for ref, each in self.kpis.items() if scored(each) and at <= self.last.get(ref, at)]
        if chance(self.draw, 4):
            points = None
        else:
            points = deal(self.draw, [*refs, kpi["ref"]], int(self.contract["scheme"]["pool"]))
            kpi["targets"] = [{"from": name(at), **draw_targets(self.draw, better)}]
            kpi["weights"] = [{"from": name(at), "points": points[kpi["ref"]]}]
        self.kept.add(self.record("KpiIntroduced", dated, OFFICER, **kpi)["id"])
        self.kpis[kpi["ref"]], self.born[kpi["ref"]] = kpi, dated
        if points:
            self.kept.add(self.record("WeightsSet", dated, OFFICER, first_period=name(at), weights=points)["id"])

    def discontinue(self):
        """With a fresh deal in the same file. Avoided: one that would strand a fact about a later period."""
        at, dated = self.boundary()
        if at is None:
            return
        ref = self.draw(st.sampled_from(sorted(self.kpis)))
        rest = [r for r, kpi in self.kpis.items() if r != ref and scored(kpi) and at <= self.last.get(r, at)]
        if (
            not rest
            or ref in self.last
            or self.reach.get(ref, 0) >= at
            or dated < self.born[ref]
            or month(self.kpis[ref]["first_period"]) >= at
        ):
            return
        last = at - kpi_length(self.contract, self.kpis[ref])
        self.kept.add(
            self.record("KpiDiscontinued", dated, OFFICER, kpi=ref, last_period=name(last), reason="Ended")["id"]
        )
        self.last[ref] = last
        if scored(self.kpis[ref]):
            points = deal(self.draw, rest, int(self.contract["scheme"]["pool"]))
            self.kept.add(self.record("WeightsSet", dated, OFFICER, first_period=name(at), weights=points)["id"])

    def suspend(self):
        """Suspended and resumed by turns, later and later. Avoided: any other order of the two."""
        past = self.of_kind("CreditsSuspended", "CreditsResumed", live=True)
        first = month(past[-1]["first_period"]) + self.grid if past else self.held
        lately = (self.now_month - self.held) // self.grid - self.draw(st.integers(0, 3))
        at = max(first, self.held + self.grid * lately)
        since = self.floor.get("credits", self.dated)
        dated = self.some_day(max(since, date.fromisoformat(past[-1]["dated"])) if past else since)
        if dated and not self.in_gap(at):
            kind = "CreditsResumed" if past and past[-1]["fact"] == "CreditsSuspended" else "CreditsSuspended"
            self.record(kind, dated, OFFICER, first_period=name(at), reason="Covid")

    def charge(self):
        at = self.held + self.length * self.draw(st.integers(0, (self.now_month - self.held) // self.length))
        dated = self.some_day(self.dated)
        if dated and not self.in_gap(at):
            amount = str(self.draw(st.integers(1, 9)) * 12345)
            self.record("ChargesSet", dated, OFFICER, first_period=name(at), amount=amount)

    def declare_gap(self):
        if self.gap and not self.of_kind("HistoryNotHeld") and self.now_month > self.gap[1]:
            first, last = name(self.gap[0]), name(self.gap[1] - self.length + 1)
            self.kept.add(
                self.record(
                    "HistoryNotHeld",
                    self.some_day(self.dated),
                    OFFICER,
                    first_period=first,
                    last_period=last,
                    reason="Records lost",
                )["id"]
            )

    def publish(self):
        """Avoided: reports that go out of the order of their dates, or whose as-at goes back."""
        past = self.of_kind("ReportPublished")
        since = date.fromisoformat(past[-1]["dated"]) + timedelta(days=1) if past else self.dated
        dated = self.some_day(since)
        if dated is None:
            return
        earliest = date.fromisoformat(past[-1]["as_at"]) if past else self.dated
        back = self.draw(st.integers(0, min(40, (dated - earliest).days)))
        until = (self.now_month - self.held) // self.length + self.draw(st.integers(-1, 1))
        until = self.held + self.length * max(0, until)
        since = max(self.held, until - self.length * self.draw(st.integers(0, 8)))
        if self.in_gap(until) or self.in_gap(since):  # Avoided: a report that begins or ends in a gap
            return
        self.kept.add(
            self.record(
                "ReportPublished",
                dated,
                OFFICER,
                report=f"R{len(past) + 1}",
                title="Board report",
                as_at=(dated - timedelta(days=back)).isoformat(),
                first_period=name(since),
                last_period=name(until),
            )["id"]
        )

    def void(self):
        """Of a fact nothing rests on. Avoided: voids of voids, of reports, of KPIs' coming and going, of gaps, of a
        fact that some report already makes late; and, after a void, any fact or void of that cell dated before it."""
        facts = [f for f in self.facts if f["id"] not in self.voided | self.kept and self.nothing_rests_on(f)]
        if not facts:
            return
        fact = self.draw(st.sampled_from(facts[-12:]))
        place = (fact["kpi"], month(fact["period"])) if fact["fact"] in CELL_KINDS else "credits"
        dated = self.some_day(max(self.floor.get(place, self.dated), date.fromisoformat(fact["dated"])))
        if dated is None:
            return
        self.voided.add(fact["id"])
        self.floor[place] = max(dated, self.floor.get(place, self.dated))
        self.record("FactVoided", dated, fact["by"], voids=fact["id"], reason="Recorded in error")

    def nothing_rests_on(self, fact):
        kind, ref = fact["fact"], fact.get("kpi")
        reports = self.of_kind("ReportPublished")
        if kind == "FactVoided" or any(r["id"] < fact["id"] and fact["dated"] <= r["as_at"] for r in reports):
            return False
        if kind in CELL_KINDS:
            return self.of_cell(ref, month(fact["period"]))[-1] is fact
        if kind == "MitigationGranted":
            return not self.of_kind("MitigationEnded", kpi=ref)
        if kind == "MitigationRequested":
            last = month(fact["last_period"])
            return not self.overlapping(DECIDING, ref, month(fact["first_period"]), last)
        if kind in ("CreditsSuspended", "CreditsResumed"):
            return self.of_kind("CreditsSuspended", "CreditsResumed", live=True)[-1] is fact
        return True


ACTS = (
    [Story.late_return] * 4
    + [Story.late_scrutiny] * 2
    + [Story.escalate] * 4
    + [Story.decide] * 6
    + [Story.request] * 2
    + [Story.answer] * 4
    + [Story.end] * 2
    + [Story.rebase] * 3
    + [Story.publish] * 4
    + [Story.void] * 3
    + [Story.suspend, Story.suspend, Story.declare_gap]
    + [Story.reweigh, Story.charge, Story.introduce, Story.discontinue]
)


@st.composite
def histories(draw, contract):
    """Batches of facts in recording order, each of which SPEC says must be accepted."""
    story = Story(draw, contract)
    fewest = max(6, -(-2 * story.grid // story.length))
    most = max(fewest, min(18, 40 // len(contract["kpi"])))
    periods = draw(st.integers(fewest, most))
    if chance(draw, 3) and not any(kpi.get("opening_run") for kpi in contract["kpi"]):
        # Avoided: a gap after an opening run, and facts about a gap's periods; it may be declared early or late
        start = story.held + story.grid * draw(st.integers(1, max(1, periods * story.length // story.grid - 2)))
        story.gap = start, start + story.grid * draw(st.integers(1, 2)) - 1
    if "percent_of_charge_per_point" in contract["scheme"]:  # Avoided: a percentage of no charge
        story.kept.add(
            story.record(
                "ChargesSet",
                story.dated,
                OFFICER,
                first_period=contract["contract"]["held_from"],
                amount="100000",
            )["id"]
        )
    for number in range(periods):
        story.now_month = story.held + story.length * number
        story.now = first_day(story.now_month + story.length) + timedelta(days=draw(st.integers(5, 30)))
        for ref, at in story.cells():
            if len(story.facts) < MOST_FACTS and story.ended(ref, at) > first_day(story.now_month):
                if not chance(draw, 6) and story.submit(ref, at) and not chance(draw, 6):
                    story.scrutinise(ref, at)
        for _ in range(draw(st.integers(0, 5))):
            if chance(draw, 3):
                story.close()
            if len(story.facts) < MOST_FACTS:
                draw(st.sampled_from(ACTS))(story)
        story.close()
    story.now = min(HORIZON, story.now + timedelta(days=draw(st.integers(0, 200))))
    for act in [Story.declare_gap] * draw(st.integers(0, 1)) + draw(st.lists(st.sampled_from(ACTS), max_size=10)):
        act(story)
        story.close()
    return story.batches


@st.composite
def questions(draw, contract, history):
    """(as_at, batches known, last period, periods). Avoided: before the first file, or before the contract's date."""
    earliest = date.fromisoformat(contract["contract"]["dated"])
    facts = [fact for batch in history for fact in batch]
    days = sorted({date.fromisoformat(fact["dated"]) for fact in facts}) or [earliest]
    as_at = draw(st.sampled_from(draw(st.sampled_from([days, days[len(days) // 2 :], days[-5:]]))))
    as_at = HORIZON if chance(draw, 4) else max(earliest, as_at + timedelta(days=draw(st.integers(-1, 1))))
    batches_known = len(history)
    if not chance(draw, 3):
        batches_known -= draw(st.integers(0, max(0, len(history) - 1)))
    length, held = contract_length(contract), month(contract["contract"]["held_from"])
    latest = max([held, *(month(fact["period"]) for fact in facts if "period" in fact)])
    back = max(0, (latest - held) // length + draw(st.sampled_from([0, 0, -1, 1, 2, -4, -8])))
    periods = draw(st.sampled_from([back + 1, back + 1, 6, 1, back + 3]))
    return as_at, batches_known, name(held + back * length), periods

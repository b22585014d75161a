"""A story: what has been recorded, and what may be."""

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.histories.contracts import CELL_KINDS, chance, contract_length, first_day, grid_of, kpi_length, month, name


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

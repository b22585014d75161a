"""Relief, terms, reports and voids of a story; each does nothing where it may not."""

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.histories.contracts import (
    CELL_KINDS,
    DECIDING,
    MANAGER,
    OFFICER,
    chance,
    deal,
    draw_bands,
    draw_severities,
    draw_targets,
    kpi_length,
    month,
    name,
    scored,
    weighted,
)
from tests.histories.results import Results


class Terms(Results):
    """A story with everything that may happen in one."""

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
        if "severities" in kpi:
            row = {"severities": draw_severities(self.draw, kpi["better"])["bands"]}
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
        refs = [
            r for r, k in self.kpis.items() if weighted(k) and month(k["first_period"]) <= at <= self.last.get(r, at)
        ]
        if not refs:
            return
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
        return (at, dated) if dated and at > max(self.deals(), default=0) and not self.in_gap(at) else (None, None)

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
        refs = [ref for ref, each in self.kpis.items() if weighted(each) and at <= self.last.get(ref, at)]
        if "pool" not in self.contract["scheme"] or chance(self.draw, 4):
            points = None
            if chance(self.draw, 2):
                kpi["severities"] = [{"from": name(at), **draw_severities(self.draw, better)}]
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
        rest = [r for r, kpi in self.kpis.items() if r != ref and weighted(kpi) and at <= self.last.get(r, at)]
        if (
            (weighted(self.kpis[ref]) and not rest)
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
        if weighted(self.kpis[ref]):
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

    def contract_periods(self):
        """The contract's periods that are over and held."""
        until = (self.now_month - self.held) // self.length
        return [at for at in range(self.held, self.held + self.length * until + 1, self.length) if not self.in_gap(at)]

    def invoice(self):
        """Of a period not invoiced yet, or some; often of what some other ledger gave. Avoided: one invoiced before,
        the invoice since void."""
        done = {
            at
            for f in self.of_kind("CreditInvoiced")
            for at in range(month(f["first_period"]), month(f["last_period"]) + 1)
        }
        left = [at for at in self.contract_periods() if at not in done]
        dated = self.some_day(self.dated)
        if not left or dated is None:
            return
        first = self.draw(st.sampled_from([left[0], left[0], *left]))
        reach = [first]
        while reach[-1] + self.length in left and len(reach) < 3:
            reach.append(reach[-1] + self.length)
        self.record(
            "CreditInvoiced",
            dated,
            self.draw(st.sampled_from([OFFICER, MANAGER])),
            invoice=f"INV{len(self.facts) + 1}",
            first_period=name(first),
            last_period=name(self.draw(st.sampled_from(reach))),
            amount=str(self.draw(st.integers(-500, 6000))),
        )

    def waive(self):
        at = self.draw(st.sampled_from(self.contract_periods() or [self.held]))
        dated = self.some_day(self.dated)
        if dated and not self.in_gap(at):
            amount = {"amount": str(self.draw(st.integers(1, 3000)))} if chance(self.draw, 2) else {}
            self.record("CreditWaived", dated, OFFICER, period=name(at), **amount, reason="Goodwill")

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

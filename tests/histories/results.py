"""Returns, scrutiny and disputes of a story; each does nothing where it may not."""

import re
from datetime import date

from hypothesis import strategies as st

from tests.histories.contracts import MANAGER, OFFICER, chance, hundredths, month, scored
from tests.histories.story import Story


class Results(Story):
    """A story with results."""

    def some_value(self, ref):
        """A value: often on or beside one of the KPI's edges."""
        edges = [40.0]
        for row in self.kpis[ref].get("targets", []) + self.kpis[ref].get("bands", []):
            edges += [float(e) for k in ("tsl", "msl", "amber") if k in row for e in row[k].strip("<>").split("..")]
        for row in self.kpis[ref].get("severities", []) + self.of_kind("TargetRebased", kpi=ref):
            given = row.get("severities") or (row["bands"] if isinstance(row.get("bands"), list) else [])
            edges += [float(edge) for band in given for edge in re.findall(r"[0-9.]+", band["band"])]
        for fact in self.of_kind("TargetRebased", kpi=ref):
            edges += [float(fact[key].strip("<>")) for key in ("tsl", "msl") if key in fact]
        near = int(round(100 * self.draw(st.sampled_from(edges)))) + self.draw(st.sampled_from([0, 1, -1, 400, -400]))
        return hundredths(min(10000, max(0, near)))

    def some_components(self, ref):
        """Components: often on an edge, often without a denominator; at times with an outturn stated."""
        below = self.draw(st.sampled_from([0, 1, 2, 3, 7, 10, 40, 200]))
        above = below * float(self.some_value(ref)) / 100 + self.draw(st.sampled_from([0, 0, 0, 1, -1]))
        amounts = {"A": f"{max(0, above):.4f}", "B": str(below), "C": str(self.draw(st.sampled_from([0, below, 3])))}
        if chance(self.draw, 2):
            amounts["D"] = str(self.draw(st.integers(0, 3)))
        fields = {"components": amounts}
        return dict(fields, value=self.some_value(ref)) if chance(self.draw, 4) else fields

    def submit(self, ref, at):
        """Avoided: a status for an information KPI, a status other than green, amber and red."""
        how = self.draw(st.integers(1, 14))
        fields = (
            self.some_components(ref)
            if "formula" in self.kpis[ref] and how < 10
            else {"value": self.some_value(ref)}
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

"""Whole histories, and questions about them, as hypothesis draws them."""

from datetime import date, timedelta

from hypothesis import strategies as st

from tests.histories.contracts import HORIZON, MOST_FACTS, OFFICER, chance, contract_length, first_day, month, name
from tests.histories.terms import Terms

ACTS = (
    [Terms.late_return] * 4
    + [Terms.late_scrutiny] * 2
    + [Terms.escalate] * 4
    + [Terms.decide] * 6
    + [Terms.request] * 2
    + [Terms.answer] * 4
    + [Terms.end] * 2
    + [Terms.rebase] * 3
    + [Terms.publish] * 4
    + [Terms.void] * 3
    + [Terms.suspend, Terms.suspend, Terms.declare_gap]
    + [Terms.invoice] * 4
    + [Terms.waive]
    + [Terms.reweigh, Terms.charge, Terms.introduce, Terms.discontinue]
)


@st.composite
def histories(draw, contract):
    """Batches of facts in recording order, each of which the specification says must be accepted."""
    story = Terms(draw, contract)
    fewest = max(6, -(-2 * story.grid // story.length))
    left = (HORIZON.year * 12 + HORIZON.month - 2 - story.held) // story.length  # Avoided: a return after the horizon
    most = max(fewest, min(18, 40 // len(contract["kpi"]), left))
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
    for act in [Terms.declare_gap] * draw(st.integers(0, 1)) + draw(st.lists(st.sampled_from(ACTS), max_size=10)):
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

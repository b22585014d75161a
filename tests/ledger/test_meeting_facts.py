"""What may be recorded of meetings, minutes, checks, changes and contacts."""

from __future__ import annotations

from typing import Any

from tests.given import Given, contract, fact, kpi, submitted

MANAGED = (contract(management={"minutes_deemed_agreed_after_working_days": 10}), kpi())
BOTH = [{"party": "A", "contract_manager": True}, {"party": "P", "contract_manager": True}]


def held(meeting: str = "M", dated: str = "2025-03-03", **fields: Any) -> Any:
    given = {"meeting": meeting, "purpose": "review", "held_on": dated, "attended": BOTH, **fields}
    return fact("MeetingHeld", dated, **given)


def sent(received_on: str, **fields: Any) -> Any:
    return fact("MinutesSent", fields.pop("dated", received_on), meeting="M", received_on=received_on, **fields)


def answered(dated: str, answer: str = "approved", **fields: Any) -> Any:
    return fact("MinutesAnswered", dated, meeting="M", answer=answer, **fields)


# --- meetings --------------------------------------------------------------------------------------------------------


def test_a_meeting_has_a_name_of_its_own_and_was_held_by_the_day_it_is_recorded() -> None:
    Given(*MANAGED).when(held()).then_taken()
    Given(*MANAGED, held()).when(held(dated="2025-04-01")).then_refused("a meeting M is already recorded")
    early = held(dated="2025-03-03", held_on="2025-03-04")
    Given(*MANAGED).when(early).then_refused("held_on: found 2025-03-04, after the date the fact bears")
    Given(*MANAGED).when(held(by="P")).then_refused("MeetingHeld is for the authority to record")


def test_parties_to_the_contract_attend_each_once() -> None:
    stranger = held(attended=[*BOTH, {"party": "X"}])
    Given(*MANAGED).when(stranger).then_refused('attended[3].party: "X" is no party to this contract')
    Given(*MANAGED).when(held(attended=[*BOTH, {"party": "A"}])).then_refused("attended[3].party: A is given twice")


def test_a_contract_manager_who_is_missed_is_odd() -> None:
    alone = held(attended=[{"party": "A", "contract_manager": True}, {"party": "P"}])
    Given(*MANAGED).when(alone).then_taken("the contract manager of P did not attend M")
    nobody = held(attended=[{"party": "A"}])
    Given(*MANAGED).when(nobody).then_taken("contract manager of A did not", "contract manager of P did not")
    Given(*MANAGED).when(held(attended=[])).then_taken("it is not said who attended M")


def test_of_several_providers_the_manager_of_one_that_came_is_missed_only_if_none_came() -> None:
    parties = [("A", "authority"), ("P", "provider"), ("Q", "provider")]
    several = contract(parties=[{"code": code, "name": code, "role": role} for code, role in parties])
    Given(several).when(held()).then_taken()
    one = held(attended=[{"party": "A", "contract_manager": True}, {"party": "Q"}])
    Given(several).when(one).then_taken("the contract manager of Q did not attend M")


# --- minutes ---------------------------------------------------------------------------------------------------------


def test_minutes_are_of_a_meeting_that_was_held() -> None:
    Given(*MANAGED).when(sent("2025-03-05")).then_refused("no meeting M is recorded by 2025-03-05; record that first")
    Given(*MANAGED, held("N")).when(sent("2025-03-05")).then_refused("no meeting M is recorded")
    Given(*MANAGED, held("Ma")).when(sent("2025-03-05")).then_refused("did you mean Ma?")
    Given(*MANAGED, held()).when(sent("2025-03-05")).then_taken()
    Given(*MANAGED, held()).when(sent("2025-03-05", by="P")).then_refused("MinutesSent is for the authority")


def test_minutes_are_sent_after_the_meeting_received_after_that_and_recorded_after_that() -> None:
    after = Given(*MANAGED, held())
    after.when(sent("2025-03-02", dated="2025-03-05")).then_refused("received_on: found 2025-03-02; give a day from")
    after.when(sent("2025-03-06", dated="2025-03-05")).then_refused("received_on: found 2025-03-06, after the date")
    after.when(sent("2025-03-05", sent_on="2025-03-06")).then_refused("from 2025-03-06 on, when they were sent")
    after.when(sent("2025-03-05", sent_on="2025-03-02")).then_refused("sent_on: found 2025-03-02")


def test_an_answer_is_to_minutes_that_were_received() -> None:
    Given(*MANAGED, held()).when(answered("2025-03-05")).then_refused("no minutes of M were received by 2025-03-05")
    received = Given(*MANAGED, held(), sent("2025-03-05"))
    received.when(answered("2025-03-04")).then_refused("no minutes of M were received by 2025-03-04")
    received.when(answered("2025-03-05")).then_taken()
    received.when(answered("2025-03-06", by="A")).then_refused("MinutesAnswered is for the provider")


def test_an_answer_after_the_time_is_odd_and_so_is_a_second_one() -> None:
    received = (*MANAGED, held(), sent("2025-03-05"))
    Given(*received).when(answered("2025-03-19")).then_taken()
    late = answered("2025-03-20", "withheld")
    Given(*received).when(late).then_taken("to be answered by 2025-03-19; they stay deemed agreed")
    Given(*received, answered("2025-03-10")).when(late).then_taken("they stay approved, and this shows as late")
    again = answered("2025-03-11", "withheld")
    Given(*received, answered("2025-03-10")).when(again).then_taken("already approved; this later answer stands")


def test_minutes_sent_again_begin_a_new_time() -> None:
    received = (*MANAGED, held(), sent("2025-03-05"))
    Given(*received).when(sent("2025-03-12")).then_taken("that were not yet answered; a new time to answer begins")
    Given(*received).when(sent("2025-03-25")).then_taken("that were already deemed agreed")
    Given(*received, sent("2025-03-12")).when(answered("2025-03-25")).then_taken()
    earlier = sent("2025-03-04", dated="2025-03-06")
    Given(*received).when(earlier).then_taken("take the place of ones that were received later, on 2025-03-05")


def test_minutes_recorded_after_their_time_to_answer_are_deemed_agreed_at_once_which_is_odd() -> None:
    after = Given(*MANAGED, held())
    after.when(sent("2025-03-05", dated="2025-03-19")).then_taken()
    at_once = "were to be answered by 2025-03-19, and this bears 2025-03-20; they are deemed agreed at once"
    after.when(sent("2025-03-05", dated="2025-03-20")).then_taken(at_once)
    again = Given(*MANAGED, held(), sent("2025-03-04")).when(sent("2025-03-05", dated="2025-03-20"))
    again.then_taken("a new time to answer begins", at_once)
    Given(contract(), held()).when(sent("2025-03-05", dated="2025-12-05")).then_taken()


def test_without_a_time_in_its_terms_no_answer_is_late() -> None:
    Given(contract(), held(), sent("2025-03-05")).when(answered("2025-11-05")).then_taken()


def test_a_meeting_with_minutes_is_not_void_before_they_are() -> None:
    meeting, minutes = held(), sent("2025-03-05")
    void = fact("FactVoided", "2025-03-06", voids=meeting.id)
    Given(*MANAGED, meeting).when(void).then_taken()
    Given(*MANAGED, meeting, minutes).when(void).then_refused(f"the later MinutesSent {minutes.id}")
    first, second, answer = minutes, sent("2025-03-06"), answered("2025-03-07")
    alone = fact("FactVoided", "2025-03-08", voids=first.id)
    Given(*MANAGED, meeting, first, answer).when(alone).then_refused("MinutesAnswered")
    Given(*MANAGED, meeting, first, second, answer).when(alone).then_taken()


def test_an_answer_stays_with_the_version_of_the_minutes_that_it_was_given_to() -> None:
    first, second, answer = sent("2025-03-05"), sent("2025-03-06"), answered("2025-03-07")
    void = fact("FactVoided", "2025-03-10", voids=second.id)
    rests = f"the later MinutesAnswered {answer.id}, dated 2025-03-07, rests on {second.id}, the text it was given to"
    Given(*MANAGED, held(), first, second, answer).when(void).then_refused(rests)
    undone = fact("FactVoided", "2025-03-10", voids=answer.id, by="P")
    Given(*MANAGED, held(), first, second, answer, undone).when(void).then_taken()
    early = fact("FactVoided", "2025-03-06", voids=second.id)
    moved = f"{answer.id}, dated 2025-03-07, speak of {first.id} in place of {second.id}"
    Given(*MANAGED, held(), first, second, answer).when(early).then_refused(moved)
    between = f"{answer.id}, dated 2025-03-07, speak of {second.id} in place of {first.id}"
    Given(*MANAGED, held(), first, answer).when(second).then_refused(between)
    again = answered("2025-03-07")
    Given(*MANAGED, held(), first, answer, undone).when(second, again).then_taken(
        "not yet answered", "already approved"
    )


# --- checks ----------------------------------------------------------------------------------------------------------


def spot_check(**fields: Any) -> Any:
    return fact("SpotCheckMade", "2025-06-01", **{"check": "C", "made_on": "2025-05-30", "findings": "Fine.", **fields})


def test_a_spot_check_has_a_name_of_its_own_a_day_and_a_kpi_in_use_if_any() -> None:
    Given(*MANAGED).when(spot_check(), spot_check(check="D", kpi="K", period="2025-04")).then_taken()
    Given(*MANAGED, spot_check()).when(spot_check(kpi="K")).then_refused("a spot check C is already recorded")
    Given(*MANAGED, spot_check(kpi="K")).when(spot_check()).then_refused("a spot check C is already recorded")
    Given(*MANAGED).when(spot_check(made_on="2025-06-02")).then_refused("made_on: found 2025-06-02, after the date")
    Given(*MANAGED).when(spot_check(kpi="X")).then_refused('"X" is not a KPI of this contract')
    Given(*MANAGED).when(spot_check(kpi="K", period="2024-12")).then_refused("before the first period of K")
    early = {"follow_up": "Look again.", "follow_up_by": "2025-05-29"}
    Given(*MANAGED).when(spot_check(**early)).then_refused("follow_up_by: found 2025-05-29; give a day from 2025-05-30")
    Given(*MANAGED).when(spot_check(by="P")).then_refused("SpotCheckMade is for the authority")


def test_a_check_is_of_a_kpi_that_was_introduced_by_then() -> None:
    later = kpi("L", weight="", first_period="2025-07").model_copy(
        update={"dated": spot_check().dated.replace(month=7)}
    )
    Given(*MANAGED, later).when(spot_check(kpi="L")).then_refused("L is introduced only on 2025-07-01")


def cross_check(period: str, value: str = "91", **fields: Any) -> Any:
    return fact("CrossCheckMade", "2025-06-01", kpi="K", period=period, value=value, system="Case system", **fields)


def test_a_cross_check_is_of_a_period_that_is_held_with_or_without_a_return() -> None:
    Given(*MANAGED).when(cross_check("2025-05")).then_taken()
    Given(*MANAGED, submitted("2025-05", "91", dated="2025-06-01")).when(cross_check("2025-05")).then_taken()
    Given(*MANAGED).when(cross_check("2025-06")).then_taken("K for June 2025 is not over by 2025-06-01")
    Given(*MANAGED).when(cross_check("2024-12")).then_refused("before the first period")
    gap = fact("HistoryNotHeld", first_period="2025-04", last_period="2025-04")
    Given(*MANAGED, gap).when(cross_check("2025-04")).then_refused("2025-04 is not held by this ledger")
    Given(*MANAGED).when(cross_check("2025-05", by="P")).then_refused("CrossCheckMade is for the authority")


def test_a_figure_that_its_unit_cannot_have_is_odd_in_a_cross_check_too() -> None:
    measured = (contract(), kpi(unit="percent"))
    Given(*measured).when(cross_check("2025-05", "101")).then_taken("101 % is not between 0 and 100")


def test_a_self_assessment_is_reviewed_once_under_its_name_over_months_in_order() -> None:
    own = {"assessment": "S", "reviewed_on": "2025-05-30", "outcome": "Accepted."}
    reviewed = fact("SelfAssessmentReviewed", first_period="2024-04", last_period="2025-03", **own)
    Given(*MANAGED).when(reviewed).then_taken()
    again = reviewed.model_copy(update={"id": "again"})
    Given(*MANAGED, reviewed).when(again).then_refused("a self-assessment S is already recorded")
    backwards = fact("SelfAssessmentReviewed", first_period="2025-03", last_period="2024-04", **own)
    Given(*MANAGED).when(backwards).then_refused("give a period from 2025-03 on")
    early = fact("SelfAssessmentReviewed", "2025-05-29", **own)
    Given(*MANAGED).when(early).then_refused("reviewed_on: found 2025-05-30, after the date")


def asked(**fields: Any) -> Any:
    own = {"request": "R", "what": "The rota.", "asked_on": "2025-05-20", "due_on": "2025-05-30"}
    return fact("InformationRequested", "2025-05-20", **{**own, **fields})


def supplied(supplied_on: str, **fields: Any) -> Any:
    return fact("InformationSupplied", **{"request": "R", "supplied_on": supplied_on, **fields})


def test_information_is_due_after_it_is_asked_for_and_comes_after_that() -> None:
    Given(*MANAGED).when(asked()).then_taken()
    Given(*MANAGED, asked()).when(asked()).then_refused("a request for information R is already recorded")
    Given(*MANAGED).when(asked(due_on="2025-05-19")).then_refused(
        "due_on: found 2025-05-19; give a day from 2025-05-20"
    )
    Given(*MANAGED).when(asked(asked_on="2025-05-21")).then_refused("asked_on: found 2025-05-21, after the date")
    Given(*MANAGED).when(supplied("2025-05-30")).then_refused("no information R was asked for by 2025-06-01")
    Given(*MANAGED, asked()).when(supplied("2025-05-30", by="P")).then_taken()
    Given(*MANAGED, asked()).when(supplied("2025-05-19")).then_refused("supplied_on: found 2025-05-19")
    Given(*MANAGED, asked()).when(supplied("2025-06-02")).then_refused("supplied_on: found 2025-06-02, after the date")
    Given(*MANAGED, asked()).when(supplied("2025-05-31")).then_taken("due on 2025-05-30; it shows as late")
    Given(*MANAGED, asked(), supplied("2025-05-28")).when(supplied("2025-05-29")).then_taken("already supplied")


# --- changes ---------------------------------------------------------------------------------------------------------


def proposed(by: str = "P", **fields: Any) -> Any:
    return fact("ChangeProposed", "2025-05-01", by=by, **{"change": "C", "what": "TSL 85 in place of 90.", **fields})


def decided(decision: str, by: str = "A", **fields: Any) -> Any:
    return fact("ChangeDecided", "2025-05-10", change="C", decision=decision, by=by, **fields)


def carried_out(*ids: str, **fields: Any) -> Any:
    return fact("ChangeCarriedOut", change="C", carried_out_by=ids, **fields)


def test_either_side_proposes_a_change_under_a_name_of_its_own() -> None:
    Given(*MANAGED).when(proposed("P", kpi="K", would_take_effect="2025-07")).then_taken()
    Given(*MANAGED).when(proposed("A")).then_taken()
    Given(*MANAGED, proposed(kpi="K")).when(proposed("A")).then_refused("a change C is already recorded")
    Given(*MANAGED).when(proposed(kpi="X")).then_refused('"X" is not a KPI of this contract')
    early = proposed(kpi="K", would_take_effect="2024-12")
    Given(*MANAGED).when(early).then_refused("would_take_effect: 2024-12 is before the first period")


def test_the_other_side_decides_a_change_and_its_own_may_withdraw_it() -> None:
    for own, other in (("P", "A"), ("A", "P")):
        asked_for = Given(*MANAGED, proposed(own, kpi="K"))
        for decision in ("agreed", "rejected"):
            asked_for.when(decided(decision, other)).then_taken()
            asked_for.when(decided(decision, own)).then_refused(
                f"{own} proposed the change and may only withdraw it; {other} agrees"
            )
        asked_for.when(decided("withdrawn", own)).then_taken()
        asked_for.when(decided("withdrawn", other)).then_refused(f"{own} proposed the change and alone may withdraw it")


def test_a_change_is_decided_once_after_it_was_proposed() -> None:
    Given(*MANAGED).when(decided("agreed")).then_refused("no change C was proposed by 2025-05-10")
    twice = Given(*MANAGED, proposed(), decided("agreed"))
    twice.when(decided("rejected")).then_refused("the change C is already agreed; void that decision")
    twice.when(decided("withdrawn", "P")).then_refused("already agreed")


def test_only_an_agreed_change_is_carried_out_by_facts_that_should_be_recorded() -> None:
    rebase = fact("TargetRebased", kpi="K", first_period="2025-07", tsl="85", msl="80")
    agreed = (*MANAGED, proposed(), decided("agreed"))
    Given(*agreed, rebase).when(carried_out(rebase.id)).then_taken()
    Given(*agreed).when(carried_out("no-such")).then_taken("no fact no-such is recorded")
    Given(*agreed).when(carried_out(remark="Printed anew.")).then_taken()
    Given(*agreed, carried_out(remark="Done.")).when(carried_out(remark="Done.")).then_taken("already carried out")
    Given(*MANAGED, proposed()).when(carried_out(remark="Done.")).then_refused("the change C is undecided")
    rejected = (*MANAGED, proposed(), decided("rejected"))
    Given(*rejected).when(carried_out(remark="Done.")).then_refused("the change C is rejected; only one that is agreed")


# --- contacts --------------------------------------------------------------------------------------------------------


def named(contact: str, from_on: str = "2025-01-01", level: int = 1, **fields: Any) -> Any:
    return fact(
        "ContactNamed", fields.pop("dated", "2025-05-01"), contact=contact, level=level, from_on=from_on, **fields
    )


def ended(last_on: str, side: str = "P", **fields: Any) -> Any:
    return fact("ContactEnded", fields.pop("dated", "2025-05-20"), side=side, level=1, last_on=last_on, **fields)


def test_a_provider_names_its_own_contacts_and_the_authority_any() -> None:
    Given(*MANAGED).when(named("P/Sam Hill"), named("A/Pat Reed")).then_taken()
    Given(*MANAGED).when(named("P/Sam Hill", by="P")).then_taken()
    Given(*MANAGED).when(named("A/Pat Reed", by="P")).then_refused("P may name its own contacts only")
    Given(*MANAGED).when(named("X/Pat Reed")).then_refused('contact: "X" is no party to this contract')


def test_a_contact_ends_after_it_began_and_once() -> None:
    begun = (*MANAGED, named("P/Sam Hill", "2025-02-01"))
    Given(*MANAGED).when(ended("2025-05-31")).then_refused("no contact of P at level 1 was named by 2025-05-20")
    Given(*begun).when(ended("2025-05-31")).then_taken()
    Given(*begun).when(ended("2025-01-31")).then_refused("last_on: found 2025-01-31; give a day from 2025-02-01 on")
    Given(*begun, ended("2025-05-31")).when(ended("2025-06-30")).then_refused("already ended on 2025-05-31")
    Given(*begun).when(ended("2025-05-31", side="X")).then_refused('side: "X" is no party')
    after = named("P/Lee Wood", "2025-06-01", dated="2025-05-25")
    Given(*begun, ended("2025-05-31")).when(after).then_taken()
    Given(*begun, after).when(named("P/Jo Wren", "2025-05-01", dated="2025-05-26")).then_taken(
        "is named from 2025-06-01"
    )

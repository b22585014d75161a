"""A second person for what a contract names, and nobody scrutinising their own submission."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from ledger.checks import breaches
from ledger.judgement import Proposed
from ledger.timeline import judge
from tests.given import TODAY, Given, contract, fact, kpi, recorded

if TYPE_CHECKING:
    from ledger.facts import AnyFact
    from ledger.recorded import Recorded

ALL_ACTS = ["grants", "decisions", "rebases", "suspensions", "voids"]
RETURN = {"kpi": "K", "period": "2025-01", "value": "70"}


def terms(**checks: Any) -> AnyFact:
    return contract(checks=checks)


def returned(by: str = "P/pat", dated: str = "2025-02-05", **fields: Any) -> AnyFact:
    return fact("PerformanceSubmitted", dated, by=by, **{**RETURN, **fields})


def scrutinised(by: str = "A/sam", dated: str = "2025-02-20", **fields: Any) -> AnyFact:
    return fact("PerformanceScrutinised", dated, by=by, kpi="K", period="2025-01", decision="agreed", **fields)


def granted(by: str = "A/sam", approved_by: str | None = None, **fields: Any) -> AnyFact:
    return fact(
        "MitigationGranted", by=by, approved_by=approved_by, kpi="K", first_period="2025-01",
        **{"last_period": "2025-01", **fields},
    )  # fmt: skip


SCORED = [returned(), scrutinised()]
RAISED = fact("EscalationRaised", kpi="K", period="2025-01", ref="E", against="score", by="P/pat")
OF = {
    "grants": granted,
    "decisions": lambda **who: fact(
        "EscalationDecided", "2025-06-02", kpi="K", period="2025-01", ref="E", outcome="dismissed", **who
    ),
    "rebases": lambda **who: fact("TargetRebased", kpi="K", first_period="2025-03", tsl="80", msl="70", **who),
    "suspensions": lambda **who: fact("CreditsSuspended", first_period="2025-03", **who),
    "voids": lambda **who: fact("FactVoided", voids="spare", **who),
}
SPARE = fact("ChargesSet", first_period="2025-01", amount="1", by="A/sam", id="spare")


def history(*, named: list[str], enforcement: str = "refuse") -> Given:
    return Given(terms(second_person=named, enforcement=enforcement), kpi(), SCORED, RAISED, SPARE)


@pytest.mark.parametrize("act", ALL_ACTS)
def test_what_the_terms_name_needs_a_second_person_and_the_rest_does_not(act: str) -> None:
    alone, approved = OF[act](by="A/sam"), OF[act](by="A/sam", approved_by="A/kim")
    history(named=[act]).when(alone).then_refused(
        "needs a second person to approve it: nobody approved it; give approved_by, another person of A"
    )
    history(named=[act]).when(approved).then_taken()
    history(named=[each for each in ALL_ACTS if each != act]).when(alone).then_taken()


@pytest.mark.parametrize("act", ALL_ACTS)
def test_where_the_terms_only_warn_it_is_taken_with_a_warning(act: str) -> None:
    given = history(named=[act], enforcement="warn")
    given.when(OF[act](by="A/sam")).then_taken("needs a second person to approve it: nobody approved it")
    given.when(OF[act](by="A/sam", approved_by="A/kim")).then_taken()


def test_resuming_credits_is_a_change_of_a_suspension_too() -> None:
    resumed = fact("CreditsResumed", first_period="2025-03", by="A/sam")
    history(named=["suspensions"]).when(resumed).then_refused("this change of a suspension needs a second person")


@pytest.mark.parametrize(
    ("by", "approved_by", "sentence"),
    [
        (
            "A",
            "A/kim",
            "by: this grant needs a second person to approve it: A names no person, so that nobody can tell",
        ),
        ("A", None, "the two apart, and nobody approved it; give by as A/person and approved_by, another person of A"),
        (
            "A/sam",
            "A",
            "approved_by: this grant needs a second person to approve it: A names no person who approved it",
        ),
        ("A/sam", "A/sam", "A/sam is who made it"),
        ("A/sam", "A/SAM ", "A/SAM  is who made it"),
        ("A/sam h", "A/Sam  H", "A/Sam  H is who made it"),
        ("A/sam", "P/kim", "P/kim is not of the authority"),
        ("A/sam", "X/kim", '"X" is no party to this contract; give a person of one of A, P'),
    ],
)
def test_a_second_person_is_another_named_person_of_the_authority(
    by: str, approved_by: str | None, sentence: str
) -> None:
    history(named=["grants"]).when(granted(by, approved_by)).then_refused(sentence)


def test_a_withdrawal_is_decided_by_nobody_and_needs_no_second_person() -> None:
    withdrawn = fact(
        "EscalationDecided", "2025-06-02", kpi="K", period="2025-01", ref="E", outcome="withdrawn", by="P/pat"
    )
    history(named=["decisions"]).when(withdrawn).then_taken()


def test_the_void_of_what_two_people_did_needs_two_people_too() -> None:
    grant = granted(approved_by="A/kim", id="g")
    void = {"voids": "g", "by": "A/sam"}
    given = Given(terms(second_person=["grants"]), kpi(), grant, SPARE)
    given.when(fact("FactVoided", **void)).then_refused("this void needs a second person to approve it")
    given.when(fact("FactVoided", **void, approved_by="A/kim")).then_taken()
    given.when(fact("FactVoided", voids="spare", by="A/sam")).then_taken()


def test_without_checks_in_the_terms_nothing_is_asked_but_that_an_approver_is_of_a_party() -> None:
    given = Given(contract(), kpi(), SCORED)
    given.when(granted("A")).then_taken()
    given.when(granted("A", "A")).then_taken()
    given.when(granted("A", "X/kim")).then_refused('"X" is no party to this contract')


OWN = terms(own_scrutiny=False)


def test_nobody_scrutinises_their_own_submission_whatever_the_party() -> None:
    given = Given(OWN, kpi(), returned("P/pat"))
    given.when(scrutinised("A/sam")).then_taken()
    for same in ("A/pat", "A/PAT", "A/Pat"):
        given.when(scrutinised(same)).then_refused(f"{same} scrutinises what P/pat submitted")
    Given(terms(own_scrutiny=False, enforcement="warn"), kpi(), returned("P/pat")).when(
        scrutinised("A/pat")
    ).then_taken("A/pat scrutinises what P/pat submitted")
    Given(terms(second_person=["voids"]), kpi(), returned("P/pat")).when(scrutinised("A/pat")).then_taken()


def test_a_party_alone_cannot_be_told_apart() -> None:
    Given(OWN, kpi()).when(returned("P")).then_refused(
        "by: P names no person, and nobody may scrutinise what they submitted; give P/person, who submitted it"
    )
    Given(OWN, kpi(), returned("P/pat")).when(scrutinised("A")).then_refused("give A/person, who scrutinised it")


def test_only_the_return_that_is_scrutinised_counts() -> None:
    first = returned("P/pat")
    second = returned("P/lee", "2025-02-06", value="71")
    Given(OWN, kpi(), first, second).when(scrutinised("A/pat")).then_taken()
    Given(OWN, kpi(), first, second).when(scrutinised("A/lee")).then_refused("A/lee scrutinises what P/lee submitted")
    other = fact("PerformanceSubmitted", "2025-02-07", by="P/sam", kpi="L", period="2025-01", value="1")
    Given(OWN, kpi(), kpi("L", ""), first, other).when(scrutinised("A/sam")).then_taken()


def test_a_return_that_comes_late_to_its_own_scrutiny_is_the_one_refused() -> None:
    given = Given(OWN, kpi(), returned("P/pat"), scrutinised("A/sam", id="s"))
    late = returned("P/sam", "2025-02-10", value="71")
    given.when(late).then_refused("this would leave s short of the checks: A/sam scrutinises what P/sam submitted")
    given.when(returned("P/lee", "2025-02-10", value="71")).then_taken("this replaces a return")


def test_a_void_that_leaves_somebody_scrutinising_their_own_is_the_one_refused() -> None:
    facts = [returned("P/sam", id="one"), returned("P/pat", "2025-02-06", id="two"), scrutinised("A/sam", id="s")]
    given = Given(OWN, kpi(), *facts)
    given.when(fact("FactVoided", voids="two", by="P/pat")).then_refused("this would leave s short of the checks")
    given.when(fact("FactVoided", voids="one", by="P/pat")).then_taken()


def test_every_fault_of_a_file_is_told_and_what_is_well_is_not_blamed() -> None:
    outcome = history(named=ALL_ACTS).when(OF["grants"](by="A/sam"), OF["rebases"](by="A/sam", approved_by="A/kim"),
                                           OF["suspensions"](by="A/sam"))  # fmt: skip
    outcome.then_refused("line 1, approved_by: this grant", "line 3, approved_by: this change of a suspension")
    assert [each.where for each in outcome.judgement.taken] == ["line 2"]


def found(facts: list[Recorded]) -> list[tuple[int, str]]:
    return [(each.position, each.fact_id) for each in breaches(facts)]


BROKEN = [
    contract(checks={"second_person": ["grants", "voids"], "own_scrutiny": False, "enforcement": "warn"}),
    kpi(),
    returned("P/pat", id="r"),
    scrutinised("A/pat", id="own"),
    granted(id="alone"),
    granted("A/sam", "A/kim", id="well"),
]


def test_breaches_of_a_history_are_listed_with_their_places() -> None:
    assert found(recorded(BROKEN)) == [(4, "own"), (5, "alone")]
    assert [each.enforcement for each in breaches(recorded(BROKEN))] == ["warn", "warn"]
    assert "nobody approved it" in breaches(recorded(BROKEN))[1].sentence


def test_what_is_void_breaches_nothing() -> None:
    void = fact("FactVoided", voids="alone", by="A/sam", approved_by="A/kim", id="v")
    assert found(recorded([*BROKEN, void])) == [(4, "own")]
    lone = fact("FactVoided", voids="alone", by="A/sam", id="v")
    assert found(recorded([*BROKEN, lone])) == [(4, "own"), (7, "v")]
    without_return = fact("FactVoided", voids="r", by="P/pat", approved_by="A/kim")
    assert found(recorded([*BROKEN, without_return])) == [(5, "alone")]


def test_each_contract_is_judged_by_its_own_terms() -> None:
    others = [each.model_copy(update={"contract": "d", "id": f"d-{each.id}"}) for each in BROKEN]
    free = others[0].model_copy(update={"checks": None})
    assert found(recorded([*BROKEN, free, *others[1:]])) == [(4, "own"), (5, "alone")]
    assert len(found(recorded([*BROKEN, *others]))) == 4


def test_without_a_registration_there_are_no_checks_to_breach() -> None:
    assert breaches([]) == []
    assert breaches(recorded(BROKEN[1:])) == []


@pytest.mark.parametrize("seed", range(30))
def test_the_order_of_recording_does_not_matter(seed: int) -> None:
    random = Random(seed)
    facts = drawn(random)
    in_order = {each.fact_id: each.sentence for each in breaches(recorded(facts))}
    shuffled = [facts[0], *random.sample(facts[1:], len(facts) - 1)]
    assert {each.fact_id: each.sentence for each in breaches(recorded(shuffled))} == in_order


@pytest.mark.parametrize("seed", range(30))
def test_what_a_history_with_all_voided_breaches_is_only_what_its_voids_do(seed: int) -> None:
    facts = drawn(Random(seed))
    voids = [
        fact("FactVoided", "2025-12-01", voids=each.id, by="A/sam", approved_by="A/kim")
        for each in facts[1:]
        if each.kind != "FactVoided"
    ]
    own = {each.id for each in facts if each.kind == "FactVoided"}
    assert {each.fact_id for each in breaches(recorded([*facts, *voids]))} <= own


@pytest.mark.parametrize("seed", range(30))
def test_what_recording_refuses_is_what_a_history_would_breach(seed: int) -> None:
    """One at a time in order of date: a fact is refused if and only if it would be listed as a breach."""
    facts = drawn(Random(seed))
    taken: list[AnyFact] = []
    for each in sorted(facts, key=lambda one: one.dated):
        refused = judge(recorded(taken), [Proposed(each, "here")], TODAY).faults
        listed = {breach.fact_id for breach in breaches(recorded([*taken, each]))}
        if any(" no person" in one.sentence or "second person" in one.sentence or "the same" in one.sentence
               for one in refused):  # fmt: skip
            assert listed == {each.id}
        else:
            assert refused or not listed
        if not refused:
            taken.append(each)
    assert breaches(recorded(taken)) == []


def drawn(random: Random) -> list[AnyFact]:
    """Return facts that nobody may have judged, each on a day of its own, made by few people."""
    checks = {"second_person": random.sample(ALL_ACTS, 3), "own_scrutiny": False}
    facts: list[AnyFact] = [contract(checks=checks), kpi()]
    for day in range(1, 25):
        people = {name: random.choice(["", "/sam", "/Kim", "/kim", "/pat"]) for name in ("own", "second")}
        dated = {"dated": f"2025-06-{day:02d}", "by": f"A{people['own']}"}
        second = {"approved_by": f"A{people['second']}"} if random.random() < 0.7 else {}
        spare = [each.id for each in facts[2:] if each.kind != "FactVoided"]
        kind = random.choice(["return", "scrutiny", "grant", "suspend", "void"])
        if kind == "return":
            facts.append(returned(f"P{people['own']}", dated["dated"]))
        elif kind == "scrutiny":
            facts.append(scrutinised(dated["by"], dated["dated"]))
        elif kind == "grant":
            facts.append(fact("MitigationGranted", **dated, **second, kpi="K", first_period="2025-01"))
        elif kind == "suspend":
            facts.append(fact("CreditsSuspended", **dated, **second, first_period="2025-01"))
        elif spare:
            facts.append(fact("FactVoided", **dated, **second, voids=random.choice(spare)))
    return facts

"""What is judged of a file of facts as a whole, once each of them is in its place on the timeline. Pure."""

from collections.abc import Iterable, Sequence

from ledger.carried_over import differences_made
from ledger.checks import caused
from ledger.facts import AnyFact, ContractRegistered, KpiIntroduced, WeightsSet, standing_facts
from ledger.faults import Fault
from ledger.judgement import Judgement, Placed
from ledger.recorded import Recorded
from ledger.weights import moves_weights, unbalanced


def asks_of_the_whole(facts: Iterable[AnyFact]) -> bool:
    """Say whether terms ask something of a contract's facts together: checks of persons, or carried over components."""
    return any(
        (type(fact) is ContractRegistered and fact.checks is not None)
        or (type(fact) is KpiIntroduced and bool(fact.carried_over))
        for fact in facts
    )


def judge_checks(placed: Sequence[Placed], judgement: Judgement) -> None:
    """Refuse, or warn of, what falls short of the checks that the contract's terms ask for."""
    ids, refused = {each.fact.id for each in judgement.taken}, set()
    taken = [each for each in placed if each.proposed and each.fact.id in ids]
    for cause, breach in caused([each for each in placed if each.proposed is None], taken):
        assert cause.proposed is not None
        own = breach.fact_id == cause.fact.id
        sentence = (
            breach.sentence if own else f"this would leave {breach.fact_id} short of the checks: {breach.sentence}"
        )
        field = breach.field if own else None
        if breach.enforcement == "warn":
            judgement.warnings.append(Fault(cause.proposed.where, field, sentence))
        else:
            judgement.faults.append(Fault(cause.proposed.where, field, f"{sentence}; {breach.remedy}"))
            refused.add(cause.fact.id)
    judgement.taken = [each for each in judgement.taken if each.fact.id not in refused]


def warn_of_differences(placed: Sequence[Placed], judgement: Judgement) -> None:
    """Warn of components carried over from the period before that its return did not give so."""
    ids = {each.fact.id for each in judgement.taken}
    standing = sorted(
        (each for each in placed if not each.proposed or each.fact.id in ids), key=lambda each: each.place
    )
    made = differences_made(standing, [each for each in standing if each.proposed])
    judgement.warnings += [Fault(each.proposed.where, "components", told) for each, told in made if each.proposed]


def judge_weights(history: Sequence[Recorded], judgement: Judgement, *, lone: bool) -> None:
    """Compare the weights with the pool once the whole file is in its place."""
    moving = [each for each in judgement.taken if moves_weights(each.fact)]
    if judgement.faults or not moving:
        return
    old = [recorded.fact for recorded in history if moves_weights(recorded.fact)]
    new = [each.fact for each in moving]
    before = unbalanced(standing_facts(old))
    for period, total in unbalanced(standing_facts([*old, *new])).items():
        if before.get(period) == total:
            continue
        cause = next((each for each in moving if isinstance(each.fact, WeightsSet)), moving[0])
        if lone:
            sentence = f"from {period} the weights add up to {total.found}, and the pool is {total.pool}"
            judgement.warnings.append(Fault(cause.where, None, sentence))
        else:
            sentence = (
                f"from {period} the weights add up to {total.found}; give weights that add up to the pool, {total.pool}"
            )
            judgement.faults.append(Fault(cause.where, "weights", sentence))

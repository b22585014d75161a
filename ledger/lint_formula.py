"""What is doubtful in a KPI's formula: against its components, its title and 100 %. Pure."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from ledger.components import doubts_of_formula, formula_of
from ledger.doubtful import Found
from ledger.facts import KpiIntroduced
from ledger.formula import Component, Formula, Number, Result, Term

_WORD = re.compile(r"[a-z]+")
_NEGATED = re.compile(r"\b(?:un|non-?)([a-z]{3,}ed|paid|met)\b")
_SET_ASIDE = re.compile(r"\b(?:excluding|except|less|minus|without|other than|rather than|apart from)\b[^.;,]*")
_LEAVES = {"resolved", "completed", "closed", "cleared", "decided", "determined", "settled", "fulfilled", "repaired"}
_COMES = {"received", "raised", "opened", "logged", "reported", "requested", "submitted", "lodged"}
_PART_OF = re.compile(r"\b(?:of|among|from) (?:those|these|them|which)\b")
_SHORTEST_NOUN = 5
_NO_NOUNS = {
    "number",
    "total",
    "period",
    "reporting",
    "during",
    "under",
    "which",
    "within",
    "working",
    "month",
    "quarter",
}


class Ratio(NamedTuple):
    """The fraction that an outturn is a multiple of: the names added up above the line, and those below it."""

    above: tuple[str, ...]
    below: tuple[str, ...]


def ratio_of(formula: Formula) -> Ratio | None:
    """Return the fraction of a formula that is one, of sums without a minus; None of any other.

    >>> from ledger.formula import read_formula
    >>> ratio_of(read_formula("(A + B) / C * 100")), ratio_of(read_formula("(y - x) / y * 100"))
    (Ratio(above=('A', 'B'), below=('C',)), None)
    """
    outturn = _without_numbers(formula, formula.outturn)
    if not isinstance(outturn, Result) or formula.operations[outturn.operation].symbol != "÷":
        return None
    operation = formula.operations[outturn.operation]
    above, below = _summed(formula, operation.left), _summed(formula, operation.right)
    return Ratio(above, below) if above and below else None


def _without_numbers(formula: Formula, term: Term) -> Term:
    """Return what a term multiplies or divides by plain numbers."""
    while isinstance(term, Result):
        operation = formula.operations[term.operation]
        if operation.symbol == "×" and isinstance(operation.left, Number):
            term = operation.right
        elif operation.symbol in ("×", "÷") and isinstance(operation.right, Number):
            term = operation.left
        else:
            break
    return term


def _summed(formula: Formula, term: Term) -> tuple[str, ...]:
    """Return the components that a term adds up; none if it does anything else."""
    names: list[str] = []
    waiting = [_without_numbers(formula, term)]
    while waiting:
        match waiting.pop():
            case Component(name):
                names.append(name)
            case Result(place) if formula.operations[place].symbol == "+":
                waiting += [formula.operations[place].right, formula.operations[place].left]
            case _:
                return ()
    return tuple(names)


def not_worked_out(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find a formula without components, components without a formula, and a term about no denominator."""
    for sentence in doubts_of_formula(kpi):
        found, _, remedy = sentence.partition("; ")
        yield Found("component", "components" if kpi.formula is None else "formula", found, remedy, rests=False)


def read_otherwise(kpi: KpiIntroduced) -> Iterator[tuple[Found, str]]:
    """Find a printed formula in whose place another is worked out, with that one."""
    formula = formula_of(kpi)
    if kpi.formula_read_as is not None and formula is not None:
        sentence = f'the printed formula, "{kpi.formula}", is not the one that is worked out'
        yield (
            Found("formula", "formula", sentence, "give formula_read_as", rests=True),
            f"Worked out as {formula.text}.",
        )


def unused_components(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find components that are defined and that the formula does not use."""
    formula = formula_of(kpi)
    unused = [name for name in kpi.components if name not in formula.names] if formula is not None else []
    if unused:
        sentence = f"{_listed(unused)} {'is' if len(unused) == 1 else 'are'} defined, and the formula does not use "
        sentence += "it" if len(unused) == 1 else "them"
        yield Found("component", "components", sentence, "use or leave out what is meant to count", rests=False)


def counts_the_opposite(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find a numerator that counts what the title negates, or the other way round: disputed and undisputed.

    What a text sets aside (`excluding …`) is neither.
    """
    formula = formula_of(kpi)
    ratio = ratio_of(formula) if formula is not None else None
    if ratio is None or len(ratio.above) != 1:
        return
    (name,) = ratio.above
    title, counted = (
        _SET_ASIDE.sub(" ", text.casefold())
        for text in (f"{kpi.title}. {kpi.definition or ''}", kpi.components.get(name, ""))
    )
    for word in sorted({*_NEGATED.findall(title), *_NEGATED.findall(counted)}):
        affirmed = _affirms(word, title), _affirms(word, counted)
        if affirmed not in ((True, False), (False, True)):
            continue
        said = ("negates", "counts it") if affirmed[1] else ("names", "counts what is not")
        rewarded = f'; better = "{kpi.better}" rewards {"many" if kpi.better == "higher" else "few"} of them'
        yield Found(
            "formula",
            "formula",
            f'the title {said[0]} "{word}", and the numerator, {name}, {said[1]}{rewarded if kpi.better else ""}',
            "count what the title names",
            rests=True,
        )
        return


def _affirms(word: str, text: str) -> bool | None:
    """Say whether a text affirms a word or negates it; None if it does neither, or both."""
    without = re.sub(rf"\b(?:un{word}|non-?{word}|(?:not|never|nobody|none)\b[^.;,]{{0,40}}?\b{word})\b", " ", text)
    affirmed, denied = re.search(rf"\b{word}\b", without) is not None, without != text
    return affirmed if affirmed != denied else None


def can_pass_100(kpi: KpiIntroduced) -> Iterator[Found]:
    """Find a percentage of what left by what came in: what was left over from before counts above the line only."""
    formula = formula_of(kpi)
    ratio = ratio_of(formula) if formula is not None else None
    if formula is None or ratio is None or len(ratio.above) != 1 or len(ratio.below) != 1:
        return
    (above,), (below,) = ratio
    texts = [kpi.components.get(name, "").casefold() for name in (above, below)]
    leaving, coming = (_WORD.findall(text) for text in texts)
    left, came = _LEAVES & set(leaving), _COMES & set(coming)
    apart = left and came and not (_COMES & set(leaving) or _LEAVES & set(coming) or _PART_OF.search(texts[0]))
    shared = set(leaving) & set(coming) - _NO_NOUNS
    of_one_thing = any(len(word) >= _SHORTEST_NOUN for word in shared)
    if apart and of_one_thing and (kpi.unit == "percent" or "100" in _numbers(formula)):
        sentence = (
            f"{above} counts what was {min(left, key=leaving.index)}, {below} what was {min(came, key=coming.index)}: "
            "what was left over from before counts above the line only, so the outturn can pass 100 %"
        )
        yield Found("formula", "formula", sentence, f"count in {above} only what is among {below}", rests=True)


def _numbers(formula: Formula) -> set[str]:
    terms = [term for operation in formula.operations for term in (operation.left, operation.right)]
    return {term.text for term in terms if isinstance(term, Number)}


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

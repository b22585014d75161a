"""What differs between two dates over many contracts: worst first, page by page."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cli.estate import Over, asking, show_page
from cli.options import as_day, as_month, check_format, moment
from ledger.faults import BadInput

if TYPE_CHECKING:
    from projections.question import Question


def diff_many(
    settings: Any,
    over: Over,
    earlier: str,
    later: str | None,
    from_known_at: str | None,
    known_at: str | None,
    last: str | None,
    periods: int | None,
    output: str,
) -> None:
    """Show what differs between two dates of every contract that has a cell that does, those with most first.

    Raises:
        BadInput: if a date is none; the name of a report is that of one contract's.
    """
    from projections.diff import diff
    from projections.estate import Answers
    from projections.estate_facts import key_by_moves
    from projections.estate_tables import moved_by_contract

    check_format(output)
    _check_date(settings, earlier, "--from")
    _check_date(settings, later, "--to")
    month, whole = as_month(last, "--last"), last is None and periods is None
    with asking(settings, over, later, known_at) as opened:
        first = moment(opened.ledger, settings, earlier, from_known_at or known_at)
        if from_known_at is None and known_at is None:
            first = replace(first, position=opened.moment.position)
        of_now = first.position == opened.moment.position  # else one side is what the ledger knew before
        asked = opened if of_now else replace(opened, tables=None)

        def at_first(question: "Question") -> "Question":
            return replace(question, moment=first)

        count = periods or 6
        page = asked.page(
            lambda tables, ids: moved_by_contract(
                tables, ids, first.as_at, asked.moment.as_at, month, None if whole else count
            ),
            lambda question: key_by_moves(at_first(question), question, whole=whole),
            month,
            count,
            "No cell of any contract meant differs between the two dates.",
        )
        found = asked.answered(
            page.contracts, lambda question: diff(at_first(question), question, whole=whole), month, count
        )
        show_page(Answers(asked.moment, page, found, first), output)


def _check_date(settings: Any, given: str | None, option: str) -> None:
    try:
        as_day(given, settings.clock.today(), option)
    except BadInput as wrong:
        sentence = f"{wrong.faults[0].sentence}; a published report's name goes with one contract"
        raise BadInput.of(sentence, option) from None

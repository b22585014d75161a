"""Backing up: a checked copy of the ledger under a name of its own; nothing that is there is lost for it."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from ledger.copies import (
    Copied,
    Lacking,
    Progress,
    as_given,
    file_of,
    lacking,
    make_like,
    opened,
    problems_of,
    real,
    write_copy,
)
from ledger.faults import BadInput, LedgerLocked, LedgerUnusable
from ledger.ledger_file import Guard
from ledger.placing import LOGS, beside, free_name, put
from ledger.store import Ledger


def back_up(ledger: Ledger, target: Path, now: datetime, progress: Progress, *, replace: bool = False) -> Copied:
    """Copy the ledger to a file, whole or not at all.

    A copy with problems is kept too. It takes the place of an earlier one only if it has none, and lacks no fact of it.

    Args:
        ledger: what is copied.
        target: where to; nothing may be there, unless it is to be replaced.
        now: the instant, for the name of a copy that could not take another's place.
        progress: told how many pages are done, of how many.
        replace: whether an earlier copy may be replaced.

    Raises:
        BadInput: if the target will not do; nothing was written.
        LedgerUnusable: if the ledger cannot be read or the copy not written; the target is as it was.
    """
    place = real(target)
    wait_seconds = file_of(ledger).wait_seconds
    _check(ledger, target, place, replace=replace)
    least = ledger.head()
    with Guard(target, sqlite3.Error), beside(place) as unfinished:
        write_copy(ledger, unfinished, progress)
        facts, problems = problems_of(unfinished, wait_seconds)
        problems = [problem.replace(f"{unfinished}", "the copy") for problem in problems]
        if facts < least and not problems:
            raise LedgerUnusable(f"{target}: the copy has {facts} of {least} facts; try again")
        make_like(unfinished, file_of(ledger).path, writable=False)
        size = unfinished.stat().st_size
        replaces = False
        if replace and place.exists():
            problems += _objections(unfinished, target, wait_seconds)
            replaces = not problems
            place = place if replaces else free_name(place, f"beside-{now:%Y%m%dT%H%M%SZ}")
        try:
            put(unfinished, place, replace=replaces)
        except FileExistsError:
            raise BadInput.of(_THERE, where=str(target)) from None
    return Copied(as_given(place, target) if place.name != real(target).name else target, facts, size, problems)


_THERE = "is already there; name another file, or give --replace to put the new copy in its place"


def _check(ledger: Ledger, target: Path, place: Path, *, replace: bool) -> None:
    """Refuse a place where no copy can stand.

    Raises:
        BadInput: saying why.
    """
    own = real(file_of(ledger).path)
    if place in (own, *(own.with_name(f"{own.name}{log}") for log in LOGS)):
        raise BadInput.of("is the ledger itself; name another file", where=str(target))
    if not place.parent.is_dir():
        raise BadInput.of("there is no folder for it; make it first", where=str(target))
    if target.is_dir():
        raise BadInput.of("is a folder; name a file in it", where=str(target))
    for log in LOGS:
        if os.path.lexists(f"{place}{log}"):
            sentence = f"is in use as a ledger ({place.name}{log} is beside it); name another file"
            raise BadInput.of(sentence, where=str(target))
    if os.path.lexists(target):
        if not replace:
            raise BadInput.of(_THERE, where=str(target))
        opened(target, file_of(ledger).wait_seconds).__exit__()


def _objections(unfinished: Path, target: Path, wait_seconds: int) -> list[str]:
    """Return why a new copy may not take the place of an earlier one.

    Raises:
        LedgerLocked: if another program holds the folder for longer than one waits.
    """
    try:
        with Ledger(unfinished, wait_seconds=wait_seconds) as new, Ledger(target, wait_seconds=wait_seconds) as earlier:
            lost = lacking(earlier, new)
    except LedgerLocked:
        raise
    except LedgerUnusable:
        return [f"{target}: it does not read back, and so the two copies cannot be compared"]
    return [] if lost == Lacking(0, None) else [_lost(lost, target)]


def _lost(lost: Lacking, target: Path) -> str:
    facts = "1 fact" if lost.facts == 1 else f"{lost.facts} facts"
    return f"{target} has {facts} that the ledger does not have, the first at position {lost.first}"

"""Whom to turn to: the contact of each party at each level as at a date, and where there is none."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from ledger.meeting_facts import ContactEnded, ContactNamed
from ledger.parts import Party
from ledger.period import day_in_words
from projections.question import Question
from projections.standing import Standing
from projections.table import Table, Text

LEVELS = (1, 2, 3)
_LEVEL_WORDS = {1: "1 (contract manager)", 2: "2", 3: "3"}


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a party's escalation path; `ended` is the word that its contact has a last day."""

    party: Party
    level: int
    named: ContactNamed | None
    ended: ContactEnded | None

    def holder(self, as_at: date) -> ContactNamed | None:
        """Return the contact as at a date; None if none is named, or the last one's time is over."""
        over = self.ended is not None and self.ended.last_on < as_at
        return None if over else self.named

    def document(self, as_at: date) -> dict[str, Any]:
        """Return the place as JSON."""
        holder = self.holder(as_at)
        last_on = self.ended.last_on.isoformat() if self.ended else None
        return {
            "party": self.party.code,
            "role": self.party.role,
            "level": self.level,
            "person": holder.person if holder else None,
            "post": holder.post if holder else None,
            "email": holder.email if holder else None,
            "telephone": holder.telephone if holder else None,
            "from_on": holder.from_on.isoformat() if holder else None,
            "last_on": last_on,
            "facts": [each.id for each in (self.named, self.ended) if each],
        }


@dataclass(frozen=True, slots=True)
class Contacts:
    """The view: every place of both sides' escalation paths."""

    question: Question
    places: list[Place]

    def document(self) -> dict[str, Any]:
        """Return the view as JSON."""
        as_at = self.question.moment.as_at
        return {**self.question.heading(), "contacts": [each.document(as_at) for each in self.places]}

    def tables(self) -> list[Table]:
        """Return the contacts as one table."""
        as_at, terms = self.question.moment.as_at, self.question.standing.terms
        return [
            Table(
                title=f"{terms.title}: points of contact as at {day_in_words(as_at)}",
                columns=("Party", "Level", "Person", "Post", "Email", "Telephone", "Since"),
                rows=[_row(each, as_at) for each in self.places],
                fixed=2,
            )
        ]


def _row(place: Place, as_at: date) -> tuple[Text, ...]:
    holder = place.holder(as_at)
    named = (Text(place.party.name), Text(_LEVEL_WORDS[place.level]))
    if holder is None:
        until = f", the last until {place.ended.last_on}" if place.ended else ""
        return (*named, Text(f"none named{until}"), *[Text("")] * 4)
    until = f" until {place.ended.last_on}" if place.ended else ""
    return (
        *named,
        Text(holder.person),
        *(Text(each or "") for each in (holder.post, holder.email, holder.telephone)),
        Text(f"{holder.from_on}{until}"),
    )


def contacts(question: Question) -> Contacts:
    """Answer who the contact of each party is at each level."""
    standing, as_at = question.standing, question.moment.as_at
    parties = standing.terms.parties
    return Contacts(
        question,
        [
            place_of(standing, party, level, as_at)
            for party in sorted(parties, key=lambda party: party.role)
            for level in LEVELS
        ],
    )


def place_of(standing: Standing, party: Party, level: int, as_at: date) -> Place:
    """Return who was last named for a place from a day up to a date, and whether that ended.

    Of those named from the same day, the one recorded for the later date stands. An ending is of the contact that was
    named last before it.
    """
    named: ContactNamed | None = None
    latest: ContactNamed | None = None
    ended: dict[str, ContactEnded] = {}
    for fact in standing.meetings:
        match fact:
            case ContactNamed() if (fact.side, fact.level) == (party.code, level):
                latest = fact
                if fact.from_on <= as_at and (named is None or named.from_on <= fact.from_on):
                    named = fact
            case ContactEnded() if (fact.side, fact.level) == (party.code, level) and latest is not None:
                ended[latest.id] = fact
            case _:
                pass
    return Place(party, level, named, ended.get(named.id) if named else None)

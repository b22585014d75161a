"""Under which law a contract was awarded, and what decides whether a notice of its performance is due.

The ledger applies these recorded terms; it does not say what the law is. Part of the storage format: add, never edit
or remove.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StrictBool, model_validator

from ledger.notice_year import LAST_YEAR
from ledger.parts import Part
from ledger.values import Amount, Code, Count, Day, Name, Text

Law = Literal[
    "procurement-act-2023",
    "public-contracts-regulations-2015",
    "utilities-contracts-regulations-2016",
    "concession-contracts-regulations-2016",
    "defence-and-security-public-contracts-regulations-2011",
]
ContractKind = Literal["standard", "framework", "light-touch", "concession", "private-utility"]
YearRating = Literal["latest", "worst", "most"]

THE_ACT: Law = "procurement-act-2023"
ACT_IN_FORCE = date(2025, 2, 24)
NOTICES_IN_FORCE = date(2026, 1, 1)
NOTICES_IN_FORCE_FOR_WALES = date(2026, 4, 1)
KPIS_ABOVE_POUNDS = Decimal(5_000_000)
FEWEST_KPIS = 3
WITHOUT_KPIS: tuple[ContractKind, ...] = ("framework", "light-touch", "concession", "private-utility")
WITHOUT_NOTICES: tuple[ContractKind, ...] = ("light-touch", "private-utility")


class Organisation(Part):
    """How registers of organisations know a party: the scheme and its id there, and where it is written to."""

    party: Code
    scheme: Code
    id: Code
    address: Text | None = None
    email: Name | None = None


class Procurement(Part):
    """What decides whether a notice is due, and how one is addressed (`[procurement]` of a contract file).

    `estimated_value` is in pounds. `assessed_from` begins the first notice year; without it, the day the contract
    commenced does. `publish_within_days` are the days allowed after a notice year. `year_rating` says how a year's
    rating follows from those of its periods, where a KPI's rating map does not.
    """

    governed_by: Law
    kind: ContractKind
    estimated_value: Annotated[Amount, Field(ge=0)]
    kpis_inappropriate: Text | None = None
    regulated_by_welsh_ministers: StrictBool = False
    assessed_from: Day | None = None
    publish_within_days: Annotated[Count, Field(le=366)] = 0
    year_rating: YearRating | None = None
    ocid: Code | None = None
    contract_id: Code | None = None
    award_id: Code | None = None
    organisations: tuple[Organisation, ...] = ()
    assumptions: tuple[Text, ...] = ()

    @model_validator(mode="after")
    def _each_party_once(self) -> Self:
        parties = [each.party for each in self.organisations]
        if len(set(parties)) < len(parties):
            raise ValueError("a party is given twice in organisations; give each once")
        return self

    @model_validator(mode="after")
    def _within_all_years(self) -> Self:
        if self.assessed_from is not None and self.assessed_from.year > LAST_YEAR:
            raise ValueError(f"found {self.assessed_from} as assessed_from; give a day up to {LAST_YEAR}-12-31")
        return self

    @property
    def notices_in_force(self) -> date:
        """Return the day from which notices of performance are asked for."""
        return NOTICES_IN_FORCE_FOR_WALES if self.regulated_by_welsh_ministers else NOTICES_IN_FORCE

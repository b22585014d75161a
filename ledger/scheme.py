"""What a failure costs: shares, runs and multipliers, points, credits. Pure arithmetic on Decimal."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from ledger.levels import RELIEVED, Status
from ledger.money_terms import PointBand, RollingCap, Trigger, charged_points, check_bands, check_triggers
from ledger.parts import Doubt
from ledger.values import EXACT, Amount, Text


class Ratchet(BaseModel):
    """A multiplier that so many failures of a KPI among its last periods, this one included, bring about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    failures: Annotated[int, Field(ge=1, le=1000, strict=True)]
    within: Annotated[int, Field(ge=1, le=1000, strict=True)]
    multiplier: Annotated[Amount, Field(ge=0)]

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Ratchet":
        if self.failures > self.within:
            raise ValueError(
                f"{self.within} periods cannot have {self.failures} failures; give fewer, or a wider window"
            )
        return self


class LateReturnTerms(BaseModel):
    """When a return is due after the last day of its period, and what each day after that costs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    due_days: Annotated[int, Field(ge=0, le=366, strict=True)] | None = None
    due_working_days: Annotated[int, Field(ge=0, le=366, strict=True)] | None = None
    points_per_day: Annotated[Amount, Field(ge=0)]
    at_most: Annotated[Amount, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one_term(self) -> "LateReturnTerms":
        if (self.due_days is None) == (self.due_working_days is None):
            raise ValueError("give due_days or due_working_days, one of the two")
        return self

    def points(self, days: int) -> Decimal:
        """Return what a return so many days late costs."""
        points = EXACT.multiply(self.points_per_day, Decimal(days))
        return points if self.at_most is None else min(points, self.at_most)


class Scheme(BaseModel):
    """A contract's terms for abatement points and service credits (`[scheme]` of a contract file).

    `relief_lifts` says what relief takes away: the points, the triggers that they count towards, or both.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    pool: Annotated[Amount, Field(gt=0)] | None = None
    shares: dict[Literal["green", "amber", "red"], Annotated[Amount, Field(ge=0)]] | None = None
    multipliers: tuple[Annotated[Amount, Field(ge=0)], ...] = Field(min_length=1)
    run_counts: Literal["missed_target", "missed_minimum"]
    relieved_in_run: Literal["reset", "pause", "count"]
    pounds_per_point: Annotated[Amount, Field(ge=0)] | None = None
    percent_of_charge_per_point: Annotated[Amount, Field(ge=0)] | None = None
    cap: Annotated[Amount, Field(ge=0)] | None = None
    weights_between: tuple[Annotated[Amount, Field(ge=0)], Annotated[Amount, Field(ge=0)]] | None = None
    ratchets: tuple[Ratchet, ...] | None = None
    late_return: LateReturnTerms | None = None
    relief_lifts: Literal["points", "triggers", "both"] | None = None
    point_bands: tuple[PointBand, ...] | None = None
    rolling_cap: RollingCap | None = None
    triggers: tuple[Trigger, ...] | None = None
    assumptions: tuple[Text, ...] = ()
    doubts: tuple[Doubt, ...] | None = None

    @model_validator(mode="after")
    def _range(self) -> "Scheme":
        if self.weights_between is not None and self.weights_between[0] > self.weights_between[1]:
            raise ValueError("weights_between runs downwards; write the lowest weight first")
        return self

    @field_validator("point_bands")
    @classmethod
    def _bands_ascend(cls, bands: tuple[PointBand, ...] | None) -> tuple[PointBand, ...] | None:
        if bands is not None:
            check_bands(bands)
        return bands

    @field_validator("triggers")
    @classmethod
    def _triggers_differ(cls, triggers: tuple[Trigger, ...] | None) -> tuple[Trigger, ...] | None:
        if triggers is not None:
            check_triggers(triggers)
        return triggers

    @model_validator(mode="after")
    def _one_price(self) -> "Scheme":
        if self.pounds_per_point is not None and self.percent_of_charge_per_point is not None:
            raise ValueError("give pounds_per_point or percent_of_charge_per_point, not both")
        return self

    def share(self, status: Status) -> Decimal:
        """Return the share of its weight that a KPI of this status costs."""
        return (self.shares or {}).get(status.value, Decimal(0))  # type: ignore[call-overload, no-any-return]  # other statuses cost nothing

    def lifts(self, what: Literal["points", "triggers"]) -> bool:
        """Say whether relief of a period takes off its points, or keeps it out of what they trigger."""
        return self.relief_lifts in (what, "both", None)

    @property
    def window(self) -> int:
        """Return over how many periods the widest ratchet counts failures; 0 without ratchets."""
        return max(each.within for each in self.ratchets) if self.ratchets else 0

    def misses(self, status: Status) -> bool:
        """Say whether a rated period counts in a run."""
        return status is Status.RED or (status is Status.AMBER and self.run_counts == "missed_target")

    def run_after(self, run: int, status: Status) -> int:
        """Return the run that ends with a period of this status, given the run before it.

        A period without a rated result leaves the run as it was.
        """
        if status in RELIEVED:
            return {"reset": 0, "pause": run, "count": run + 1}[self.relieved_in_run]
        if status in (Status.GREEN, Status.AMBER, Status.RED):
            return run + 1 if self.misses(status) else 0
        return run

    def multiplier(self, run: int) -> Decimal:
        """Return the multiplier of the run's period: first, second, …; the last stands for all later ones."""
        return self.multipliers[min(max(run, 1), len(self.multipliers)) - 1]

    @property
    def caps_credits(self) -> bool:
        """Say whether a cap of any kind bounds the credits."""
        return self.cap is not None or self.rolling_cap is not None

    def charged(self, net_points: Decimal) -> Decimal:
        """Return the points that a period's net points are charged as, by the bands of the terms."""
        return charged_points(net_points, self.point_bands)

    def credit(self, net_points: Decimal, charges: Decimal | None) -> Decimal | None:
        """Return the money that a period's net points become before any cap, in pounds, exactly.

        None if the terms do not say.
        """
        charged = self.charged(net_points)
        if self.pounds_per_point is not None:
            return charged * self.pounds_per_point
        if self.percent_of_charge_per_point is not None and charges is not None:
            return (charged * self.percent_of_charge_per_point * charges).scaleb(-2)
        return None

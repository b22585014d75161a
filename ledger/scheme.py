"""What a failure costs: shares, runs and multipliers, points, credits. Pure arithmetic on Decimal."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ledger.levels import RELIEVED, Status
from ledger.parts import Doubt
from ledger.values import Amount, Text


class Scheme(BaseModel):
    """A contract's terms for abatement points and service credits (`[scheme]` of a contract file)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pool: Annotated[Amount, Field(gt=0)] | None = None
    shares: dict[Literal["green", "amber", "red"], Annotated[Amount, Field(ge=0)]]
    multipliers: tuple[Annotated[Amount, Field(ge=0)], ...] = Field(min_length=1)
    run_counts: Literal["missed_target", "missed_minimum"]
    relieved_in_run: Literal["reset", "pause", "count"]
    pounds_per_point: Annotated[Amount, Field(ge=0)] | None = None
    percent_of_charge_per_point: Annotated[Amount, Field(ge=0)] | None = None
    cap: Annotated[Amount, Field(ge=0)] | None = None
    weights_between: tuple[Annotated[Amount, Field(ge=0)], Annotated[Amount, Field(ge=0)]] | None = None
    assumptions: tuple[Text, ...] = ()
    doubts: tuple[Doubt, ...] | None = None

    @model_validator(mode="after")
    def _range(self) -> "Scheme":
        if self.weights_between is not None and self.weights_between[0] > self.weights_between[1]:
            raise ValueError("weights_between runs downwards; write the lowest weight first")
        return self

    @model_validator(mode="after")
    def _one_price(self) -> "Scheme":
        if self.pounds_per_point is not None and self.percent_of_charge_per_point is not None:
            raise ValueError("give pounds_per_point or percent_of_charge_per_point, not both")
        return self

    def share(self, status: Status) -> Decimal:
        """Return the share of its weight that a KPI of this status costs."""
        return self.shares.get(status.value, Decimal(0))  # type: ignore[call-overload, no-any-return]  # other statuses cost nothing

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

    def credit(self, net_points: Decimal, charges: Decimal | None) -> Decimal | None:
        """Return the money that net points become, in pounds, exactly; None if the terms do not say.

        The cap is the most that one period may cost, in pounds.
        """
        if self.pounds_per_point is not None:
            pounds = net_points * self.pounds_per_point
        elif self.percent_of_charge_per_point is not None and charges is not None:
            pounds = (net_points * self.percent_of_charge_per_point * charges).scaleb(-2)
        else:
            return None
        return pounds if self.cap is None else min(pounds, self.cap)

"""Financial years, from April to March: which of a contract's periods begin in one, and which reports bear on it."""

import re
from dataclasses import dataclass

from ledger.faults import BadInput
from ledger.period import Frequency, Month, periods_within, shift

_YEAR = re.compile(r"(19|20|21)(\d\d)/(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class FinancialYear:
    """A year from April to March, as in 2017/18."""

    begins: int

    @classmethod
    def read(cls, text: str) -> "FinancialYear":
        """Read a financial year.

        Raises:
            BadInput: if the text is none.

        >>> str(FinancialYear.read("2017/18")), str(FinancialYear.read("1999/00"))
        ('2017/18', '1999/00')
        """
        given = _YEAR.fullmatch(text)
        if given is None or (int(given[2]) + 1) % 100 != int(given[3]):
            raise BadInput.of(f'found "{text}"; give a financial year such as 2017/18', "--financial-year")
        return cls(int(given[1] + given[2]))

    def __str__(self) -> str:
        return f"{self.begins}/{(self.begins + 1) % 100:02d}"

    @property
    def first(self) -> Month:
        """Return its April."""
        return f"{self.begins}-04"

    @property
    def last(self) -> Month:
        """Return its March."""
        return f"{self.begins + 1}-03"

    def columns(self, commenced: Month, frequency: Frequency) -> list[Month]:
        """Return the periods of a contract that begin in the year; none if it begins later.

        >>> FinancialYear(2017).columns("2016-06", Frequency.QUARTERLY)
        ['2017-06', '2017-09', '2017-12', '2018-03']
        >>> FinancialYear(2017).columns("2018-01", Frequency.MONTHLY)
        ['2018-01', '2018-02', '2018-03']
        >>> FinancialYear(2017).columns("2015-07", Frequency.ANNUAL), FinancialYear(2014).columns("2015-04", "monthly")
        (['2017-07'], [])
        """
        return periods_within(max(self.first, commenced), self.last, commenced, Frequency(frequency))

    def bears_on(self, first_period: Month, last_period: Month, frequency: Frequency) -> bool:
        """Say whether a report over a contract's periods shows a month of the year.

        >>> FinancialYear(2017).bears_on("2016-07", "2017-01", Frequency.SIX_MONTHLY)
        True
        >>> FinancialYear(2017).bears_on("2016-07", "2016-10", Frequency.SIX_MONTHLY)
        False
        """
        return first_period <= self.last and shift(last_period, frequency.months - 1) >= self.first

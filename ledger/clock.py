"""The only file that may ask what time it is."""

from datetime import UTC, date, datetime


class Clock:
    """The machine's clock; tests put one of their own in its place."""

    def now(self) -> datetime:
        """Return the instant, in UTC."""
        return datetime.now(UTC)

    def today(self) -> date:
        """Return the date where the machine is."""
        return self.now().astimezone().date()

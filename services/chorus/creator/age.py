"""How old somebody is, where terms ask for it: answered by a birthday, of which only yes or no is passed on."""

from __future__ import annotations

from datetime import UTC, date, datetime

from chorus.creator.language import N_
from chorus.errors import Invalid

_OLDEST = 120


def of_age(born: str, minimum: int, now: datetime) -> bool | None:
    """Tell whether somebody born on this day (YYYY-MM-DD) is `minimum` years old; None where they did not say.

    Raises `Invalid` where that is no day on which anybody was born who is alive.
    """
    if not born:
        return None
    today = now.astimezone(UTC).date()
    try:
        age = _age(date.fromisoformat(born), today)
    except ValueError as error:
        raise _wrong() from error
    if not 0 <= age <= _OLDEST:
        raise _wrong()
    return age >= minimum


def _age(born: date, today: date) -> int:
    """Count full years; whoever was born on a 29 February comes of age on 1 March."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _wrong() -> Invalid:
    message = N_("Write the day on which you were born as year, month and day: 2001-12-31.")
    return Invalid(message, fields={"born": message})

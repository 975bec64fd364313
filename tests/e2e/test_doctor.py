"""The doctor at a broken house: it says what is broken, what that does to others, and ends with a code."""

from __future__ import annotations

import signal

import pytest

from chorus.local.house import House
from chorus.local.people import until
from tests.house.fixtures import on
from tests.house.parking import chorus


@on("embedded")
@pytest.mark.postgres
def test_a_doctor_finds_the_service_that_hangs_and_what_it_keeps_others_from(house: House) -> None:
    rights = house.children["rights"]
    rights.signal(signal.SIGSTOP)
    try:
        said = until("publishing to miss rights", lambda: _about(house, "rights was last known"))
        assert "✗ rights: does not answer" in said
    finally:
        rights.signal(signal.SIGCONT)
    until("rights to be known again", lambda: "rights was last known" not in chorus(house, "doctor").stdout or None)


def _about(house: House, words: str) -> str | None:
    done = chorus(house, "doctor")
    assert (done.returncode, done.stderr) == (1, "")
    return done.stdout if words in done.stdout else None

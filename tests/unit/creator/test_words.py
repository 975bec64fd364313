"""What creators' pages say of times and people."""

from __future__ import annotations

import pytest

from chorus.api.types.v1.media_pb2 import Account
from chorus.creator import words
from chorus.creator.language import ENGLISH


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "within a second"),
        (10, "within 10 seconds"),
        (30, "within half a minute"),
        (60, "within a minute"),
        (90, "within 90 seconds"),
        (300, "within 5 minutes"),
    ],
)
def test_a_bound_is_said_as_people_say_it(seconds: int, said: str) -> None:
    assert words.Words(ENGLISH).within(seconds) == said


@pytest.mark.parametrize(
    ("name", "handle", "said"),
    [
        ("Liv Example", "liv", "Liv Example · @liv"),
        ("Liv Example", "@liv", "Liv Example · @liv"),
        ("Liv Example", "@liv@photo.example", "Liv Example · @liv@photo.example"),
        ("", "liv", "@liv"),
        ("liv", "liv", "@liv"),
        ("@liv", "@@liv", "@liv"),
        ("Liv Example", "", "Liv Example"),
        ("Liv Example", "@", "Liv Example"),
        ("", "", ""),
    ],
)
def test_a_handle_has_one_at_sign_however_it_was_given(name: str, handle: str, said: str) -> None:
    assert words.called(Account(display_name=name, handle=handle)) == said

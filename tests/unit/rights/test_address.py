"""E-mail addresses: which are taken, and how little of them is shown."""

from __future__ import annotations

import pytest

from chorus.errors import Invalid
from chorus.rights.domain.address import masked, read_address, without


@pytest.mark.parametrize(
    ("said", "read", "shown"),
    [
        (" Mira@Creators.EXAMPLE ", "Mira@creators.example", "M…@creators.example"),
        ("a.b+c@d-e.co.uk", "a.b+c@d-e.co.uk", "a…@d-e.co.uk"),
        ("mira@bücher.example", "mira@xn--bcher-kva.example", "m…@xn--bcher-kva.example"),
    ],
)
def test_an_address_is_read_as_mail_servers_take_it(said: str, read: str, shown: str) -> None:
    assert (read_address(said), masked(read)) == (read, shown)


@pytest.mark.parametrize(
    "said",
    [
        *("", "mira", "@creators.example", "mira@", "mira@localhost", "mira@a..example", "mira@[127.0.0.1]"),
        *(
            "Mira <mira@creators.example>",
            '"a b"@creators.example',
            "ö@creators.example",
            "mira@c.example, noa@c.example",
        ),
        *("mira@creators.example\r\nBcc: noa@c.example", "mira\x00@c.example", f"{'a' * 250}@c.example"),
    ],
)
def test_what_is_none_or_more_than_one_is_refused(said: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_address(said)
    assert list(caught.value.fields) == ["email"]


def test_what_a_server_says_of_an_address_names_nobody() -> None:
    said = "<MIRA@creators.example> unknown: no mailbox mira; mirabelle is another"
    assert (
        without("Mira@creators.example", said) == "<M…@creators.example> unknown: no mailbox M…; mirabelle is another"
    )
    assert without("a@c.example", "a mailbox") == "a mailbox"

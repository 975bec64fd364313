"""However an address inside is spelled, hidden or reached, the fetcher opens no connection to it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence

import pytest

from chorus.platform.addresses import is_public
from chorus.platform.fetch import FetchFailed, FetchRefused, GuardedFetcher
from tests.web_server import Reply, WebServer

SSL = ssl.create_default_context()  # made once: it reads every root certificate
PUBLIC = "93.184.216.34"

INSIDE = (
    "0.0.0.0",  # noqa: S104 - nothing is bound to it
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254",
    "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255", "192.0.0.1",
    "192.0.0.170", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:2::1",
    "2001:10::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "febf::1", "fec0::1", "ff02::1", "2606:4700::5efe:7f00:1", "2606:4700::200:5efe:a9fe:a9fe",
)  # fmt: skip

SPELLINGS_OF_LOOPBACK = (
    "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7f.0x0.0x0.0x1", "017700000001", "0177.0.0.1",
    "127.0.0.1.", "localhost", "localhost.", "LOCALHOST", "[::1]", "[0:0:0:0:0:0:0:1]", "[::ffff:7f00:1]", "0",
)  # fmt: skip


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every address to which a connection is tried; only loopback is really dialled."""
    seen: list[str] = []
    real = socket.create_connection

    def dial(address: tuple[str, int], *rest: object, **named: object) -> socket.socket:
        seen.append(address[0])
        if address[0] != "127.0.0.1":
            raise ConnectionRefusedError
        return real(address, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "create_connection", dial)
    return seen


@pytest.fixture
def inside() -> Iterator[WebServer]:
    """A server that must never be reached."""
    with WebServer() as server:
        yield server


def guarded(allow: frozenset[str] = frozenset()) -> GuardedFetcher:
    """A fetcher that asks the system's resolver."""
    return GuardedFetcher(allow, user_agent="test", ssl_context=SSL)


def fetcher(*answers: Sequence[str], allow: frozenset[str] = frozenset()) -> GuardedFetcher:
    """A fetcher whose name server gives these answers, one per question; the last one stays."""
    left = list(answers)

    def resolve(host: str, port: int) -> Sequence[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return GuardedFetcher(allow, user_agent="test", resolve=resolve, ssl_context=SSL)


def refusal(asking: GuardedFetcher, url: str) -> str:
    with pytest.raises(FetchRefused) as caught:
        asking.fetch(url, max_bytes=1000)
    return caught.value.refusal


def literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def test_the_list_of_inner_addresses_is_long_enough_to_mean_something() -> None:
    assert len(set(INSIDE)) >= 44


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", INSIDE)
class TestInnerAddress:
    def test_is_refused_when_the_url_spells_it(self, address: str, dialled: list[str]) -> None:
        asking = guarded()
        assert refusal(asking, f"http://{literal(address)}/") == "ADDRESS"
        assert refusal(asking, f"https://{literal(address)}:443/x?y#z") == "ADDRESS"
        assert dialled == []

    def test_is_refused_when_a_name_leads_to_it(self, address: str, dialled: list[str]) -> None:
        assert refusal(fetcher([address]), "http://feed.example/") == "ADDRESS"
        assert dialled == []

    @pytest.mark.parametrize("first", [True, False])
    def test_is_refused_when_it_hides_among_public_answers(self, address: str, first: bool, dialled: list[str]) -> None:
        answers = [address, PUBLIC] if first else [PUBLIC, address]
        assert refusal(fetcher(answers), "https://feed.example/") == "ADDRESS"
        assert dialled == []

    def test_is_never_dialled_when_the_name_is_bound_to_it_after_the_check(
        self, address: str, dialled: list[str]
    ) -> None:
        with pytest.raises(FetchFailed):
            fetcher([PUBLIC], [address]).fetch("http://rebinding.example/", max_bytes=1000)
        assert dialled == [PUBLIC]

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_is_refused_when_a_redirect_leads_to_it(
        self, address: str, status: int, dialled: list[str], inside: WebServer
    ) -> None:
        inside.replies["/"] = Reply(status, {"location": f"http://{literal(address)}/latest/meta-data/"})
        asking = guarded(frozenset({inside.host_port}))
        assert refusal(asking, inside.url("/")) == "ADDRESS"
        assert dialled == ["127.0.0.1"]

    def test_is_refused_when_a_redirect_names_a_host_that_leads_to_it(
        self, address: str, dialled: list[str], inside: WebServer
    ) -> None:
        inside.replies["/"] = Reply(302, {"location": "//elsewhere.example/"})
        asking = fetcher(["127.0.0.1"], [address], allow=frozenset({inside.host_port}))
        assert refusal(asking, inside.url("/")) == "ADDRESS"
        assert dialled == ["127.0.0.1"]

    def test_is_refused_with_credentials_before_it(self, address: str, dialled: list[str]) -> None:
        asking = guarded()
        assert refusal(asking, f"http://feed.example@{literal(address)}/") == "CREDENTIALS"
        assert dialled == []


@pytest.mark.parametrize("host", SPELLINGS_OF_LOOPBACK)
def test_loopback_is_not_reached_however_it_is_spelled(host: str, dialled: list[str]) -> None:
    with pytest.raises((FetchRefused, FetchFailed)) as caught:  # some systems do not resolve some of these at all
        guarded().fetch(f"http://{host}/", max_bytes=1000)
    assert caught.value.reason in {"FETCH_ADDRESS", "FETCH_URL", "FETCH_FAILED"}
    assert dialled == []


@pytest.mark.parametrize(
    "url",
    [
        "http://[fe80::1%25eth0]/", "http://[::1", "http:///path", "http://", "http://exa mple.com/",
        "http://\u0660\u0661.example:99999/", "https://user:pass@127.0.0.1/",
        "ftp://feed.example/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "data:text/plain,x", "//x/", "x",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str, dialled: list[str]) -> None:
    assert refusal(fetcher([PUBLIC]), url) in {"URL", "SCHEME", "CREDENTIALS"}
    assert dialled == []


@pytest.mark.parametrize("port", [22, 25, 5432, 6379, 8080, 9092])
def test_only_web_ports_are_reached(port: int, dialled: list[str]) -> None:
    assert refusal(fetcher([PUBLIC]), f"http://feed.example:{port}/") == "PORT"
    assert dialled == []


def test_a_server_inside_is_never_connected_to(inside: WebServer) -> None:
    with WebServer() as allowed:
        asking = guarded(frozenset({allowed.host_port}))
        allowed.replies["/"] = Reply(307, {"location": inside.url("/secret")})
        for url in (inside.url("/"), inside.url("/").replace("127.0.0.1", "localhost"), allowed.url("/")):
            assert refusal(asking, url) == "PORT"
    assert inside.connections == 0


def test_the_environment_names_no_proxy_for_us(inside: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, inside.url("/"))
    with WebServer() as allowed:
        allowed.replies["/"] = Reply(200, {}, b"straight")
        asking = guarded(frozenset({allowed.host_port}))
        assert asking.fetch(allowed.url("/"), max_bytes=100).body == b"straight"
    assert inside.connections == 0

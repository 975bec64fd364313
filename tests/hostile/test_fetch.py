"""What the fetcher refuses, and what it does not listen to: tests/hostile/test_inside.py tries every address inside."""

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


@pytest.mark.parametrize("address", [PUBLIC, "1.1.1.1", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::1"])
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


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

"""What a fetch brings home, and where it stops."""

from __future__ import annotations

import gzip
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from chorus.platform.fetch import FetchFailed, FetchRefused, GuardedFetcher
from tests.receiver import Receiver, Said
from tests.web_server import Reply, WebServer, make_certificate

SSL = ssl.create_default_context()


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def fetcher(server: WebServer) -> Iterator[GuardedFetcher]:
    made = GuardedFetcher(frozenset({server.host_port}), user_agent="Chorus/test", ssl_context=SSL)
    yield made
    made.close()


def test_an_allowed_server_is_fetched_with_our_name_and_its_headers(server: WebServer, fetcher: GuardedFetcher) -> None:
    server.replies["/feed?a=b"] = Reply(200, {"ETag": '"1"', "Content-Type": "application/atom+xml"}, b"<feed/>")
    answer = fetcher.fetch(server.url("/feed?a=b#top"), max_bytes=100, accept="application/atom+xml")
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"<feed/>", '"1"')
    path, headers = server.requests[0]
    assert path == "/feed?a=b"
    assert headers["user-agent"] == "Chorus/test"
    assert headers["accept"] == "application/atom+xml"
    assert headers["host"] == server.host_port


def test_a_conditional_request_gets_its_304(server: WebServer, fetcher: GuardedFetcher) -> None:
    server.replies["/feed"] = Reply(304)
    answer = fetcher.fetch(server.url("/feed"), max_bytes=100, headers={"If-None-Match": '"1"'})
    assert (answer.status, answer.body) == (304, b"")
    assert server.requests[0][1]["if-none-match"] == '"1"'


@pytest.mark.parametrize("status", [404, 410, 429, 500, 503])
def test_every_other_status_is_the_callers_to_judge(status: int, server: WebServer, fetcher: GuardedFetcher) -> None:
    server.replies["/x"] = Reply(status, {"Retry-After": "60"})
    answer = fetcher.fetch(server.url("/x"), max_bytes=100)
    assert (answer.status, answer.headers["retry-after"]) == (status, "60")


def test_three_redirects_are_followed_and_a_fourth_is_not(server: WebServer, fetcher: GuardedFetcher) -> None:
    for step in range(4):
        server.replies[f"/{step}"] = Reply(302, {"location": f"{step + 1}"})
    server.replies["/4"] = Reply(200, {}, b"there")
    answer = fetcher.fetch(server.url("/1"), max_bytes=100)
    assert (answer.body, answer.final_url) == (b"there", server.url("/4"))
    with pytest.raises(FetchRefused, match="redirects more than") as caught:
        fetcher.fetch(server.url("/0"), max_bytes=100)
    assert caught.value.refusal == "REDIRECTS"


def test_credentials_stay_with_the_host_they_were_meant_for(server: WebServer) -> None:
    with WebServer() as other:
        allow = frozenset({server.host_port, other.host_port})
        server.replies["/"] = Reply(302, {"location": "/again"})
        server.replies["/again"] = Reply(302, {"location": other.url("/")})
        GuardedFetcher(allow, user_agent="test", ssl_context=SSL).fetch(
            server.url("/"), max_bytes=100, headers={"Authorization": "Bearer x", "X-Plain": "y"}
        )
        assert [headers.get("authorization") for _, headers in server.requests] == ["Bearer x", "Bearer x"]
        assert other.requests[0][1].get("authorization") is None
        assert other.requests[0][1]["x-plain"] == "y"


def test_a_body_of_exactly_the_limit_is_taken_and_one_byte_more_is_not(
    server: WebServer, fetcher: GuardedFetcher
) -> None:
    server.replies["/x"] = Reply(200, {}, b"a" * 1000)
    assert len(fetcher.fetch(server.url("/x"), max_bytes=1000).body) == 1000
    assert _refusal(fetcher, server.url("/x"), 999) == "TOO_LARGE"


def test_a_compressed_body_is_unfolded_and_bounded_after_that(server: WebServer, fetcher: GuardedFetcher) -> None:
    server.replies["/x"] = Reply(200, {"content-encoding": "gzip"}, gzip.compress(b"a" * 1000))
    assert fetcher.fetch(server.url("/x"), max_bytes=1000).body == b"a" * 1000
    assert _refusal(fetcher, server.url("/x"), 999) == "TOO_LARGE"


def test_a_compression_bomb_is_stopped_at_the_limit(server: WebServer, fetcher: GuardedFetcher) -> None:
    server.replies["/x"] = Reply(200, {"content-encoding": "gzip"}, gzip.compress(bytes(200_000_000)))
    assert _refusal(fetcher, server.url("/x"), 1_000_000) == "TOO_LARGE"


def test_a_compression_that_was_not_asked_for_is_refused(server: WebServer, fetcher: GuardedFetcher) -> None:
    server.replies["/x"] = Reply(200, {"content-encoding": "br"}, b"abc")
    assert _refusal(fetcher, server.url("/x"), 100) == "ENCODING"


@pytest.mark.parametrize("body", [b"no gzip at all", gzip.compress(b"a" * 1000)[:-4]])
def test_broken_or_cut_compression_may_work_another_time(
    body: bytes, server: WebServer, fetcher: GuardedFetcher
) -> None:
    server.replies["/x"] = Reply(200, {"content-encoding": "gzip"}, body)
    with pytest.raises(FetchFailed):
        fetcher.fetch(server.url("/x"), max_bytes=10_000)


def test_a_server_that_drips_is_left_when_the_time_is_over(server: WebServer) -> None:
    server.replies["/x"] = Reply(200, {}, b"a" * 10_000, drip=0.05)
    hasty = GuardedFetcher(frozenset({server.host_port}), user_agent="test", ssl_context=SSL, total_seconds=0.5)
    with pytest.raises(FetchFailed):
        hasty.fetch(server.url("/x"), max_bytes=100_000)


def test_a_server_that_is_not_there_may_be_there_another_time() -> None:
    with WebServer() as gone:
        url = gone.url("/")
    with pytest.raises(FetchFailed):
        GuardedFetcher(frozenset({gone.host_port}), user_agent="test", ssl_context=SSL).fetch(url, max_bytes=100)


def test_a_name_that_cannot_be_resolved_may_be_another_time() -> None:
    def nobody(host: str, port: int) -> list[str]:
        raise OSError(host)

    with pytest.raises(FetchFailed, match=r"feed\.example"):
        GuardedFetcher(user_agent="test", resolve=nobody, ssl_context=SSL).fetch("http://feed.example/", max_bytes=10)


class TestOverTls:
    """The connection goes to the checked address, yet the certificate must be the name's."""

    @pytest.fixture
    def certificate(self, tmp_path: Path) -> tuple[Path, Path]:
        return make_certificate("feed.example", tmp_path)

    @pytest.fixture
    def secure(self, certificate: tuple[Path, Path]) -> Iterator[WebServer]:
        with WebServer(certificate) as running:
            yield running

    def fetcher(self, secure: WebServer, certificate: tuple[Path, Path], host: str) -> GuardedFetcher:
        return GuardedFetcher(
            frozenset({f"{host}:{secure.port}"}),
            user_agent="test",
            resolve=lambda *_: ["127.0.0.1"],
            ssl_context=ssl.create_default_context(cafile=str(certificate[0])),
        )

    def test_the_right_name_is_fetched(self, secure: WebServer, certificate: tuple[Path, Path]) -> None:
        secure.replies["/"] = Reply(200, {}, b"safe")
        fetcher = self.fetcher(secure, certificate, "feed.example")
        assert fetcher.fetch(f"https://feed.example:{secure.port}/", max_bytes=100).body == b"safe"
        assert secure.requests[0][1]["host"] == f"feed.example:{secure.port}"

    def test_another_name_is_not(self, secure: WebServer, certificate: tuple[Path, Path]) -> None:
        fetcher = self.fetcher(secure, certificate, "other.example")
        with pytest.raises(FetchFailed):
            fetcher.fetch(f"https://other.example:{secure.port}/", max_bytes=100)
        assert secure.requests == []

    def test_a_redirect_back_to_http_is_refused(
        self, secure: WebServer, certificate: tuple[Path, Path], server: WebServer
    ) -> None:
        secure.replies["/"] = Reply(301, {"location": server.url("/")})
        fetcher = self.fetcher(secure, certificate, "feed.example")
        assert _refusal(fetcher, f"https://feed.example:{secure.port}/", 100) == "DOWNGRADE"
        assert server.connections == 0


def _refusal(fetcher: GuardedFetcher, url: str, max_bytes: int) -> str:
    with pytest.raises(FetchRefused) as caught:
        fetcher.fetch(url, max_bytes=max_bytes)
    return caught.value.refusal


# --- sending ----------------------------------------------------------------------------------------------------------


def test_what_is_sent_arrives_whole_and_only_the_status_comes_back() -> None:
    with Receiver() as receiver:
        receiver.answer = lambda _: Said(429, {"Retry-After": "7"})
        sending = GuardedFetcher(frozenset({receiver.host_port}), user_agent="Chorus/test", ssl_context=SSL)
        answer = sending.send_to(receiver.url("/a?b=c"), b"\x00body", headers={"Webhook-Id": "msg_1"})
        assert (answer.status, answer.headers["retry-after"], answer.body) == (429, "7", b"")
        (request,) = receiver.requests
    assert (request.path, request.body, request.id) == ("/a?b=c", b"\x00body", "msg_1")
    assert request.headers["user-agent"] == "Chorus/test"
    with pytest.raises(FetchFailed):
        sending.send_to(receiver.url("/"), b"", headers={})


def test_an_answer_without_end_to_what_is_sent_is_not_read() -> None:
    with Receiver() as receiver:
        receiver.answer = lambda _: Said(200, {"content-length": "9" * 18})
        sending = GuardedFetcher(frozenset({receiver.host_port}), user_agent="test", ssl_context=SSL)
        assert sending.send_to(receiver.url(), b"", headers={}).status == 200


@pytest.mark.parametrize(
    ("url", "refusal"),
    [
        ("http://cms.example/", "SCHEME"), ("ftp://cms.example/", "SCHEME"), ("https://cms.example:80/", "PORT"),
        ("https://ada@cms.example/", "CREDENTIALS"), ("cms.example", "SCHEME"), ("https://", "URL"),
    ],
)  # fmt: skip
def test_nothing_is_sent_but_by_tls_to_its_port(url: str, refusal: str) -> None:
    sending = GuardedFetcher(user_agent="test", ssl_context=SSL)
    for act in (sending.check, lambda where: sending.send_to(where, b"", headers={})):
        with pytest.raises(FetchRefused) as caught:
            act(url)
        assert caught.value.refusal == refusal
    sending.check("https://cms.example/hooks")

"""The only way out to a URL that someone else chose.

Feeds, pictures and webhooks all point where strangers say. Whatever they say, a fetch reaches the public internet, on
a web port, within a number of bytes and seconds, or it does not happen. Every hop of a redirect is checked alike.
"""

from __future__ import annotations

import functools
import socket
import ssl
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import httpcore2
import httpx2

from chorus.errors import Invalid, Unavailable
from chorus.platform.addresses import is_public
from chorus.platform.pinned import Deadline, PinnedBackend

Refusal = Literal["URL", "SCHEME", "CREDENTIALS", "PORT", "ADDRESS", "DOWNGRADE", "REDIRECTS", "TOO_LARGE", "ENCODING"]
Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to addresses, in the order to try them; raises `OSError`."""

MAX_REDIRECTS: Final = 3
TOTAL_SECONDS: Final = 15.0
_PORTS: Final = {"http": 80, "https": 443}
_SECURE_PORTS: Final = {"https": 443}
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SECRET_HEADERS: Final = frozenset({"authorization", "cookie"})


class FetchRefused(Invalid):
    """We do not go there, or take that, now or ever. The error's `reason` is `FETCH_` and the refusal."""

    def __init__(self, refusal: Refusal, message: str) -> None:
        """Keep the refusal beside the error's own sentence and reason."""
        super().__init__(message, reason=f"FETCH_{refusal}")
        self.refusal = refusal


class FetchFailed(Unavailable):
    """Nobody answered, or not in time, or broken: it may work another time."""

    reason = "FETCH_FAILED"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of any status: 304, 404, 410, 429 and 5xx are for the caller. Header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    final_url: str


@dataclass(frozen=True, slots=True)
class _Hop:
    """One request to make: where to, and at which checked addresses."""

    url: httpx2.URL
    port: int
    addresses: Sequence[str]


def resolve_by_system(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver, which also understands 0x7f.1 and the like, as `connect` would."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


class GuardedFetcher:
    """Fetches by GET, sends by POST. For all threads; reads no proxy and no credential from the environment."""

    def __init__(
        self,
        allow: frozenset[str] = frozenset(),
        *,
        user_agent: str,
        resolve: Resolve = resolve_by_system,
        ssl_context: ssl.SSLContext | None = None,
        total_seconds: float = TOTAL_SECONDS,
    ) -> None:
        """`allow` names `host:port` pairs, as URLs spell them, whose address and port are not checked."""
        self._allow = allow
        self._user_agent = user_agent
        self._resolve = resolve
        self._given_ssl = ssl_context
        self._total_seconds = total_seconds
        self._resolvers = ThreadPoolExecutor(max_workers=8, thread_name_prefix="resolve")

    @functools.cached_property
    def _ssl(self) -> ssl.SSLContext:
        # Made when there is somebody to ask: it reads every root certificate, and keeps them.
        return self._given_ssl or httpx2.create_ssl_context(trust_env=False)

    def fetch(
        self, url: str, *, max_bytes: int, headers: Mapping[str, str] | None = None, accept: str | None = None
    ) -> Fetched:
        """Get a URL, following at most three redirects. Raises `FetchRefused` (for ever) or `FetchFailed` (for now).

        `max_bytes` bounds the body, before and after decompression. `headers` may make the request conditional;
        credentials among them are not carried to another host.
        """
        deadline = Deadline.after(self._total_seconds)
        asked = {"user-agent": self._user_agent, "accept": accept or "*/*", "accept-encoding": "gzip"}
        asked |= {name.lower(): value for name, value in (headers or {}).items()}
        target = _parsed(url)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._get(self._checked(target, _PORTS, deadline), asked, max_bytes, deadline)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            target, asked = _next(target, answer.headers["location"], asked)
        raise FetchRefused("REDIRECTS", f"The address redirects more than {MAX_REDIRECTS} times.")

    def send_to(self, url: str, body: bytes, *, headers: Mapping[str, str]) -> Fetched:
        """Send a body to an https URL; answers status and headers, and reads no body. Raises as `fetch` does.

        Follows no redirect: what is signed for one address is not taken to another. An allowed host may speak http.
        """
        deadline = Deadline.after(self._total_seconds)
        hop = self._checked(_parsed(url), _SECURE_PORTS, deadline)
        said = {"user-agent": self._user_agent, "content-length": str(len(body))}
        said |= {name.lower(): value for name, value in headers.items()}
        with self._asked("POST", hop, said, deadline, body) as response:
            return Fetched(response.status, _headers(response.headers), b"", str(hop.url))

    def check(self, url: str) -> None:
        """Refuse by its spelling alone what `send_to` would refuse. Raises `FetchRefused`."""
        self._port(_parsed(url), _SECURE_PORTS)

    def close(self) -> None:
        """Let go of the threads that resolve names."""
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    def _checked(self, url: httpx2.URL, ports: Mapping[str, int], deadline: Deadline) -> _Hop:
        """Refuse a URL that leads anywhere but out; pin it to the addresses that were looked at."""
        port = self._port(url, ports)
        addresses = self._addresses(url, port, deadline)
        if not self._allows(url, port) and not all(is_public(address) for address in addresses):
            raise FetchRefused("ADDRESS", "The address does not lead to the public internet.")
        return _Hop(url, port, addresses)

    def _port(self, url: httpx2.URL, ports: Mapping[str, int]) -> int:
        """Say which port a URL leads to; refuse one that is spelled as none of these."""
        if url.scheme not in _PORTS:
            raise FetchRefused("SCHEME", f"The address has to begin with {' or '.join(ports)}.")
        if url.userinfo:
            raise FetchRefused("CREDENTIALS", "An address with a user name in it is not taken.")
        port = url.port or _PORTS[url.scheme]
        if self._allows(url, port):
            return port
        if url.scheme not in ports:
            raise FetchRefused("SCHEME", f"The address has to begin with {' or '.join(ports)}.")
        if port not in ports.values():
            raise FetchRefused("PORT", f"The port has to be {' or '.join(map(str, ports.values()))}.")
        return port

    def _allows(self, url: httpx2.URL, port: int) -> bool:
        return f"{_spelled(url.host)}:{port}" in self._allow

    def _addresses(self, url: httpx2.URL, port: int, deadline: Deadline) -> Sequence[str]:
        """Resolve in a thread, because the system's resolver keeps no deadline of ours."""
        host = url.raw_host.decode("ascii")
        asked: Future[Sequence[str]] = self._resolvers.submit(self._resolve, host, port)
        try:
            addresses = asked.result(timeout=max(0.0, deadline.left()))
        except (OSError, UnicodeError, TimeoutError) as error:
            raise FetchFailed(f"The name {url.host} could not be resolved.") from error
        if not addresses:
            raise FetchFailed(f"The name {url.host} has no address.")
        return addresses

    def _get(self, hop: _Hop, headers: Mapping[str, str], max_bytes: int, deadline: Deadline) -> Fetched:
        with self._asked("GET", hop, headers, deadline) as response:
            found = _headers(response.headers)
            body = _body(response.iter_stream(), found.get("content-encoding", ""), max_bytes)
            return Fetched(response.status, found, body, str(hop.url))

    @contextmanager
    def _asked(
        self, method: str, hop: _Hop, headers: Mapping[str, str], deadline: Deadline, body: bytes | None = None
    ) -> Iterator[httpcore2.Response]:
        """Ask at the checked addresses; whatever goes wrong while the answer is read is a failure of who answers."""
        url = httpcore2.URL(scheme=hop.url.raw_scheme, host=hop.url.raw_host, port=hop.port, target=hop.url.raw_path)
        asked = [("host", hop.url.netloc.decode("ascii")), *headers.items()]
        backend = PinnedBackend(hop.addresses, deadline)
        try:
            with (
                httpcore2.ConnectionPool(ssl_context=self._ssl, network_backend=backend) as pool,
                pool.stream(method, url, headers=asked, content=body) as response,
            ):
                yield response
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            raise FetchFailed(f"{hop.url.host} did not answer as it should: {type(error).__name__}") from error


def _parsed(url: str) -> httpx2.URL:
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise FetchRefused("URL", "This is not the address of a web page.") from error
    if parsed.scheme in _PORTS and (not parsed.raw_host or "%" in parsed.host):
        raise FetchRefused("URL", "This is not the address of a web page.")
    return parsed


def _next(url: httpx2.URL, location: str, headers: dict[str, str]) -> tuple[httpx2.URL, dict[str, str]]:
    """Where a redirect leads, and what may be told there."""
    try:
        target = _parsed(str(url.join(location)))
    except (httpx2.InvalidURL, UnicodeError, ValueError) as error:
        raise FetchRefused("URL", "The address redirects to something that is none.") from error
    if url.scheme == "https" and target.scheme == "http":
        raise FetchRefused("DOWNGRADE", "The address redirects from https to http.")
    if (target.host, target.port) == (url.host, url.port):
        return target, headers
    return target, {name: value for name, value in headers.items() if name not in _SECRET_HEADERS}


def _spelled(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Read names in lower case; what is sent twice is joined, as RFC 9110 has it."""
    found: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        found[key] = f"{found[key]}, {text}" if key in found else text
    return found


def _body(stream: Iterator[bytes], encoding: str, max_bytes: int) -> bytes:
    """Read a body that may be compressed, and stop at the first byte too many."""
    if encoding.lower() not in {"", "identity", "gzip", "x-gzip"}:
        raise FetchRefused("ENCODING", f"The answer is compressed by {encoding[:40]}, which was not asked for.")
    body = bytearray()
    for part in _unpacked(stream, max_bytes) if "gzip" in encoding.lower() else stream:
        body += part
        if len(body) > max_bytes:
            raise FetchRefused("TOO_LARGE", f"The answer has more than {max_bytes} bytes.")
    return bytes(body)


def _unpacked(stream: Iterator[bytes], max_bytes: int) -> Iterator[bytes]:
    """Decompress piece by piece, and never more than one byte above the limit at a time: gzip unfolds 1000 to 1."""
    unzip, any_read = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS), False
    try:
        for part in stream:
            any_read = True
            yield unzip.decompress(part, max_bytes + 1)
    except zlib.error as error:
        raise FetchFailed("The answer's compression is broken.") from error
    if any_read and not unzip.eof:
        raise FetchFailed("The answer ends before it is complete.")

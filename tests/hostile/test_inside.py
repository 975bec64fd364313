"""P10: nothing calls inside.

Everything in Chorus that fetches an address which somebody else chose (the list is read from the code itself) is given
addresses inside, each spelled, hidden and reached in every form. Whatever connection is opened to an address that is
not public ends at a listener here, which counts it; what is public ends at another one, so that each caller is seen to
fetch.
"""

from __future__ import annotations

import ast
import random
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import ValidationError

import chorus
from chorus.errors import ChorusError
from chorus.ingest.adapters.fetching import MediaFetcher, _NotAPictureError
from chorus.ingest.domain.post import PostKey
from chorus.ingest.ports import Fetcher, LookError, Reference
from chorus.ingest.sources.feed import Feed, FeedSettings
from chorus.ingest.sources.mastodon import Mastodon, MastodonSettings
from chorus.platform.fetch import GuardedFetcher, resolve_by_system
from chorus.platform.secrets import Vault, new_signing_secret
from chorus.publishing.adapters.courier import Courier, Writer
from tests.measuring import Figures, Scale
from tests.serving import KEYS
from tests.unit.publishing import samples
from tests.web_server import Reply, WebServer

HOUSE = Path(chorus.__file__).parent
SSL = ssl.create_default_context()  # made once: it reads every root certificate
ENDPOINT = replace(samples.ENDPOINT, sealed=Vault(KEYS).encrypt(new_signing_secret()))
PUBLIC, OUTSIDE = "93.184.216.34", "outside.example"

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


# --- who fetches ------------------------------------------------------------------------------------------------------


def _post(url: str) -> Reference:
    return Reference(PostKey("feed", "1"), url, "1")


def _server(url: str) -> MastodonSettings:
    return MastodonSettings(server=url, hashtag="lamps")


def _courier(fetcher: Fetcher) -> Courier:
    return Courier(cast("GuardedFetcher", fetcher), Vault(KEYS), Writer("https://public.example", lambda _: {}))


CALLERS: Mapping[str, Sequence[Callable[[Fetcher, str], object]]] = {
    "ingest/sources/feed.py look": [lambda fetcher, url: Feed().look(FeedSettings(url=url), {}, fetcher)],
    "ingest/sources/feed.py ask": [
        lambda fetcher, url: Feed().ask(FeedSettings(url="https://feed.example/"), _post(url), fetcher)
    ],
    "ingest/sources/mastodon.py _get": [
        lambda fetcher, url: Mastodon().look(_server(url), {}, fetcher),
        lambda fetcher, url: Mastodon().ask(_server(url), _post(""), fetcher),
    ],
    "ingest/adapters/fetching.py _fetched": [
        lambda fetcher, url: MediaFetcher(None, fetcher, None, None, 0)._fetched(url),  # type: ignore[arg-type]  # only fetches
    ],
    "publishing/adapters/courier.py carry": [
        # What is sent to has to speak TLS: that alone would refuse most forms, so they are all spelled with it.
        lambda fetcher, url: _courier(fetcher).carry(
            replace(ENDPOINT, url=url.replace("http://", "https://")), samples.PLACED, None
        ),
    ],
}
# Who else opens connections, and why where to is not up to strangers.
OTHERS = {
    "cli/checkup.py": "asks the house's own processes",
    "console/oidc.py": "asks the issuer that the operator names, who may well be inside",
    "ingest/media/sandbox.py": "talks to its own child",
    "local/child.py": "looks for a free port",
    "local/front.py": "passes on to the house's own processes",
    "local/house.py": "asks the house's own processes",
    "local/people.py": "walks the demo through the house's own addresses",
    "local/walk.py": "walks the demo through the house's own addresses",
    "platform/fetch.py": "is the guard",
    "platform/objects/s3.py": "speaks to the store that the operator names",
    "platform/pinned.py": "connects for the guard, to addresses that it checked",
    "platform/web.py": "serves",
    "publishing/adapters/prober.py": "asks the public address that the operator names, at paths of our own",
    "rights/adapters/stamping.py": "asks the authority that the operator names, who may well be inside",
}
_NETWORK = {"socket", "http.client", "urllib.request", "urllib3", "requests", "aiohttp", "httpx", "httpx2", "httpcore2"}


def test_everything_that_fetches_is_tried_here() -> None:
    """A new caller has to be put into the table above, with a way to give it an address."""
    found = {
        f"{name} {function.name}" for name, tree in _modules(".fetch(", ".send_to(") for function in _fetching(tree)
    }
    assert found == set(CALLERS)


def test_whoever_else_opens_connections_says_why_no_stranger_chooses_where_to() -> None:
    assert {name for name, tree in _modules(*_NETWORK) if _imported(tree) & _NETWORK} == set(OTHERS)


def _modules(*words: str) -> Iterator[tuple[str, ast.Module]]:
    """Read the modules in which one of these words stands."""
    for path in HOUSE.rglob("*.py"):
        name, text = path.relative_to(HOUSE).as_posix(), path.read_text(encoding="utf-8")
        if not name.startswith("api/") and any(word in text for word in words):
            yield name, ast.parse(text)


def _fetching(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Find the functions that call somebody's `fetch` or `send_to`."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            calls = (each.func for each in ast.walk(function) if isinstance(each, ast.Call))
            if any(isinstance(each, ast.Attribute) and each.attr in {"fetch", "send_to"} for each in calls):
                yield function


def _imported(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for each in ast.walk(tree):
        if isinstance(each, ast.Import):
            found |= {alias.name for alias in each.names}
        elif isinstance(each, ast.ImportFrom) and each.module:
            found |= {each.module, *(f"{each.module}.{alias.name}" for alias in each.names)}
    return found | {name.partition(".")[0] for name in found}


# --- every form -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Lure:
    """A URL; what its names lead to, one answer per question, the last one for good; and what a public server says."""

    url: str
    answers: Sequence[Sequence[str]] = ([],)
    location: str = ""


def _literal(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _named(address: str) -> Lure:
    return Lure("http://inside.example", [[address]])


FORMS: Mapping[str, Callable[[str], Lure]] = {
    "spelled": lambda inside: Lure(f"http://{_literal(inside)}"),
    "spelled, by TLS": lambda inside: Lure(f"https://{_literal(inside)}:443"),
    "behind credentials": lambda inside: Lure(f"http://{OUTSIDE}@{_literal(inside)}"),
    "behind a name": _named,
    "before a public answer": lambda inside: Lure("http://mixed.example", [[inside, PUBLIC]]),
    "after a public answer": lambda inside: Lure("http://mixed.example", [[PUBLIC, inside]]),
    "rebound after the check": lambda inside: Lure("http://rebound.example", [[PUBLIC], [inside]]),
    "by redirect": lambda inside: Lure(f"http://{OUTSIDE}", location=f"http://{_literal(inside)}/latest/meta-data/"),
    "by redirect to a name": lambda inside: Lure(f"http://{OUTSIDE}", [[inside]], "//inside.example/"),
    "by redirect, kept method": lambda inside: Lure(f"http://{OUTSIDE}", location=f"https://{_literal(inside)}/"),
}
# How an IPv4 address is written or carried by other means.
DISGUISES: Mapping[str, Callable[[IPv4Address], str]] = {
    "IPv4-mapped": lambda inside: f"::ffff:{inside}",
    "IPv4-compatible": lambda inside: f"::{inside}",
    "NAT64": lambda inside: f"64:ff9b::{inside}",
    "6to4": lambda inside: f"2002:{int(inside) >> 16:x}:{int(inside) & 0xFFFF:x}::1",
    "decimal": lambda inside: str(int(inside)),
    "hex": lambda inside: hex(int(inside)),
    "octal": lambda inside: ".".join(f"0{part:o}" for part in inside.packed),
    "short": lambda inside: f"{inside.packed[0]}.{int(inside) & 0xFFFFFF}",
}


def lures(inside: str) -> Iterator[tuple[str, Lure]]:
    """List every form of an address."""
    yield from ((name, form(inside)) for name, form in FORMS.items())
    if "." not in inside or ":" in inside:
        return
    for name, disguise in DISGUISES.items():
        other = disguise(IPv4Address(inside))
        yield name, Lure(f"http://{_literal(other)}")
        yield f"{name}, by redirect", Lure(f"http://{OUTSIDE}", location=f"http://{_literal(other)}/")
        if ":" in other:
            yield f"{name}, behind a name", _named(other)


class Everywhere(dict[str, Reply]):
    """One reply for every path."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def get(self, _path: str, _otherwise: object = None) -> Reply:
        return self.reply


class Town:
    """A listener inside, a server outside, and all of the world's addresses leading to one or the other."""

    def __init__(self, inside: WebServer, outside: WebServer) -> None:
        self.inside, self.outside = inside, outside
        self._left: list[Sequence[str]] = []
        self.fetcher = GuardedFetcher(user_agent="test", resolve=self._resolve, ssl_context=SSL, total_seconds=5)

    def lure(self, caller: Callable[[Fetcher, str], object], lure: Lure) -> str:
        """Let a caller fetch; gives why it did not, or "" where it did."""
        self._left = list(lure.answers)
        reply = Reply(302, {"location": lure.location}) if lure.location else Reply(404)
        self.outside.replies = Everywhere(reply)
        try:
            caller(self.fetcher, lure.url)
        except (ChorusError, LookError, ValidationError, _NotAPictureError) as refused:
            return getattr(refused, "reason", "") or type(refused).__name__
        return ""

    def _resolve(self, host: str, port: int) -> Sequence[str]:
        if host == OUTSIDE:
            return [PUBLIC]
        if not host.endswith(".example"):
            return resolve_by_system(host, port)
        return self._left.pop(0) if len(self._left) > 1 else self._left[0]


@pytest.fixture
def town(monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    real = socket.create_connection
    with WebServer() as inside, WebServer() as outside:

        def dial(address: tuple[str, int], *rest: Any, **named: Any) -> socket.socket:  # noqa: ANN401 -- as socket has it
            server = outside if address[0] == PUBLIC else inside
            return real(("127.0.0.1", server.port), *rest, **named)

        monkeypatch.setattr(socket, "create_connection", dial)
        found = Town(inside, outside)
        yield found
        found.fetcher.close()


def test_no_caller_connects_to_an_address_inside_in_whatever_form_it_comes(
    town: Town, figures: Figures, scale: Scale, seed: int
) -> None:
    callers = [each for found in CALLERS.values() for each in found]
    addresses = random.Random(seed).sample(INSIDE, scale(8, len(INSIDE)))
    forms = {name for address in INSIDE for name, _ in lures(address)}
    tried = 0
    for address in addresses:
        for name, lure in lures(address):
            for number, caller in enumerate(callers):
                town.lure(caller, lure)
                tried += 1
                assert town.inside.connections == 0, (seed, address, name, number)
    figures.count("addresses inside", len(addresses), at_least=scale(8, 44))
    figures.count("forms that each comes in", len(forms), at_least=8)
    figures.count("callers", len(callers), at_least=5)
    figures.count("fetches tried", tried)
    figures.count("connections to an address inside", town.inside.connections, at_most=0)


def test_each_caller_fetches_what_is_public_and_the_listener_counts_what_is_not(town: Town) -> None:
    for caller in (each for found in CALLERS.values() for each in found):
        before = town.outside.connections
        town.lure(caller, Lure("http://public.example", [[PUBLIC]]))
        assert town.outside.connections == before + 1
    unguarded = GuardedFetcher(frozenset({"10.0.0.1:80"}), user_agent="test", ssl_context=SSL)
    town.lure(lambda _, url: unguarded.fetch(url, max_bytes=1000), Lure("http://10.0.0.1/"))
    assert town.inside.connections == 1

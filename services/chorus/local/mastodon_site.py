"""A Mastodon-shaped server: hashtag timelines, single statuses and their media, as docs.joinmastodon.org describes."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from chorus.local.servers import Picture, picture

_MOST = 40
_FIRST_ID = 113_500_000_000_000_000


@dataclass(frozen=True, slots=True)
class Status:
    """A public status; `handle` is the account's name on this server, or name@host where it lives on another."""

    handle: str
    name: str
    text: str
    created: datetime
    hashtags: tuple[str, ...]
    pictures: tuple[Picture, ...] = ()
    language: str = "en"
    edited: datetime | None = None


class MastodonSite:
    """The server. Statuses are deleted and edited while it runs."""

    def __init__(self) -> None:
        """Begin without statuses."""
        self.address = ""
        self._statuses: dict[int, Status] = {}
        self._next = _FIRST_ID

    def add(self, status: Status) -> str:
        """Post a status; answers its id. Later ones have larger ids."""
        self._next += 1
        self._statuses[self._next] = status
        return str(self._next)

    def edit(self, status: str, *, text: str) -> None:
        """Change what a status says."""
        self._statuses[int(status)] = replace(self._statuses[int(status)], text=text, edited=datetime.now(UTC))

    def delete(self, status: str) -> None:
        """Delete a status: from now on it is answered by 404."""
        del self._statuses[int(status)]

    def routes(self) -> Sequence[BaseRoute]:
        """Answer the server's part of the API."""
        return [
            Route("/api/v1/timelines/tag/{tag}", self._timeline),
            Route("/api/v1/statuses/{status}", self._status),
            Route("/media/{name}", self._picture),
        ]

    def _timeline(self, request: Request) -> Response:
        tag = request.path_params["tag"].lower()
        asked = {name: int(value) for name, value in request.query_params.items() if value.isdigit()}
        fitting = [number for number, each in self._statuses.items() if tag in each.hashtags]
        page = _page(sorted(fitting, reverse=True), asked)
        headers = {"Link": ", ".join(self._links(request, page))} if page else {}
        return JSONResponse([self._json(number) for number in page], headers=headers)

    def _links(self, request: Request, page: Sequence[int]) -> Iterator[str]:
        here = f"{self.address}{request.url.path}"
        yield f'<{here}?{urlencode({"max_id": page[-1]})}>; rel="next"'
        yield f'<{here}?{urlencode({"min_id": page[0]})}>; rel="prev"'

    def _status(self, request: Request) -> Response:
        asked = request.path_params["status"]
        if asked.isdigit() and int(asked) in self._statuses:
            return JSONResponse(self._json(int(asked)))
        return JSONResponse({"error": "Record not found"}, 404)

    def _picture(self, request: Request) -> Response:
        return picture(request, [each for status in self._statuses.values() for each in status.pictures])

    def _json(self, number: int) -> dict[str, object]:
        status = self._statuses[number]
        name, _, elsewhere = status.handle.partition("@")
        home = f"https://{elsewhere}" if elsewhere else self.address
        page = f"{home}/@{name}"
        return {
            "id": str(number),
            "uri": f"{home}/users/{name}/statuses/{number}",
            "url": f"{page}/{number}",
            "created_at": _moment(status.created),
            "edited_at": _moment(status.edited) if status.edited else None,
            "visibility": "public",
            "sensitive": False,
            "spoiler_text": "",
            "language": status.language,
            "content": _markup(status),
            "reblog": None,
            "account": {
                "id": str(sum(status.handle.encode())),
                "username": name,
                "acct": status.handle,
                "display_name": status.name,
                "url": page,
                "uri": f"{home}/users/{name}",
            },
            "tags": [{"name": tag, "url": f"{self.address}/tags/{tag}"} for tag in status.hashtags],
            "media_attachments": [self._attachment(number, each) for each in status.pictures],
        }

    def _attachment(self, number: int, shown: Picture) -> dict[str, object]:
        address = f"{self.address}/media/{shown.name}"
        return {
            "id": f"{number}{len(shown.name)}",
            "type": "image",
            "url": address,
            "preview_url": address,
            "remote_url": None,
            "description": shown.alt or None,
        }


def _page(newest_first: Sequence[int], asked: Mapping[str, int]) -> list[int]:
    """Choose as Mastodon does: `min_id` pages forward from there, `since_id` only bounds, `max_id` pages back."""
    limit = min(asked.get("limit", 20), _MOST)
    low, high = max(asked.get("min_id", 0), asked.get("since_id", 0)), asked.get("max_id")
    fitting = [number for number in newest_first if number > low and (high is None or number < high)]
    return fitting[-limit:] if "min_id" in asked else fitting[:limit]


def _markup(status: Status) -> str:
    tags = " ".join(f'<a href="/tags/{tag}" rel="tag">#<span>{tag}</span></a>' for tag in status.hashtags)
    return f"<p>{html.escape(status.text)}</p><p>{tags}</p>"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

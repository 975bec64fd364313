"""The page of a link that leads to several posts: one answer for all of them, and how each of them stands."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC

from starlette.requests import Request
from starlette.responses import Response

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import media_pb2
from chorus.creator.backends import Backends
from chorus.creator.links import asked, coming, pictures, places_of
from chorus.creator.pages import page
from chorus.creator.seen import claims, later, refused, state_of

# What waits for an answer comes first, then what is allowed.
_ORDER = ("open", "coming", "confirming", "granted")


@dataclass(frozen=True, slots=True)
class Tile:
    """One of the posts. `places` are where it is shown now."""

    view: pb.CreatorView
    state: str
    places: list[str]

    @property
    def picture(self) -> media_pb2.Media | None:
        """Answer the first picture that there is to see."""
        return next(iter(pictures(self.view)), None)

    @property
    def more(self) -> int:
        """Count the pictures behind the first."""
        return max(len(pictures(self.view)) - 1, 0)

    @property
    def refused(self) -> bool:
        """Tell whether it was somebody else who said no."""
        return refused(self.view)


class Together:
    """Makes the pages of links that lead to several posts."""

    def __init__(self, backends: Backends, bound: int) -> None:
        """Work with these services. What is taken back leaves every surface within `bound` seconds."""
        self._backends = backends
        self._bound = bound

    def __call__(self, request: Request, view: pb.CreatorView) -> Response:
        """Show the posts, what is asked for those that are open, and how the others stand."""
        tiles = self._tiles(view)
        unanswered = [each for each in tiles if each.state == "open"]
        return page(
            request,
            "agree.html" if view.part else "together.html",
            token=request.path_params["token"],
            view=view,
            tiles=tiles,
            open=unanswered,
            places=places_of(unanswered[0].view.request) if unanswered else [],
            later=later(view, unanswered[0].view.request) if unanswered else None,
            until=min((each.view.request.window_ends_at.ToDatetime(UTC) for each in unanswered), default=None),
            given=[each for each in tiles if each.state in {"granted", "agreed"}],
            waiting=[each for each in tiles if each.state == "confirming"],
            passed_on=_passed_on(view.linked),
            bound=self._bound,
        )

    def _tiles(self, view: pb.CreatorView) -> list[Tile]:
        """Put the posts in order: the newest first, those before them that somebody has to do something about."""
        allowed = [each.post for each in view.linked if state_of(each) == "granted" or claims(each)]
        placed: dict[str, list[str]] = defaultdict(list)
        for each in self._backends.placements(view.brand, *allowed) or []:
            placed[each.post].append(each.surface_title or each.surface)
        found = [Tile(each, _state(each), placed[each.post]) for each in reversed(view.linked)]
        return sorted(found, key=lambda tile: _ORDER.index(tile.state) if tile.state in _ORDER else len(_ORDER))


def _state(view: pb.CreatorView) -> str:
    """Name how one post stands for whoever has the link, in one word that the templates know."""
    state = state_of(view)
    if view.part:
        return _agreement(view, state)
    if asked(view):
        return "coming" if coming(view) else "open"
    return state


def _agreement(view: pb.CreatorView, state: str) -> str:
    """Name how one post stands for somebody else whose yes is needed."""
    if view.HasField("agreed_at") and state in {"confirming", "granted"}:
        return "agreed"
    if view.HasField("refused_at"):
        return "refused"
    return "open" if state == "confirming" else "closed"


def _passed_on(views: Iterable[pb.CreatorView]) -> dict[str, tuple[pb.Confirmation, int]]:
    """List the links by which others agree, each with how many posts it leads to: to all of one answer."""
    every = [each for view in views for each in view.request.confirmations if each.link]
    count = Counter(each.link for each in every)
    return {each.link: (each, count[each.link]) for each in every}

"""What publishing needs from outside, each with its contract."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from chorus.publishing.domain.delivery import Delivery, DeliveryState
from chorus.publishing.domain.endpoint import Endpoint
from chorus.publishing.domain.feed import Feed, Item
from chorus.publishing.domain.grant import Grant
from chorus.publishing.domain.labels import Labels
from chorus.publishing.domain.placement import Ending, Hold, Placement, State
from chorus.publishing.domain.post import Post
from chorus.publishing.domain.shown import Copy
from chorus.publishing.domain.surface import Surface
from chorus.publishing.domain.takedown import Consumer, Takedown

ChangeType = Literal["placed", "updated", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand as heard."""

    brand: str
    display_name: str
    home_page: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """A look at every post of a brand for a surface that changed: `after` is the last post that was looked at.

    `begun` tells it from a walk that was begun again, which may stand at the same post.
    """

    brand: str
    surface: str
    after: str
    begun: int


class Posts(Protocol):
    """Posts, grants and brands as heard, inside one transaction."""

    def lock(self, brand: str, post: str) -> None:
        """Wait for, and keep until the end of the transaction, the right to decide about this post."""
        ...

    def post(self, brand: str, post: str) -> Post:
        """Answer the post; one without revisions where nothing was heard of it."""
        ...

    def keep_post(self, post: Post) -> None:
        """Store the post as it is now."""
        ...

    def add_posts(self, posts: Sequence[Post]) -> set[tuple[str, str]]:
        """Lock these posts, none of them approved, and store those of which nothing was heard.

        Answers which those are, by (brand, post). Of a post that is named twice the first is stored.
        """
        ...

    def grants(self, brand: str, post: str) -> Sequence[Grant]:
        """Answer all grants of the post, in the order in which they were heard of."""
        ...

    def keep_grant(self, brand: str, post: str, grant: Grant, due_at: datetime | None) -> None:
        """Store the grant as it is now, and when the clock alone will next change what it permits."""
        ...

    def keep_brand(self, brand: Brand) -> None:
        """Store the brand as it is now."""
        ...

    def due(self, now: datetime, limit: int) -> Sequence[tuple[str, str]]:
        """Name (brand, post) pairs with a grant whose moment has come, the longest due first."""
        ...

    def parked(self, brand: str, post: str) -> bool:
        """Tell whether a fact about this post could not be handled and waits for a person."""
        ...


class Surfaces(Protocol):
    """Surfaces, inside one transaction."""

    def stay(self, brand: str) -> None:
        """Keep the brand's surfaces as they are until the transaction ends; taken after the lock of a post."""
        ...

    def redefine(self, brand: str) -> None:
        """Wait until nobody decides by the brand's surfaces, and let nobody until the transaction ends."""
        ...

    def surface(self, brand: str, surface: str) -> Surface:
        """Answer the surface; raises `NotFound`."""
        ...

    def surfaces(self, brand: str, after: str = "", limit: int | None = None) -> Sequence[Surface]:
        """Answer the brand's surfaces in the order of their ids."""
        ...

    def add_surface(self, surface: Surface) -> None:
        """Store a new surface; raises `Conflict` where the brand has one of this id."""
        ...

    def keep_surface(self, surface: Surface, now: datetime) -> None:
        """Store what is defined, the keys and whether it is paused; readers notice. Raises `NotFound`."""
        ...

    def begin_walk(self, brand: str, surface: str) -> None:
        """Have every post of the brand looked at again for this surface."""
        ...

    def walk(self) -> Walk | None:
        """Answer a walk that is under way."""
        ...

    def walk_next(self, walk: Walk, limit: int) -> Sequence[str]:
        """Name the next posts that are approved, or placed there, in the order of their ids."""
        ...

    def walk_on(self, walk: Walk, to: str | None) -> None:
        """Note how far a walk is, None when it is done; does nothing where it was begun again meanwhile."""
        ...


class Placements(Protocol):
    """Placements, their changes and facts, inside one transaction."""

    def placement(self, placement: str) -> Placement:
        """Answer the placement; raises `NotFound`."""
        ...

    def active(self, brand: str, post: str) -> Sequence[Placement]:
        """Answer the post's placements that are placing, live or held."""
        ...

    def active_on(self, brand: str, surface: str) -> Sequence[Placement]:
        """Answer the surface's placements that are placing, live or held."""
        ...

    def add_placement(self, placement: Placement) -> None:
        """Store a placement that nobody sees yet, with the trace that decided it."""
        ...

    def keep_placement(self, placement: Placement, now: datetime) -> int:
        """Store the placement as it is now, counting the surface's version up; answers that version.

        Endpoints are told of one that was shown and is to end: before its objects are gone, which may take a while.
        """
        ...

    def end_all(self, brand: str, surface: str, ending: Ending, now: datetime) -> None:
        """Turn every active placement of the surface to withdrawing; endpoints are told, as by `keep_placement`."""
        ...

    def forget_shown(self, brand: str, post: str) -> None:
        """Drop what the post's placements showed that are over, or about to be."""
        ...

    def record_change(self, placement: Placement, kind: ChangeType, version: int, now: datetime) -> None:
        """Tell those who copy posts from the surface; endpoints too, which have heard of a withdrawal before."""
        ...

    def say(self, placement: Placement, links: Sequence[str], now: datetime) -> None:
        """Put the fact of the placement's new state on chorus.placement.v1: placed, held or withdrawn."""
        ...

    def wake(self) -> None:
        """Wake the readers, and whoever places and withdraws, once this transaction is committed."""
        ...


class Rights(Protocol):
    """What is known of the lease, inside one transaction."""

    def rights_age(self) -> float:
        """Answer for how many seconds nothing is known of rights, heard or asked; infinite where nothing ever was."""
        ...

    def heard_age(self) -> float:
        """Answer for how many seconds nothing was heard of rights itself, whatever it answered meanwhile."""
        ...

    def confirmed_age(self, brand: str, post: str, grant: str) -> float:
        """Answer how many seconds ago rights, asked for this grant, said that it stands; infinite where it never did.

        Only of grants that something waits for to be shown.
        """
        ...

    def in_state(self, state: State, hold: Hold | None, limit: int) -> Sequence[Placement]:
        """Answer placements in this state (and held for this, where given), in the order of their ids."""
        ...

    def held_though_known(self, within: float) -> Sequence[Placement]:
        """Answer placements held for rights where it was heard, or confirmed the grant, within so many seconds."""
        ...

    def held_wrongly(self) -> Sequence[Placement]:
        """Answer placements held for a parked fact that no longer waits."""
        ...

    def shown_though_parked(self) -> Sequence[Placement]:
        """Answer live placements of posts with a parked fact."""
        ...


class Takedowns(Protocol):
    """Take-downs and their certificates, inside one transaction."""

    def replaced(self, placement: Placement) -> Placement | None:
        """Answer what was shown on its surface last before it, where this took its place and nothing was taken down."""
        ...

    def consumers(self, placements: Sequence[str]) -> Sequence[Consumer]:
        """Answer the endpoints that this transaction has queued withdrawals of these placements for."""
        ...

    def add_takedown(self, takedown: Takedown) -> None:
        """Store a new take-down."""
        ...

    def takedown(self, takedown: str) -> Takedown:
        """Answer the take-down, and keep it from changing until the transaction ends. Raises `NotFound`."""
        ...

    def keep_takedown(self, takedown: Takedown) -> None:
        """Store the take-down as it is now."""
        ...

    def undated_takedowns(self, brand: str, post: str) -> Sequence[Takedown]:
        """Answer those of a post that are not settled, and of which nobody knows when they were decided; as above."""
        ...

    def due_takedowns(self, now: datetime, bound: timedelta, limit: int) -> Sequence[Takedown]:
        """Answer those to be looked at now, whoever has waited longest first; new ones `bound` after their end."""
        ...

    def awaiting(self, delivery: str) -> Sequence[Takedown]:
        """Answer the one that waits for this delivery, if any does; as above."""
        ...

    def taken(self, deliveries: Sequence[str]) -> Mapping[str, datetime]:
        """Answer which of the deliveries endpoints took, and when."""
        ...

    def add_certificate(self, takedown: Takedown, document: str, now: datetime) -> None:
        """Store the certificate with the number `issues`."""
        ...


class Store(Posts, Surfaces, Placements, Rights, Takedowns, Protocol):
    """Everything that is kept, as one transaction sees it."""


class Endpoints(Protocol):
    """Endpoints, inside one transaction."""

    def add_endpoint(self, endpoint: Endpoint) -> None:
        """Store a new endpoint."""
        ...

    def endpoint(self, brand: str, endpoint: str) -> Endpoint:
        """Answer the endpoint, and keep it from changing until the transaction ends. Raises `NotFound`."""
        ...

    def endpoints(self, brand: str, after: str = "", limit: int | None = None) -> Sequence[Endpoint]:
        """Answer the brand's endpoints in the order of their ids."""
        ...

    def keep_endpoint(self, endpoint: Endpoint) -> None:
        """Store the endpoint as it is now."""
        ...

    def remove_endpoint(self, endpoint: Endpoint) -> None:
        """Forget the endpoint and its deliveries."""
        ...


class Deliveries(Protocol):
    """Events for endpoints, inside one transaction. Whoever sends is woken once it is committed."""

    def add_test(self, endpoint: Endpoint, now: datetime) -> Delivery:
        """Queue an event that is about no post."""
        ...

    def delivery(self, endpoint: str, delivery: str) -> Delivery:
        """Answer a delivery, and keep it from changing until the transaction ends. Raises `NotFound`."""
        ...

    def keep_delivery(self, delivery: Delivery) -> None:
        """Store the delivery as it is now."""
        ...

    def queue_again(self, endpoint: str, states: Sequence[DeliveryState], since: datetime | None, now: datetime) -> int:
        """Have all of these states sent anew that happened since then; answers how many.

        What is shown no more is left out.
        """
        ...

    def hurry_deliveries(self, endpoint: str, now: datetime) -> None:
        """Have those that wait for their next try tried now."""
        ...

    def item(self, delivery: Delivery) -> Item | None:
        """Answer what a delivery is about, as it is shown now; its addresses lack the origin. None: it is not shown."""
        ...


class Webhooks(Surfaces, Endpoints, Deliveries, Takedowns, Protocol):
    """What is kept of endpoints and for them, as one transaction sees it."""


@dataclass(frozen=True, slots=True)
class Format:
    """One output format of a surface: the `FORMAT` of a module of `formats/`.

    `name` is the last part of the address, for example "feed.json". `render` writes a page of a feed; the same feed
    gives the same bytes.
    """

    name: str
    content_type: str
    render: Callable[[Feed], bytes]


class PublicArea(Protocol):
    """The renditions that anybody may fetch. Everything may raise `Unavailable`."""

    def publish(self, prefix: str, copies: Iterable[Copy], labels: Labels) -> dict[str, int]:
        """Copy previews below the prefix, stamped and signed; answers sizes in bytes by file.

        Raises `NotFound` where a preview is missing, `Unavailable` with `CANNOT_SIGN` where signing fails.
        """
        ...

    def clear(self, prefix: str) -> None:
        """Remove everything below the prefix; when it returns, nothing is there."""
        ...

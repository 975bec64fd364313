"""What admins do with endpoints, and what becomes of them and their deliveries by their answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chorus.errors import Conflict, Invalid
from chorus.publishing.domain.delivery import Answer, Delivery, DeliveryState, Event
from chorus.publishing.domain.endpoint import MOST_ENDPOINTS, Disabled, Endpoint, violations
from chorus.publishing.handlers.takedowns import hurry
from chorus.publishing.ports import Webhooks

# Who failed so often in a row was down: what waits for it need not wait any more once it answers.
_WAS_DOWN = 3


@dataclass(frozen=True, slots=True)
class EndpointChange:
    """What to change of an endpoint; None leaves as it is."""

    url: str | None = None
    surface: str | None = None
    title: str | None = None
    enabled: bool | None = None


def create(store: Webhooks, endpoint: Endpoint) -> Endpoint:
    """Add an endpoint: it is told of everything that is decided from now on. `Invalid`, `NotFound`, `Conflict`."""
    _check(endpoint)
    # Whoever decides about a post sees all endpoints, or began before this one was there.
    store.redefine(endpoint.brand)
    _find_surface(store, endpoint)
    if len(store.endpoints(endpoint.brand)) >= MOST_ENDPOINTS:
        message = f"A brand has at most {MOST_ENDPOINTS} endpoints: delete one that nobody needs."
        raise Conflict(message, reason="TOO_MANY_ENDPOINTS")
    store.add_endpoint(endpoint)
    return endpoint


def update(store: Webhooks, brand: str, endpoint: str, change: EndpointChange, *, now: datetime) -> Endpoint:
    """Change an endpoint; one that is enabled again is sent what it has not received. `Invalid`, `NotFound`."""
    store.redefine(brand)
    found = store.endpoint(brand, endpoint)
    changed = replace(
        found,
        url=found.url if change.url is None else change.url,
        surface=found.surface if change.surface is None else change.surface,
        title=found.title if change.title is None else change.title,
    )
    _check(changed)
    _find_surface(store, changed)
    if change.enabled is False:
        changed = replace(changed, disabled=changed.disabled or Disabled.BY_HAND)
    elif change.enabled:
        changed = changed.enabled()
        store.queue_again(endpoint, [DeliveryState.WAITING, DeliveryState.FAILED], None, now)
    store.keep_endpoint(changed)
    return changed


def remove(store: Webhooks, brand: str, endpoint: str) -> None:
    """Forget an endpoint with its deliveries. Raises `NotFound`."""
    store.redefine(brand)
    store.remove_endpoint(store.endpoint(brand, endpoint))


def rotate(store: Webhooks, brand: str, endpoint: str, sealed: str, *, at_once: bool, now: datetime) -> Endpoint:
    """Give an endpoint another secret. Raises `NotFound`."""
    changed = store.endpoint(brand, endpoint).rotated(sealed, now, at_once=at_once)
    store.keep_endpoint(changed)
    return changed


def send_test(store: Webhooks, brand: str, endpoint: str, *, now: datetime) -> Delivery:
    """Queue an event that is about no post. Raises `NotFound`."""
    return store.add_test(store.endpoint(brand, endpoint), now)


def replay(store: Webhooks, brand: str, endpoint: str, *, delivery: str, since: datetime | None, now: datetime) -> int:
    """Send again one delivery, or all since a moment; answers how many. `Invalid` unless one of both; `NotFound`."""
    store.redefine(brand)
    found = store.endpoint(brand, endpoint)
    if bool(delivery) == (since is not None):
        message = "Name a delivery, or a moment since when everything is to be sent again: one of both."
        raise Invalid(message, fields={"delivery": message, "since": message})
    settled = [DeliveryState.DELIVERED, DeliveryState.FAILED]
    if since is not None:
        return store.queue_again(found.endpoint, settled, since, now)
    once = store.delivery(found.endpoint, delivery)
    if once.state not in settled or (once.placement and not once.is_final and store.item(once) is None):
        return 0
    store.keep_delivery(once.again(now))
    return 1


def settle(
    store: Webhooks, endpoint: Endpoint, delivery: Delivery, answer: Answer, *, now: datetime, chance: float
) -> Endpoint:
    """Note how a try ended, and what that says of the endpoint; answers what it is now. Raises `NotFound`.

    What was superseded while it was on its way stays so, unless it was taken.
    """
    before = store.endpoint(endpoint.brand, endpoint.endpoint)
    store.keep_delivery(store.delivery(endpoint.endpoint, delivery.delivery).answered(answer, now, chance))
    after = before.answered(answer, now)
    if after != before:
        store.keep_endpoint(after)
    if answer.ok and delivery.type is Event.WITHDRAWN:
        hurry(store, endpoint, delivery.delivery, now)
    if answer.ok and before.failures >= _WAS_DOWN:
        store.hurry_deliveries(endpoint.endpoint, now)
    return after


def _check(endpoint: Endpoint) -> None:
    if wrong := violations(endpoint.title, endpoint.url):
        message = "The endpoint cannot be like this: see the fields."
        raise Invalid(message, fields=wrong)


def _find_surface(store: Webhooks, endpoint: Endpoint) -> None:
    if endpoint.surface:
        store.surface(endpoint.brand, endpoint.surface)

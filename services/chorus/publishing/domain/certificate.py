"""What a certificate says of a take-down, in plain values: docs/takedowns.md describes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chorus.evidence.entry import written
from chorus.publishing.domain.takedown import Consumer, Look, Place, Takedown


def said(takedown: Takedown, *, issuer: str, brand_name: str, bound: timedelta, now: datetime) -> dict[str, Any]:
    """Word a certificate; `issuer` is the public origin that was looked at."""
    return {
        "issuer": issuer,
        "takedown": takedown.takedown,
        "number": takedown.issues,
        "brand": takedown.brand,
        "names": {"brand": brand_name},
        "post": takedown.post,
        "cause": takedown.cause.value,
        "decided_at": _moment(takedown.decided_at),
        "ended_at": written(takedown.ended_at),
        "bound_seconds": round(bound.total_seconds()),
        "issued_at": written(now),
        "complete": takedown.complete,
        "surfaces": [_surface(each) for each in takedown.places],
        "consumers": [_consumer(each) for each in takedown.consumers],
    }


def _surface(place: Place) -> dict[str, Any]:
    return {
        "surface": place.surface,
        "title": place.title,
        "address": place.address,
        "placement": place.placement,
        "uses": [each.value for each in place.uses],
        "shown_from": written(place.shown_from),
        "shown_until": written(place.shown_until),
        "confirmed_at": _moment(place.confirmed_at),
        "looks": [_look(each) for each in place.looks],
        "not_recallable": [each.value for each in place.not_recallable],
    }


def _look(look: Look) -> dict[str, Any]:
    return {"what": look.what.value, "address": look.address, "status": look.status, "gone": look.gone}


def _consumer(consumer: Consumer) -> dict[str, Any]:
    return {
        "endpoint": consumer.endpoint,
        "title": consumer.title,
        "host": consumer.host,
        "confirmed_at": _moment(consumer.confirmed_at),
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else written(at)

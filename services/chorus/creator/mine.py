"""Saying that something a brand shows is one's own: what it shows, the form, and what becomes of it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from itsdangerous import BadData
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chorus.api.publishing.v1 import publishing_pb2
from chorus.api.rights.v1 import claim_pb2 as pb
from chorus.creator.backends import Backends
from chorus.creator.forms import Form, read_form
from chorus.creator.language import N_, reader_of
from chorus.creator.pages import page
from chorus.errors import ChorusError, Exhausted, Invalid, NotFound, Unavailable
from chorus.platform.guard import Guard
from chorus.platform.secrets import timed_serializer
from chorus.platform.web import http_status

_KINDS = {"lost_link": pb.CLAIM_KIND_LOST_LINK, "not_allowed": pb.CLAIM_KIND_NOT_ALLOWED}
# What a person typed and need not type again.
_KEPT = ("kind", "words", "email", "nonce")
_PAGE = 24
_HEARD_SECONDS = 24 * 60 * 60


class Mine:
    """The pages at /{brand}/mine: nobody signs in, and no page tells who is known."""

    def __init__(self, backends: Backends, guard: Guard, claims: Guard, keys: Sequence[str]) -> None:
        """Work with publishing and rights; `guard` counts who looks, `claims` who sends."""
        self._backends = backends
        self._guard = guard
        self._claims = claims
        self._heard = timed_serializer(keys, "heard-claim")

    def show(self, request: Request) -> Response:
        """Show the form of one item, or what there is to choose from, or what becomes of what was sent."""
        if heard := self._read(request):
            kind, answer_by = heard
            return self._page(request, "mine_heard.html", kind=kind, answer_by=answer_by)
        if request.query_params.get("item"):
            return self._form(request, {})
        self._guard.check(request)
        return self._choose(request)

    async def say(self, request: Request) -> Response:
        """Hear what somebody says, then show what becomes of it; where it cannot be heard, show the form again."""
        self._claims.check(request)
        async with read_form(request) as form:
            try:
                answered = await run_in_threadpool(self._claim, request, form)
            except (Invalid, Exhausted, Unavailable) as error:
                kept = {name: form.text(name) for name in _KEPT}
                return await run_in_threadpool(self._form, request, kept, error)
            brand, kind = request.path_params["brand"], form.text("kind")
        mark = self._heard.dumps([brand, kind, answered.answer_by.seconds])
        return RedirectResponse(reader_of(request).to(f"/{brand}/mine?heard={mark}"), 303)

    def _claim(self, request: Request, form: Form) -> pb.ClaimPostResponse:
        said = pb.ClaimPostRequest(
            brand=request.path_params["brand"],
            post=self._item(request).post,
            kind=_KINDS.get(form.text("kind"), pb.CLAIM_KIND_UNSPECIFIED),
            words=form.text("words"),
            email=form.text("email"),
            nonce=form.text("nonce") or _new_nonce(),
        )
        return self._backends.claim(said)

    def _form(self, request: Request, kept: Mapping[str, str], error: ChorusError | None = None) -> Response:
        return self._page(
            request,
            "mine.html",
            status=http_status(error) if error else 200,
            item=self._item(request),
            kept={name: kept.get(name, "") for name in _KEPT} | {"nonce": kept.get("nonce") or _new_nonce()},
            error=error,
            wrong=error.fields if isinstance(error, Invalid) else {},
        )

    def _choose(self, request: Request) -> Response:
        brand = request.path_params["brand"]
        address, after = (request.query_params.get(name, "").strip() for name in ("address", "after"))
        wanted = publishing_pb2.FindPublicItemsRequest(brand=brand, address=address, page_size=_PAGE, page_token=after)
        found = self._backends.public_items(wanted)
        onward = URL(f"/{brand}/mine").include_query_params(address=address, after=found.next_page_token)
        return self._page(
            request,
            "mine_choose.html",
            items=found.items,
            more=str(onward) if found.next_page_token else "",
            address=address,
            narrowed=bool(address or after),
            switched=reader_of(request).chosen,
        )

    def _item(self, request: Request) -> publishing_pb2.PublicItem:
        """Find the item that the address names; NotFound where it is not shown now."""
        brand, placement = request.path_params["brand"], request.query_params.get("item", "")
        wanted = publishing_pb2.FindPublicItemsRequest(brand=brand, placement=placement)
        found = self._backends.public_items(wanted).items if placement else []
        if not found:
            message = N_("This is not shown any more.")
            raise NotFound(message, reason="NOT_SHOWN")
        return found[0]

    def _read(self, request: Request) -> tuple[str, Timestamp] | None:
        """Read the mark of what was heard here, so that nobody makes up by when a brand answers."""
        try:
            brand, kind, seconds = self._heard.loads(request.query_params.get("heard", ""), max_age=_HEARD_SECONDS)
        except (BadData, ValueError):
            return None
        return (kind, Timestamp(seconds=seconds)) if brand == request.path_params["brand"] else None

    def _page(
        self,
        request: Request,
        template: str,
        *,
        status: int = 200,
        **values: Any,  # noqa: ANN401 -- what a template shows is of any kind
    ) -> Response:
        look = self._backends.look(request.path_params["brand"])
        return page(request, template, status=status, look=look, **values)


def _new_nonce() -> str:
    """Make the form's one-time value: the same form sent twice says it once."""
    return str(uuid.uuid4())

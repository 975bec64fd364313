"""What a creator ends by their link: a part of what they allowed, all of it, or all that is kept of their post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import scope_pb2
from chorus.creator.backends import Backends
from chorus.creator.forms import Form, read_form
from chorus.creator.language import N_
from chorus.creator.links import back, look_of, use
from chorus.creator.pages import page
from chorus.creator.seen import claims
from chorus.errors import Invalid, NotFound
from chorus.platform.guard import Guard

_DAY = timedelta(days=1)


class Endings:
    """The forms below /r/{token}: a GET shows what would happen, a POST does it."""

    def __init__(self, backends: Backends, guard: Guard, bound: int) -> None:
        """Work with these services. What ends leaves every surface within `bound` seconds."""
        self._backends = backends
        self._guard = guard
        self._bound = bound

    def less(self, request: Request) -> Response:
        """Show what is allowed, to take a part of it away."""
        token = request.path_params["token"]
        view = self._backends.own_link(token)
        if view.grant.state != pb.GRANT_STATE_ACTIVE or view.erased:
            message = N_("Nothing is allowed with this link just now, so there is nothing to make smaller.")
            raise NotFound(message, reason="NO_GRANT")
        tomorrow, last = datetime.now(UTC).date() + _DAY, _last_day(view.grant)
        first = min(tomorrow, last) if last else tomorrow
        given: dict[str, Any] = {"token": token, "view": view, "claims": claims(view)}
        return page(request, "less.html", **given, first=first, last=last, bound=self._bound)

    async def narrow(self, request: Request) -> Response:
        """Keep what is still ticked."""
        token = request.path_params["token"]
        form = await self._form(request)
        view = await run_in_threadpool(self._backends.link, token)
        wanted = pb.NarrowRequest(
            link=token, nonce=form.text("nonce"), scope=_kept(form), valid_until=_end(form.text("until"), view.grant)
        )
        await run_in_threadpool(self._backends.narrow, wanted)
        return back(request)

    async def revoke(self, request: Request) -> Response:
        """Take back what was given; or end what would follow from it, and nothing else."""
        form = await self._form(request)
        return await self._ended(request, partial(self._backends.revoke, only_new=form.ticked("only_new")), form)

    async def overrule(self, request: Request) -> Response:
        """End what the brand says that it may do."""
        return await self._ended(request, self._backends.end_attested)

    def erasing(self, request: Request) -> Response:
        """Show what would be erased, and what stays."""
        token = request.path_params["token"]
        view = self._backends.own_link(token)
        if view.erased:
            return back(request)
        return page(request, "erase.html", token=token, view=view, bound=self._bound)

    async def erase(self, request: Request) -> Response:
        """Erase all that is kept of the post."""
        return await self._ended(request, self._backends.erase)

    async def withdraw(self, request: Request) -> Response:
        """Withdraw an upload: its uploader takes it away for good."""
        token = request.path_params["token"]
        self._guard.check(request)
        view = await run_in_threadpool(self._backends.own_link, token)
        await run_in_threadpool(self._backends.withdraw, view.brand, token.partition("~")[0])
        return page(request, "withdrawn.html", token=token, look=look_of(view), bound=self._bound)

    async def _ended(self, request: Request, end: Callable[[str, str], object], form: Form | None = None) -> Response:
        said = await self._form(request) if form is None else form
        await run_in_threadpool(end, request.path_params["token"], said.text("nonce"))
        return back(request)

    async def _form(self, request: Request) -> Form:
        self._guard.check(request)
        async with read_form(request) as form:
            return form


def _kept(form: Form) -> scope_pb2.Scope:
    """Read what is still ticked. Where no country was named, none is chosen: it stays the whole world."""
    territories = form.all("territories")
    if form.ticked("countries") and not territories:
        message = N_("Keep at least one country, or take all of it back.")
        raise Invalid(message, fields={"territories": message})
    return scope_pb2.Scope(
        uses=[use(name) for name in form.all("uses")],
        paid=form.ticked("paid"),
        derivatives=form.ticked("derivatives"),
        exclusive=form.ticked("exclusive"),
        territories=territories,
    )


def _end(day: str, grant: pb.Grant) -> Timestamp | None:
    """Read the last day on which it may be shown; None leaves the end as it is."""
    if not day:
        return None
    try:
        chosen = date.fromisoformat(day)
        end = datetime.combine(chosen, time(23, 59, 59), UTC)
    except ValueError as error:
        message = N_("Write the day as year, month and day: 2027-01-31.")
        raise Invalid(message, fields={"until": message}) from error
    if chosen == _last_day(grant):
        return None
    until = Timestamp()
    until.FromDatetime(end)
    return until


def _last_day(grant: pb.Grant) -> date | None:
    return grant.valid_until.ToDatetime(UTC).date() if grant.HasField("valid_until") else None

"""Who may ask a creator: a page by any link of theirs, and the one POST that mail programs send (RFC 8058)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chorus.api.rights.v1 import contact_pb2 as pb
from chorus.creator.backends import Backends
from chorus.creator.forms import Form, read_form
from chorus.creator.language import N_, reader_of
from chorus.creator.pages import page
from chorus.errors import Invalid
from chorus.platform.guard import Guard

_STATES: Final[Mapping[pb.OptOut.ValueType, str]] = {
    pb.OPT_OUT_NONE: "none",
    pb.OPT_OUT_BRAND: "brand",
    pb.OPT_OUT_EVERYWHERE: "everywhere",
}
_CHOICES = {name: number for number, name in _STATES.items()}


class Opting:
    """The page below /r/{token}/stop: a GET shows what was said, a POST says it."""

    def __init__(self, backends: Backends, guard: Guard) -> None:
        """Work with rights."""
        self._backends = backends
        self._guard = guard

    def show(self, request: Request) -> Response:
        """Show who may ask."""
        token = request.path_params["token"]
        return _page(request, self._backends.opt_out(token))

    async def choose(self, request: Request) -> Response:
        """Keep who may ask; programs are answered where they are, since they would not follow."""
        token = request.path_params["token"]
        self._guard.check(request)
        async with read_form(request) as form:
            one_click = form.text("List-Unsubscribe") == "One-Click"
            wish = pb.OPT_OUT_BRAND if one_click else _chosen(form)
        view = await run_in_threadpool(self._backends.set_opt_out, token, wish)
        return _page(request, view) if one_click else RedirectResponse(reader_of(request).to(f"/r/{token}/stop"), 303)


def _page(request: Request, view: pb.OptOutView) -> Response:
    return page(request, "stop.html", token=request.path_params["token"], view=view, state=_STATES[view.opt_out])


def _chosen(form: Form) -> pb.OptOut.ValueType:
    chosen = form.text("stop")
    if chosen in _CHOICES:
        return _CHOICES[chosen]
    message = N_("Say who may not ask you any more.")
    raise Invalid(message, fields={"stop": message})

"""The link of somebody else whose yes is needed: a minor's guardian, or a person in the picture."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.creator.backends import Backends
from chorus.creator.forms import read_form
from chorus.creator.language import N_
from chorus.creator.links import back
from chorus.errors import Invalid
from chorus.platform.guard import Guard

_ANSWERS = {"yes": True, "no": False}


class Confirming:
    """The form below /r/{token}."""

    def __init__(self, backends: Backends, guard: Guard) -> None:
        """Work with these services."""
        self._backends = backends
        self._guard = guard

    async def confirm(self, request: Request) -> Response:
        """Take a yes or a no, then show what became of it."""
        self._guard.check(request)
        async with read_form(request) as form:
            choice, guardian = form.text("answer"), form.ticked("guardian")
            nonce = form.text("nonce")
        if choice not in _ANSWERS:
            message = N_("Choose yes or no.")
            raise Invalid(message, fields={"answer": message})
        token = request.path_params["token"]
        if _ANSWERS[choice] and not guardian:
            await run_in_threadpool(self._check_guardian, token)
        said = pb.ConfirmRequest(link=token, nonce=nonce, agree=_ANSWERS[choice])
        await run_in_threadpool(self._backends.confirm, said)
        return back(request)

    def _check_guardian(self, token: str) -> None:
        """Refuse a guardian's yes without their word that they are one."""
        if self._backends.link(token).part == pb.PART_GUARDIAN:
            message = N_("Tick that you are the parent or legal guardian, or choose no.")
            raise Invalid(message, fields={"guardian": message})

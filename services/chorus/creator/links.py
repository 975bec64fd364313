"""A creator's link: see, answer, receipts. A GET changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.rights.v1 import rights_pb2 as pb
from chorus.api.types.v1 import media_pb2
from chorus.creator import words
from chorus.creator.age import of_age
from chorus.creator.backends import Backends, Look
from chorus.creator.clock import clock
from chorus.creator.forms import read_form
from chorus.creator.fresh import Fresh
from chorus.creator.language import N_, reader_of
from chorus.creator.pages import page, saved_as
from chorus.creator.printed import agreed, kinds, settled
from chorus.creator.seen import claims, decided, is_decided, later, no_receipt, refused, state_of
from chorus.errors import Invalid, NotFound
from chorus.platform.guard import Guard

_PICTURES = {"webp": "image/webp", "jpg": "image/jpeg"}
_SIZES = frozenset({1080, 640, 320})
# "some" are single uses of one post, "chosen" single posts of several.
_ANSWERS = {"yes": True, "some": True, "chosen": True, "no": False}


class Links:
    """The pages below /r/{token}."""

    def __init__(
        self,
        backends: Backends,
        guard: Guard,
        fresh: Fresh,
        bound: int,
        together: Callable[[Request, pb.CreatorView], Response],
    ) -> None:
        """Work with these services. What is taken back leaves every surface within `bound` seconds.

        `together` makes the page of a link that leads to several posts.
        """
        self._backends = backends
        self._guard = guard
        self._fresh = fresh
        self._bound = bound
        self._together = together

    def show(self, request: Request) -> Response:
        """Show what the link leads to: the question, or what became of it."""
        token = request.path_params["token"]
        mark = request.query_params.get("fresh", "")
        try:
            view = self._seen(request)
        except NotFound:
            brand = self._fresh.brand(mark, token)
            if brand is None:
                raise
            return _preparing(request, self._backends.look(brand))
        if mark:
            # Known by now: what people keep is the link alone.
            return back(request)
        return self._together(request, view) if view.linked else self._one(request, view)

    async def answer(self, request: Request) -> Response:
        """Take the answer, then show what became of it."""
        token = request.path_params["token"]
        self._guard.check(request)
        async with read_form(request) as form:
            choice = form.text("answer")
            if choice not in _ANSWERS:
                message = N_("Choose yes or no.")
                raise Invalid(message, fields={"answer": message})
            chosen = form.all("uses")
            if choice == "some" and not chosen:
                message = N_("Tick at least one use, or choose the answer for all of them.")
                raise Invalid(message, fields={"uses": message})
            posts = form.all("post" if choice == "chosen" else "shown")
            if choice == "chosen" and not posts:
                message = N_("Tick at least one post, or choose the answer for all of them.")
                raise Invalid(message, fields={"post": message})
            given = pb.AnswerRequest(
                link=token,
                nonce=form.text("nonce"),
                grant=_ANSWERS[choice],
                uses=[use(name) for name in chosen],
                credit=form.text("credit"),
                language=form.text("language"),
                others=form.number("others"),
                posts=posts,
                standing=form.ticked("standing"),
            )
            born = form.text("born") if given.grant else ""
        await run_in_threadpool(self._answer, given, born)
        return back(request)

    def _answer(self, given: pb.AnswerRequest, born: str) -> None:
        """Hand the answer on; of a birthday only whether it was long enough ago for the terms that are shown."""
        if born and (view := self._backends.link(given.link)).HasField("terms"):
            given.of_age = bool(of_age(born, view.terms.minimum_age, datetime.now(UTC)))
        self._backends.answer(given)

    def picture(self, request: Request) -> Response:
        """Show a picture of the link's own post, and of no other."""
        params = request.path_params
        content_type = _PICTURES.get(params["type"])
        if content_type is None or params["size"] not in _SIZES:
            raise _no_picture()
        view = self._backends.link(params["token"])
        if params["media"] not in {each.media for each in pictures(view)}:
            raise _no_picture()
        wanted = ingest_pb2.GetPreviewRequest(
            brand=view.brand, media=params["media"], size=params["size"], content_type=content_type
        )
        preview = self._backends.preview(wanted)
        headers = {"Cache-Control": "private, max-age=60", "X-Content-Type-Options": "nosniff"}
        return Response(preview.data, headers=headers, media_type=preview.content_type)

    def receipt(self, request: Request) -> Response:
        """Show what was decided, in full, to print, with each receipt that proves it, to keep."""
        token = request.path_params["token"]
        view = decided(self._backends.own_link(token, reader_of(request).preferences))
        found = self._backends.receipts(token)
        return page(
            request,
            "receipt.html",
            token=token,
            view=view,
            agreed=agreed,
            settled=settled,
            kinds=kinds(view),
            saved=words.receipts(found.receipts),
            waiting=found.waiting,
            state=state_of(view),
        )

    def receipt_file(self, request: Request) -> Response:
        """Hand out a receipt as a file."""
        token, name = request.path_params["token"], request.path_params["name"]
        found = words.receipts(self._backends.receipts(token).receipts).get(name)
        if found is None:
            raise no_receipt()
        return Response(found.document, headers=saved_as(f"receipt-{name}.json"), media_type="application/json")

    def _seen(self, request: Request) -> pb.CreatorView:
        """Look at the link. The page's language is asked for first; which one the terms have is theirs to say."""
        return self._backends.link(request.path_params["token"], reader_of(request).preferences)

    def _one(self, request: Request, view: pb.CreatorView) -> Response:
        """Show the page of one post."""
        if view.being_prepared:
            return _preparing(request, look_of(view))
        if view.part:
            token, state = request.path_params["token"], state_of(view)
            return page(request, "confirm.html", token=token, view=view, state=state, bound=self._bound)
        return self._asking(request, view) if asked(view) else self._managing(request, view)

    def _asking(self, request: Request, view: pb.CreatorView) -> Response:
        if coming(view):
            heading, text = N_("Your picture is on its way"), N_("It is being fetched just now.")
            return page(request, "preparing.html", look=look_of(view), heading=heading, text=text)
        token = request.path_params["token"]
        secret, one_of_several, _ = token.partition("~")
        whole = self._backends.link(secret) if one_of_several else view
        return page(
            request,
            "ask.html",
            token=token,
            view=view,
            places=places_of(view.request),
            claims=claims(view),
            later=later(whole, view.request),
        )

    def _managing(self, request: Request, view: pb.CreatorView) -> Response:
        state, claimed = state_of(view), claims(view)
        running = state == "granted" or claimed
        shown = self._backends.placements(view.brand, view.post) if running else []
        # Who has just not answered is not asked again.
        takedowns = None if shown is None else self._backends.takedowns(view.brand, view.post)
        return page(
            request,
            "manage.html",
            token=request.path_params["token"],
            view=view,
            state=state,
            shown=shown,
            claims=claimed,
            over=claims(view, pb.GRANT_STATE_REVOKED),
            takedowns=takedowns,
            clock=clock(view, takedowns, self._bound, datetime.now(UTC)),
            decided=is_decided(view),
            refused=refused(view),
            uploaded=_uploaded(view),
            bound=self._bound,
        )


def asked(view: pb.CreatorView) -> bool:
    """Tell whether the creator's own answer is awaited."""
    waiting = view.HasField("request") and view.request.state == pb.REQUEST_STATE_REQUESTED
    return waiting and not view.post_withdrawn


def back(request: Request) -> Response:
    """Lead to the link's own page."""
    return RedirectResponse(reader_of(request).to(f"/r/{request.path_params['token']}"), 303)


def coming(view: pb.CreatorView) -> bool:
    """Tell whether a picture is still being fetched."""
    return any(each.state == media_pb2.MEDIA_STATE_PENDING for each in view.media)


def places_of(request: pb.RightsRequest) -> list[dict[str, Any]]:
    """List where it would appear: the surfaces shown, or the uses alone where none is named."""
    if request.surfaces:
        return [
            {"title": each.title, "address": each.address, "uses": words.uses(each.scope)} for each in request.surfaces
        ]
    return [{"title": "", "address": "", "uses": [use]} for use in words.uses(request.scope)]


def _uploaded(view: pb.CreatorView) -> bool:
    """Tell whether this link came with an upload, which its uploader may withdraw."""
    # A link from which nothing was asked or given came with an upload of which nothing could be recorded.
    nothing = not view.HasField("request") and not view.HasField("grant")
    return (nothing or "upload" in {view.grant.via, view.request.by}) and not view.post_withdrawn


def pictures(view: pb.CreatorView) -> list[media_pb2.Media]:
    """List the pictures that may be shown to whoever has the link."""
    ready = (each for each in view.media if each.state == media_pb2.MEDIA_STATE_READY)
    return [] if view.post_withdrawn else list(ready)


def look_of(view: pb.CreatorView) -> Look:
    """Name the brand that asks, and how it looks."""
    return Look(view.brand, view.brand_name or view.brand, view.brand_accent)


def _preparing(request: Request, look: Look) -> Response:
    text = N_("Thank you! Your picture has arrived. In a few seconds you can see here what you allowed, and change it.")
    return page(request, "preparing.html", look=look, heading=N_("Being prepared"), text=text)


def use(name: str) -> Any:  # noqa: ANN401 -- a protobuf enum's number
    """Read a use as forms name it. Raises `Invalid`."""
    if name in words.USES:
        return words.USES[name]
    message = N_("Choose among the uses that were asked for.")
    raise Invalid(message, fields={"uses": message})


def _no_picture() -> NotFound:
    message = N_("There is no such picture.")
    return NotFound(message, reason="PICTURE_NOT_FOUND")

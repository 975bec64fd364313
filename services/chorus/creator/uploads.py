"""Sharing a picture: the page, and the same for programs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from chorus.api.ingest.v1 import ingest_pb2
from chorus.api.types.v1 import scope_pb2
from chorus.creator import words
from chorus.creator.age import of_age
from chorus.creator.backends import Backends
from chorus.creator.forms import Form, read_form
from chorus.creator.fresh import Fresh
from chorus.creator.language import N_, reader_of, suiting
from chorus.creator.pages import page
from chorus.errors import ChorusError, Conflict, Exhausted, Invalid, NotFound, TooLarge
from chorus.platform.guard import Guard
from chorus.platform.web import http_status

# What a person typed and need not type again. The picture and the consent have to be given anew.
_KEPT = ("caption", "creator_name", "handle", "email", "alt_text", "born", "others", "request_id")


class Uploads:
    """The upload page and the upload address."""

    def __init__(self, backends: Backends, guard: Guard, fresh: Fresh, public_url: str) -> None:
        """Work with these services."""
        self._backends = backends
        self._guard = guard
        self._fresh = fresh
        self._public_url = public_url.rstrip("/")

    def show(self, request: Request) -> Response:
        """Show the page with the terms that the picture is shared under."""
        return self._form(request, request.query_params.get("source", ""), {})

    async def share(self, request: Request) -> Response:
        """Take a picture from the page, then show its link; where something is wrong, show the page again."""
        self._guard.check(request)
        async with read_form(request) as form:
            try:
                made = await run_in_threadpool(self._upload, request, form)
            except (Invalid, TooLarge, Exhausted) as error:
                return await self._again(request, form, error)
            except Conflict as error:
                if error.reason != "REQUEST_ID_REUSED":
                    raise
                return await self._again(request, form, error, request_id="")
        mark = self._fresh.mark(made.link, request.path_params["brand"])
        return RedirectResponse(reader_of(request).to(f"/r/{made.link}?fresh={mark}"), 303)

    def terms(self, request: Request) -> Response:
        """Tell programs what can be uploaded to, and under which terms."""
        brand = request.path_params["brand"]
        sources = self._backends.upload_sources(brand)
        return JSONResponse({"sources": [_source_json(source) for source in sources]}, headers=_NO_STORE)

    async def create(self, request: Request) -> Response:
        """Take a picture from a program."""
        self._guard.check(request)
        async with read_form(request) as form:
            made = await run_in_threadpool(self._upload, request, form)
        manage_url = f"{self._public_url}/r/{made.link}"
        return JSONResponse({"post": made.post, "manage_url": manage_url}, 201, _NO_STORE)

    async def _again(self, request: Request, form: Form, error: ChorusError, **changed: str) -> Response:
        """Show the page with what was typed; an empty `request_id` makes it a new form."""
        kept = {name: form.text(name) for name in _KEPT} | changed
        return await run_in_threadpool(self._form, request, form.text("source"), kept, error)

    def _upload(self, request: Request, form: Form) -> ingest_pb2.CreateUploadResponse:
        return self._backends.upload(self._request(request, form))

    def _request(self, request: Request, form: Form) -> ingest_pb2.CreateUploadRequest:
        if not form.photo:
            message = N_("Choose a picture.")
            raise Invalid(message, fields={"photo": message})
        brand, source = request.path_params["brand"], form.text("source")
        born = form.text("born")
        return ingest_pb2.CreateUploadRequest(
            brand=brand,
            source=source,
            of_age=self._of_age(brand, source, born) if born else None,
            others=form.number("others"),
            photo=form.photo,
            caption=form.text("caption"),
            creator_name=form.text("creator_name"),
            handle=form.text("handle"),
            email=form.text("email"),
            consent=form.ticked("consent"),
            terms_sha256=form.text("terms_sha256"),
            # Ingest refuses a short one, and answers a repeat only where all else is the same.
            request_id=form.text("request_id") or request.headers.get("idempotency-key", ""),
            client_address=self._guard.client(request),
            alt_text=form.text("alt_text"),
        )

    def _of_age(self, brand: str, source: str, born: str) -> bool | None:
        chosen = _chosen(self._backends.upload_sources(brand), source)
        minimum = chosen.upload_terms.terms.minimum_age if chosen else 0
        return of_age(born, minimum, datetime.now(UTC))

    def _form(
        self, request: Request, source: str, kept: Mapping[str, str], error: ChorusError | None = None
    ) -> Response:
        brand = request.path_params["brand"]
        look = self._backends.look(brand)
        sources = self._backends.upload_sources(brand)
        chosen = _chosen(sources, source)
        if chosen is None and len(sources) > 1 and not source:
            return page(request, "choose.html", look=look, sources=sources)
        if chosen is None:
            message = N_("This upload page is not open. Ask who sent you here for the right address.")
            raise NotFound(message, reason="UPLOAD_PAGE_NOT_FOUND")
        return page(
            request,
            "share.html",
            status=http_status(error) if error else 200,
            look=look,
            source=chosen,
            terms=suiting(_texts(chosen), reader_of(request)),
            kept={name: kept.get(name, "") for name in _KEPT} | {"request_id": kept.get("request_id") or _new_key()},
            error=error,
            wrong=error.fields if isinstance(error, Invalid) else {},
        )


_NO_STORE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def _new_key() -> str:
    """Make the form's idempotency key: the same form sent twice is one upload."""
    return str(uuid.uuid4())


def _chosen(sources: list[ingest_pb2.Source], source: str) -> ingest_pb2.Source | None:
    """Find the source that is meant: the one named, or the only one."""
    if not source and len(sources) == 1:
        return sources[0]
    return next((each for each in sources if each.source == source), None)


def _texts(source: ingest_pb2.Source) -> list[scope_pb2.TermsText]:
    """List the terms in every language, first the one that they were written in."""
    return [source.upload_terms.terms, *source.upload_terms.translations]


def _source_json(source: ingest_pb2.Source) -> dict[str, object]:
    terms = source.upload_terms
    return {
        "source": source.source,
        "title": source.title,
        "terms": _terms_json(terms.terms),
        "translations": [_terms_json(each) for each in terms.translations],
        "uses": [use.value for use in words.uses(terms.scope)],
        "days": terms.days,
    }


def _terms_json(text: scope_pb2.TermsText) -> dict[str, object]:
    return {
        "name": text.terms,
        "version": text.version,
        "language": text.language,
        "summary": text.summary,
        "text": text.text,
        "sha256": text.sha256,
        "minimum_age": text.minimum_age,
    }

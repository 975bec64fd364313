"""Reading what browsers and programs send, within bounds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message, Receive

from chorus.creator.language import N_
from chorus.errors import Invalid, TooLarge

MOST_PHOTO = 25 * 1024 * 1024
# Around the picture: the other fields and the multipart frame.
_MOST_REST = 256 * 1024
# As many countries as there are may be ticked, and all else.
_MOST_FIELDS = 300
_MOST_DIGITS = 4
_YES = frozenset({"on", "true", "yes", "1"})


@dataclass(frozen=True)
class Form:
    """A form's fields, and the picture where it has one."""

    fields: Mapping[str, str]
    lists: FormData
    photo: bytes = b""

    def text(self, name: str) -> str:
        """Answer a field without blanks around it; empty where it was not sent."""
        return self.fields.get(name, "").strip()

    def ticked(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return self.text(name).lower() in _YES

    def number(self, name: str) -> int:
        """Answer a field as a whole number, 0 where it was left empty; Invalid where it is none."""
        text = self.text(name) or "0"
        if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
            message = N_("Write a whole number.")
            raise Invalid(message, fields={name: message})
        return int(text)

    def all(self, name: str) -> list[str]:
        """Answer every value of a field."""
        return [value for value in self.lists.getlist(name) if isinstance(value, str)]


@asynccontextmanager
async def read_form(request: Request) -> AsyncIterator[Form]:
    """Read a form. TooLarge beyond 25 MB, also where the length was not said; Invalid where it is no form."""
    most = MOST_PHOTO + _MOST_REST
    if int(request.headers.get("content-length") or 0) > most:
        raise _too_large()
    bounded = Request(request.scope, _bounded(request.receive, most))
    try:
        form = await bounded.form(max_files=1, max_fields=_MOST_FIELDS, max_part_size=_MOST_REST)
    except (MultiPartException, HTTPException, UnicodeDecodeError, ValueError, AssertionError) as error:
        # HTTPException is how Starlette itself words a broken form inside an app.
        message = N_("This could not be read as a form.")
        raise Invalid(message, reason="FORM") from error
    try:
        yield Form(_fields(form), form, await _photo(form))
    finally:
        await form.close()


def _bounded(receive: Receive, most: int) -> Receive:
    """Count what comes in, since a sender may leave its length unsaid or say a wrong one."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            raise _too_large()
        return message

    return counted


def _fields(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def _photo(form: FormData) -> bytes:
    sent = form.get("photo")
    if not isinstance(sent, UploadFile):
        return b""
    photo = await sent.read()
    if len(photo) > MOST_PHOTO:
        raise _too_large()
    return photo


def _too_large() -> TooLarge:
    message = N_("The picture is larger than 25 MB. Send a smaller one.")
    return TooLarge(message)

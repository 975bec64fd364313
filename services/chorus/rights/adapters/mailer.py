"""Letters by e-mail (SMTP, RFC 5321): what they look like, and what a mail server's answer means."""

from __future__ import annotations

import html
import ipaddress
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from pydantic import field_validator
from pydantic_core import PydanticCustomError

from chorus.errors import Invalid, Unavailable
from chorus.platform import logs
from chorus.platform.config import Settings
from chorus.platform.metrics import MAILS
from chorus.rights.domain.address import read_address
from chorus.rights.domain.letter import Letter
from chorus.rights.domain.outgoing import Outcome, Tried
from chorus.rights.ports import Parcel

log = logs.logger(__name__)
_SECONDS = 30.0
_SUBMISSION, _SUBMISSIONS, _SMTP = 587, 465, 25
_MOST_SAID = 200
_FOR_NOW = range(400, 500)
_CLOSING = 421
_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"></head>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 36em; margin: 0 auto; padding: 16px">
{body}</body></html>
"""


class MailSettings(Settings):
    """`smtp_url` is where mail to creators is handed in; empty: none is sent.

    `mail_from` is who it is from, "ask@stories.example"; empty: `no-reply` at the host of `public_url`.
    """

    smtp_url: str = ""
    mail_from: str = ""

    @field_validator("smtp_url")
    @classmethod
    def _names_a_server(cls, value: str) -> str:
        if value:
            mail_server(value)
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        try:
            return read_address(value) if value else value
        except Invalid as error:
            raise PydanticCustomError("address", "is no e-mail address") from error

    def mailer(self, *, usual: str) -> Mailer:
        """Make what sends mail by these settings, from the usual address where none is named."""
        return Mailer(mail_server(self.smtp_url), self.mail_from or usual)


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in: `smtp://user:password@host:587`, which is then encrypted by STARTTLS, or `smtps://…:465`.

    What stays on the machine may go `plain`.
    """

    host: str
    port: int
    tls: bool
    plain: bool
    user: str = ""
    password: str = field(default="", repr=False)


class Mailer:
    """Implements `ports.Carrier`: one connection for each letter."""

    def __init__(self, server: MailServer, sender: str, context: ssl.SSLContext | None = None) -> None:
        """Hand in to a server, from the sender's address; `context` says whose certificates are believed."""
        self._server = server
        self._address = sender
        self._context = context or ssl.create_default_context()

    def carry(self, parcel: Parcel) -> Tried:
        tried = None
        try:
            with self._connected() as server:
                tried = self._handed_in(server, parcel)
        except Unavailable:
            # However the server took its leave, what it said of the letter before counts.
            if tried is None:
                MAILS.add(1, {"outcome": "unreachable"})
                raise
        MAILS.add(1, {"outcome": tried.outcome.value})
        return tried

    def check(self) -> None:
        """Sign in, and send nothing. Raises `Unavailable`."""
        with self._connected():
            pass

    def _handed_in(self, server: smtplib.SMTP, parcel: Parcel) -> Tried:
        message = self._written(parcel)
        try:
            server.sendmail(self._address, [parcel.to], message.as_bytes(policy=SMTP))
        except smtplib.SMTPRecipientsRefused as error:
            return _answer(*error.recipients[parcel.to])
        except smtplib.SMTPDataError as error:
            return _answer(error.smtp_code, error.smtp_error)
        except smtplib.SMTPServerDisconnected as error:
            # It may have been taken all the same: were that no try, it would come again every minute.
            return Tried(Outcome.DEFERRED, _said(error))
        return Tried(Outcome.SENT)

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        """Connect, encrypt and sign in; whatever goes wrong there, or with our own address, is no letter's fault."""
        try:
            with self._opened() as server:
                if not self._server.tls and not self._server.plain:
                    server.starttls(context=self._context)
                if self._server.user:
                    server.login(self._server.user, self._server.password)
                yield server
        except (smtplib.SMTPException, OSError) as error:
            said = _said(error)
            log.warning("the mail server takes nothing", why=type(error).__name__)
            message = f"The mail server at {self._server.host} takes nothing just now: {said}"
            raise Unavailable(message, reason="MAIL_SERVER_DOWN") from error

    def _opened(self) -> smtplib.SMTP:
        if self._server.tls:
            return smtplib.SMTP_SSL(self._server.host, self._server.port, timeout=_SECONDS, context=self._context)
        return smtplib.SMTP(self._server.host, self._server.port, timeout=_SECONDS)

    def _written(self, parcel: Parcel) -> EmailMessage:
        letter = parcel.letter
        message = EmailMessage(policy=SMTP)
        message["From"] = Address(parcel.brand, addr_spec=self._address)
        message["To"] = parcel.to
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        # The same however often it is tried, so that what came twice is known for one.
        message["Message-ID"] = f"<{parcel.message_id}@{self._address.partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message["List-Unsubscribe"] = f"<{parcel.stop}>"
        if parcel.stop.startswith("https:"):
            # RFC 8058: by one POST, which mail programs send when somebody wants no more.
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content("\n\n".join(letter.paragraphs) + "\n", cte="quoted-printable")
        message.add_alternative(_html(letter), subtype="html", cte="quoted-printable")
        message["Content-Language"] = letter.language
        return message


def mail_server(url: str) -> MailServer:
    """Read where mail is handed in. Raises `PydanticCustomError`, which repeats nothing of it."""
    try:
        parts = urlsplit(url)
        tls, host, port = parts.scheme == "smtps", parts.hostname or "", parts.port
    except ValueError as error:
        raise _no_server() from error
    if parts.scheme not in {"smtp", "smtps"} or not host:
        raise _no_server()
    here = _is_here(host)
    port = port or (_SUBMISSIONS if tls else _SMTP if here else _SUBMISSION)
    return MailServer(host, port, tls, here, unquote(parts.username or ""), unquote(parts.password or ""))


def _no_server() -> PydanticCustomError:
    return PydanticCustomError("mail_server", "is no mail server: smtp://user:password@host:587 or smtps://…")


def _is_here(host: str) -> bool:
    """Tell whether what is said to a host stays on this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _answer(code: int, said: bytes | str) -> Tried:
    """Read a refusal: for now (4yz) or for good. Raises where the server wants nobody's mail any more."""
    if code == _CLOSING:
        raise smtplib.SMTPServerDisconnected(_line(said))
    return Tried(Outcome.DEFERRED if code in _FOR_NOW else Outcome.REFUSED, f"{code} {_line(said)}")


def _said(error: smtplib.SMTPException | OSError) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_line(error.smtp_error)}"
    return _line(str(error)) or type(error).__name__


def _line(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:_MOST_SAID]


def _html(letter: Letter) -> str:
    """Write a letter for programs that show HTML: its words alone, and nothing that is fetched or tells who read it."""
    body = "".join(f'<p dir="auto">{_linked(each, letter.links)}</p>\n' for each in letter.paragraphs)
    language, title = html.escape(letter.language), html.escape(letter.subject)
    return _PAGE.format(language=language, direction=letter.direction, title=title, body=body)


def _linked(paragraph: str, links: tuple[str, ...]) -> str:
    written = html.escape(paragraph)
    for each in links:
        address = html.escape(each)
        written = written.replace(address, f'<a href="{address}">{address}</a>', 1) if each in paragraph else written
    return written.replace("\n", "<br>\n")

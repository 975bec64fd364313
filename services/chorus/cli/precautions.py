"""Settings that work, and that nobody should leave as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from chorus.cli.checkup import Finding
from chorus.errors import Unavailable
from chorus.platform.postgres import Database
from chorus.platform.privileges import append_only, guarded
from chorus.platform.runtime import migrations_of
from chorus.publishing.adapters.credentials import Credentials
from chorus.rights.adapters.mailer import MailSettings

_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_FEWEST_LETTERS = 10
_SOON = timedelta(days=30)
_RENEW = "Renew it, and name it as CHORUS_C2PA_CERTIFICATES: docs/provenance.md."


def examine(environ: Mapping[str, str], keys: Sequence[str]) -> Iterator[Finding]:
    """Look at keys, origins and what is meant for tests."""
    yield _keys(keys)
    origins = [environ.get(f"CHORUS_{name}_URL", "") for name in ("PUBLIC", "CONSOLE")]
    for origin in filter(None, origins):
        parts = urlsplit(origin)
        if parts.scheme == "http" and parts.hostname not in _HERE:
            yield Finding("origin", False, f"{origin} is not encrypted", "Put a proxy that speaks TLS before it.")
    if origins[0] and origins[0] == origins[1]:
        advice = "Give the console an origin of its own: it must not share cookies with strangers' uploads."
        yield Finding("origin", False, "public pages and the console have the same one", advice)
    if environ.get("CHORUS_FETCH_ALLOW"):
        advice = "It is for tests: leave it out where strangers name addresses."
        yield Finding("CHORUS_FETCH_ALLOW", False, f"lets in {environ['CHORUS_FETCH_ALLOW']}", advice)


def journal(data: Path, environ: Mapping[str, str]) -> Finding:
    """Look whether the journal of an embedded house would outlive the disk of its databases."""
    if environ.get("CHORUS_JOURNAL_URL", "").startswith("s3:"):
        return Finding("journal", True, "in a bucket")
    folder = Path(urlsplit(environ.get("CHORUS_JOURNAL_URL", "")).path or data / "journal")
    apart = folder.exists() and folder.stat().st_dev != data.stat().st_dev
    advice = "" if apart else "Name a folder on another disk, or a bucket, as CHORUS_JOURNAL_URL: docs/operations.md."
    return Finding("journal", True, "on another disk" if apart else "on the same disk as the databases", advice)


def evidence(database: Database) -> Iterator[Finding]:
    """Look whether who serves could change evidence; nothing is said of a database that holds none, or is down."""
    tables = append_only(migrations_of("rights"))
    with suppress(Unavailable), database.transaction() as conn:
        if conn.execute("SELECT to_regclass(%s)", [tables[0]]).fetchone() == (None,):
            return
        if guarded(conn, tables):
            yield Finding("evidence", True, "who serves can add to it, and change nothing")
            return
        advice = "Name who owns them as CHORUS_DATABASE_OWNER_URL, and another role to serve: deploy/README.md."
        yield Finding("evidence", True, "guarded by triggers only: who serves could act as who owns its tables", advice)


def signature(credentials: Credentials | None, now: datetime) -> Finding:
    """Look at what signs public pictures: the installation's own certificate, None for the key that Chorus makes."""
    what = "signature of pictures"
    if credentials is None:
        text = "by a development key that Chorus made itself: viewers will call it untrusted"
        return Finding(what, True, text, "For a certificate of your own: docs/provenance.md.")
    until = credentials.until
    if until <= now:
        return Finding(what, False, f"its certificate ended on {until:%d %B %Y}: no picture is placed", _RENEW)
    soon = until - now < _SOON
    return Finding(what, not soon, f"by {credentials.name}, until {until:%d %B %Y}", _RENEW if soon else "")


def mail(settings: MailSettings) -> Finding:
    """Look whether the mail server lets us in; nothing is sent."""
    if not settings.smtp_url:
        advice = "To ask creators by e-mail too, set CHORUS_SMTP_URL: docs/asking.md."
        return Finding("mail", True, "none is sent: creators get links that people copy", advice)
    try:
        settings.mailer(usual="no-reply@localhost").check()
    except Unavailable as error:
        return Finding("mail", False, error.message, "Correct CHORUS_SMTP_URL; until then mail waits: docs/asking.md.")
    return Finding("mail", True, f"handed in at {urlsplit(settings.smtp_url).hostname}")


def _keys(keys: Sequence[str]) -> Finding:
    if len(set(keys)) < len(keys):
        return Finding("keys", False, "one is listed twice", "List each key once, the newest first.")
    if any(len(set(key)) < _FEWEST_LETTERS for key in keys):
        return Finding("keys", False, "one could be guessed", "Make one: head -c 32 /dev/urandom | base64")
    older = "" if len(keys) == 1 else f", and {len(keys) - 1} older that still count"
    return Finding("keys", bool(keys), f"one signs and seals{older}" if keys else "there is none")

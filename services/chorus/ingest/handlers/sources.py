"""Adding, changing and reading sources."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pydantic import SecretStr, ValidationError

from chorus.errors import Conflict, Invalid, NotFound
from chorus.ingest.domain.source import DAYS_SHOWN, Activity, Source, check_slug
from chorus.ingest.domain.text import clean_line
from chorus.ingest.domain.upload import UploadTerms, check_terms
from chorus.ingest.handlers.wording import settings_in_words
from chorus.ingest.ports import Connector, PolledConnector, Settings, Store, Vault

SIGNING_SECRET = "signing_secret"  # noqa: S105 -- the name under which it is sealed
# "Look now" asks for the newest posts again as well: it is how a curator checks that a deletion was noticed.
_ASKED_NOW = 100


@dataclass(frozen=True, slots=True)
class Connectors:
    """Every kind of source that there is, by name."""

    by_name: Mapping[str, Connector]

    def get(self, name: str) -> Connector:
        """Find a connector; Invalid where there is none."""
        if connector := self.by_name.get(name):
            return connector
        message = f"There is no connector {name!r}; there are: {', '.join(sorted(self.by_name))}."
        raise Invalid(message, fields={"connector": message})


@dataclass(frozen=True, slots=True)
class NewSource:
    """A source as it is asked for; `signing_secret` is used where the connector's senders sign."""

    brand: str
    source: str
    connector: str
    title: str
    settings: Mapping[str, Any]
    upload_terms: UploadTerms | None
    signing_secret: str


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What to change of a source; None leaves as it is. Secrets that are not given stay."""

    title: str | None = None
    settings: Mapping[str, Any] | None = None
    paused: bool | None = None
    upload_terms: UploadTerms | None = None


def create(store: Store, connectors: Connectors, vault: Vault, new: NewSource, *, now: datetime) -> Source:
    """Add a source. Invalid with the fields; Conflict `ALREADY_EXISTS`."""
    connector = connectors.get(new.connector)
    check_slug(new.source, "source")
    public, secret = _checked(connector, new.settings)
    _check_agreed(connector, new.upload_terms)
    signing = {SIGNING_SECRET: new.signing_secret} if connector.signed else {}
    source = Source(
        brand=new.brand,
        source=new.source,
        connector=connector.name,
        title=clean_line(new.title) or new.source,
        settings=public,
        created_at=now,
        sealed=_seal(vault, secret | signing),
        upload_terms=new.upload_terms,
        next_look_at=now if isinstance(connector, PolledConnector) else None,
    )
    if not store.add_source(source):
        message = f"The id {new.source!r} is taken, or was once: choose another."
        raise Conflict(message, reason="ALREADY_EXISTS")
    return source


def change(
    store: Store, connectors: Connectors, vault: Vault, source: Source, wanted: SourceChange, *, now: datetime
) -> Source:
    """Change a locked source. New settings start afresh: where the connector went on no longer counts."""
    connector = connectors.get(source.connector)
    changed = source
    if wanted.title is not None:
        changed = replace(changed, title=clean_line(wanted.title) or source.source)
    if wanted.upload_terms is not None:
        _check_agreed(connector, wanted.upload_terms)
        changed = replace(changed, upload_terms=wanted.upload_terms)
    if wanted.paused is not None:
        changed = replace(changed, paused=wanted.paused)
    if wanted.settings is not None:
        changed = _with_settings(connector, vault, changed, wanted.settings)
    if source.next_look_at is not None and (wanted.settings is not None or (source.paused and not changed.paused)):
        changed = replace(changed, next_look_at=now, failures=0, failing_since=None, last_error="")
    store.save_source(changed)
    return changed


def remove(store: Store, brand: str, source: str, *, now: datetime) -> None:
    """Delete a source; its posts stay. NotFound where there is none."""
    if not store.remove_source(brand, source, now):
        raise _unknown(source)


def look_now(store: Store, brand: str, source: str, *, now: datetime) -> Source:
    """Make a source due at once. NotFound; Conflict where it is not looked at, or paused."""
    found = get(store, brand, source, lock=True)
    if found.next_look_at is None or found.paused:
        message = "This source is paused." if found.paused else "Posts are sent to this source: it is not looked at."
        raise Conflict(message, reason="NOT_LOOKED_AT")
    due = replace(found, next_look_at=now)
    store.save_source(due)
    store.check_soon(brand, source, now, _ASKED_NOW)
    return due


def get(store: Store, brand: str, source: str, *, lock: bool = False) -> Source:
    """Read a source; NotFound where there is none."""
    if found := store.source(brand, source, lock=lock):
        return found
    raise _unknown(source)


def activity_of(store: Store, brand: str, sources: list[Source], *, now: datetime) -> dict[str, Activity]:
    """Count what each source brought."""
    since = now - timedelta(days=DAYS_SHOWN)
    found = store.activity(brand, [each.source for each in sources], since)
    return {each.source: found.get(each.source, Activity()) for each in sources}


def settings_of(connector: Connector, vault: Vault, source: Source) -> Settings:
    """Put a source's settings together with its secrets."""
    secrets = _unseal(vault, source)
    return connector.settings.model_validate(
        {**source.settings, **{k: v for k, v in secrets.items() if k != SIGNING_SECRET}}
    )


def signing_secret(vault: Vault, source: Source) -> str:
    """Read the secret that a source's sender signs with; empty where nobody signs."""
    return _unseal(vault, source).get(SIGNING_SECRET, "")


def _with_settings(connector: Connector, vault: Vault, source: Source, settings: Mapping[str, Any]) -> Source:
    kept = _unseal(vault, source)
    known = {name: value for name, value in kept.items() if name in connector.settings.model_fields}
    public, secret = _checked(connector, {**known, **settings})
    return replace(source, settings=public, sealed=_seal(vault, {**kept, **secret}), state={})


def _checked(connector: Connector, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Validate settings and part them into what may be shown and what must be encrypted."""
    try:
        valid = connector.settings.model_validate(_whole_numbers(settings))
    except ValidationError as error:
        message = "The settings cannot be taken as they are."
        raise Invalid(message, fields=settings_in_words(connector.settings, error)) from error
    secret = {k: v.get_secret_value() for k, v in valid if isinstance(v, SecretStr)}
    return {k: v for k, v in valid.model_dump(mode="json").items() if k not in secret}, secret


def _whole_numbers(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Undo what protobuf's Struct does to whole numbers: it knows only floats."""
    return {k: int(v) if isinstance(v, float) and v.is_integer() else v for k, v in settings.items()}


def _check_agreed(connector: Connector, terms: UploadTerms | None) -> None:
    if connector.agreed and terms is None:
        message = "Say what the uploader agrees to."
        raise Invalid(message, fields={"upload_terms": message})
    if terms is not None and not connector.agreed:
        message = "Only sources that people upload to have terms."
        raise Invalid(message, fields={"upload_terms": message})
    if terms is not None:
        check_terms(terms)


def _seal(vault: Vault, secrets: Mapping[str, str]) -> str:
    return vault.encrypt(json.dumps(dict(secrets))) if secrets else ""


def _unseal(vault: Vault, source: Source) -> dict[str, str]:
    return dict(json.loads(vault.decrypt(source.sealed))) if source.sealed else {}


def _unknown(source: str) -> NotFound:
    return NotFound(f"There is no source {source!r}.")

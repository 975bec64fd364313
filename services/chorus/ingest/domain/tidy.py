"""Brings reports into the form that is kept, whichever connector they come from."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from chorus.ingest.domain.post import MOST_ALT_TEXT, MOST_PICTURES, MOST_TEXT, Account, Picture, PostKey, Sighting
from chorus.ingest.domain.text import clean, clean_line, language_tag, tidy_hashtags, web_address

_MOST_ID = 500
# Nothing that we follow is older: a moment before it is a mistake, and some of those no database can hold.
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def tidied(report: Sighting, now: datetime) -> Sighting:
    """Clean every word, drop what is no web address, and keep each picture once; nothing happened after `now`."""
    pictures = {each.known_by: _picture(each) for each in report.pictures if web_address(each.url)}
    return replace(
        report,
        key=tidied_key(report.key),
        account=_account(report.account),
        text=clean(report.text, MOST_TEXT),
        posted_at=_moment(report.posted_at, now) or now,
        edited_at=_moment(report.edited_at, now),
        permalink=web_address(report.permalink),
        language=language_tag(report.language),
        hashtags=tidy_hashtags(report.hashtags),
        pictures=tuple(pictures.values())[:MOST_PICTURES],
        in_reply_to=tidied_key(report.in_reply_to) if report.in_reply_to else None,
    )


def tidied_key(key: PostKey) -> PostKey:
    """Keep a platform's id as it is; one that is too long for an index, by its hash."""
    return PostKey(clean_line(key.platform, 100), _fitting(key.id))


def _moment(said: datetime | None, now: datetime) -> datetime | None:
    return None if said is None or said < _EARLIEST else min(said, now)


def _account(account: Account) -> Account:
    return Account(
        clean_line(account.platform, 100),
        _fitting(account.id),
        clean_line(account.handle),
        clean_line(account.display_name),
        web_address(account.url),
    )


def _picture(picture: Picture) -> Picture:
    return Picture(web_address(picture.url), clean(picture.alt_text, MOST_ALT_TEXT), _fitting(picture.known_by))


def _fitting(value: str) -> str:
    line = clean_line(value, len(value))
    return line if len(line) <= _MOST_ID else f"sha256:{hashlib.sha256(line.encode()).hexdigest()}"

"""The rights board: in which column a post's card lies, and since when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.grant import Grant, GrantState
from chorus.rights.domain.request import Request, RequestState
from chorus.scope import Use

# A grant that ends within this time is "ending soon".
SOON = timedelta(days=30)


class Column(StrEnum):
    """The board's columns, in their order."""

    CLAIMED = "claimed"
    TO_ASK = "to_ask"
    ASKED = "asked"
    GRANTED = "granted"
    ENDING_SOON = "ending_soon"
    DECLINED = "declined"
    LAPSED = "lapsed"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a card lies: `ending_soon` is never kept, since the clock alone moves a card there (see `column_now`)."""

    column: Column
    at: datetime
    # When the grant that the card stands for ends, or by when a claim is to be answered.
    until: datetime | None = None
    # What the card stands for: the request, the grant, or both; neither where nobody was asked.
    request: str = ""
    grant: str = ""
    # On top of its column, since somebody waits for the brand.
    first: bool = False

    def column_now(self, now: datetime) -> Column:
        """Name the column at a time."""
        soon = self.column is Column.GRANTED and self.until is not None and self.until <= now + SOON
        return Column.ENDING_SOON if soon else self.column


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cards to show; each part that is set narrows. `asked_by` is a person, "policy", "upload" or "standing"."""

    uses: frozenset[Use] = frozenset()
    surface: str = ""
    creator: str = ""
    text: str = ""
    asked_by: str = ""


EVERY_CARD = Filter()


def place(dossier: Dossier) -> Place | None:
    """Tell where the post's card lies; None where it has none: nothing to ask, nothing asked.

    Whoever says that it is theirs is answered first, and the card goes on standing for what it stood for.
    """
    where, claim = _place(dossier), dossier.claim
    if claim is None or not claim.open:
        return where
    request, grant = (where.request, where.grant) if where else ("", "")
    return Place(Column.CLAIMED, claim.opened_at, claim.due_at, request, grant)


def _place(dossier: Dossier) -> Place | None:
    post = dossier.post
    if not post.withdrawn and dossier.open is not None:
        asked, said_yes = dossier.open, dossier.open.said_yes_at
        return Place(Column.ASKED, said_yes or asked.created_at, request=asked.request, first=said_yes is not None)
    if not post.withdrawn and (given := dossier.covering) is not None:
        return Place(Column.GRANTED, given.valid_from, given.valid_until, _asked_by(dossier, given), given.grant)
    closed = (each for each in dossier.requests if each.state in {RequestState.DECLINED, RequestState.LAPSED})
    history: list[Request | Grant] = [*closed, *dossier.grants]
    latest = max(history, key=_latest, default=None)
    if latest is not None and not _outgrown(dossier, latest):
        return _closed(dossier, latest)
    asked_for = post.known and post.approved_at is not None and not post.withdrawn
    return Place(Column.TO_ASK, post.approved_at) if asked_for and post.approved_at and not _awaited(dossier) else None


def _closed(dossier: Dossier, latest: Request | Grant) -> Place:
    """Place what is over. A question to which nobody could answer, since its post is gone, cannot be asked again."""
    if isinstance(latest, Grant):
        return Place(Column.ENDED, _since(latest), request=_asked_by(dossier, latest), grant=latest.grant)
    lapsed = Column.ENDED if dossier.post.withdrawn else Column.LAPSED
    column = Column.DECLINED if latest.state is RequestState.DECLINED else lapsed
    return Place(column, _since(latest), request=latest.request)


def _asked_by(dossier: Dossier, grant: Grant) -> str:
    """Name the question about this post that a grant answered; empty where none was asked."""
    return grant.request if dossier.request(grant.request) else ""


def _outgrown(dossier: Dossier, latest: Request | Grant) -> bool:
    """Tell whether what was given still runs, but for other pictures than those that are approved now."""
    return isinstance(latest, Grant) and latest.state is GrantState.ACTIVE and not dossier.post.withdrawn


def _awaited(dossier: Dossier) -> bool:
    """Tell whether consent has come with the upload and only waits for its picture."""
    return dossier.post.consent is not None and not dossier.consented


def _latest(each: Request | Grant) -> tuple[datetime, bool]:
    """Order what is over; a question that was closed together with what was taken down says less than that."""
    return _since(each), isinstance(each, Grant) and each.claimed


def _since(each: Request | Grant) -> datetime:
    if isinstance(each, Grant):
        return each.ended_at or each.valid_from
    return each.answered_at or (each.window_ends_at if each.state is RequestState.LAPSED else each.created_at)

"""The loop that asks for posts again, within a budget for each source."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any, cast

from chorus.errors import Exhausted, Invalid, Unavailable
from chorus.ingest.adapters.work import Workshop, until_stopped
from chorus.ingest.domain.post import Sighting
from chorus.ingest.domain.source import Source
from chorus.ingest.handlers import checks
from chorus.ingest.handlers.sources import settings_of
from chorus.ingest.ports import Check, Fetcher, LookError, PolledConnector, Presence, SourceKey
from chorus.platform import logs, telemetry
from chorus.platform.web import RateLimit

_PAUSE = 1.0
_SOURCES_A_ROUND = 20
_POSTS_A_ROUND = 10
_log = logs.logger(__name__)


class Checker:
    """Asks sources for posts that are due."""

    def __init__(self, work: Workshop, fetcher: Fetcher, *, rate: str, gap: timedelta) -> None:
        """`rate` is the budget of each source, for example "60/minute"; `gap` how far apart two misses must be."""
        self._work = work
        self._fetcher = fetcher
        self._budget = RateLimit(rate)
        self._spent: dict[SourceKey, datetime] = {}
        self._gap = gap

    def run(self, stop: threading.Event) -> None:
        """Ask for what is due until told to stop."""
        until_stopped(stop, _PAUSE, self.ask_round)

    def ask_round(self) -> bool:
        """Ask each source that has posts due for a few of them; False where nothing was asked.

        A source whose budget is used up is left out until it has one again, so that others are not kept waiting.
        """
        now = self._work.now()
        self._spent = {source: until for source, until in self._spent.items() if until > now}
        with self._work.store() as store:
            sources = store.sources_to_ask(now, _SOURCES_A_ROUND, without=self._spent)
        return sum(self._ask_source(each) for each in sources) > 0

    def _ask_source(self, source: Source) -> int:
        """Ask for some posts of a source, as far as its budget goes; answers how many."""
        for asked in range(_POSTS_A_ROUND):
            try:
                self._budget.check(f"{source.brand}/{source.source}")
            except Exhausted as error:
                wait = timedelta(seconds=error.retry_after or 1)
                self._spent[source.brand, source.source] = self._work.now() + wait
                return asked
            with self._work.store() as store:
                due = checks.claim(store, source, now=self._work.now(), budget=1)
            if not due:
                return asked
            with telemetry.span("ask again", attributes={"chorus.connector": source.connector}):
                self._take_in(source, due[0], self._answer(source, due[0]))
        return _POSTS_A_ROUND

    def _answer(self, source: Source, check: Check) -> Sighting | Presence:
        try:
            connector = cast("PolledConnector[Any]", self._work.connectors.get(source.connector))
            settings = settings_of(connector, self._work.vault, source)
            return connector.ask(settings, check.asked_for, self._fetcher)
        except (LookError, Invalid, Unavailable):
            return Presence.UNKNOWN
        except Exception:  # noqa: BLE001 -- a connector's fault concerns its own source; the others go on
            _log.exception("asking again failed", connector=source.connector)
            return Presence.UNKNOWN

    def _take_in(self, source: Source, check: Check, answer: Sighting | Presence) -> None:
        work = self._work
        rhythm = checks.Rhythm(work.chance(), self._gap)
        with work.store() as store:
            checks.answered(store, source, check, answer, now=work.now(), new_id=work.new_id, rhythm=rhythm)

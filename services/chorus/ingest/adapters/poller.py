"""The loop that looks at sources. Each look is a trace of its own, which all that it captures goes back to."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any, cast

from chorus.errors import Invalid, Unavailable
from chorus.ingest.adapters.work import Workshop, until_stopped
from chorus.ingest.domain.source import Source
from chorus.ingest.handlers import looks
from chorus.ingest.handlers.sources import settings_of
from chorus.ingest.ports import Fetcher, Look, LookError, PolledConnector, PolledSettings
from chorus.platform import logs, telemetry

_PAUSE = 0.5
_log = logs.logger(__name__)


class Poller:
    """Looks at one source after the other; several may run side by side, in one process or in many."""

    def __init__(self, work: Workshop, fetcher: Fetcher) -> None:
        """Look through `fetcher`."""
        self._work = work
        self._fetcher = fetcher

    def run(self, stop: threading.Event) -> None:
        """Look at what is due until told to stop."""
        until_stopped(stop, _PAUSE, self.look_at_next)

    def look_at_next(self) -> bool:
        """Look at the source that is longest due; False where none is."""
        with self._work.store() as store:
            due = looks.claim(store, now=self._work.now(), limit=1)
        for source in due:
            with telemetry.span("look", attributes={"chorus.connector": source.connector}):
                self._look(source)
        return bool(due)

    def _look(self, source: Source) -> None:
        settings = PolledSettings()
        try:
            connector = cast("PolledConnector[Any]", self._work.connectors.get(source.connector))
            settings = cast("PolledSettings", settings_of(connector, self._work.vault, source))
            self._found(source, settings, connector.look(settings, source.state, self._fetcher))
        except LookError as error:
            self._failed(source, settings, str(error), error.retry_after)
        except (Invalid, Unavailable) as error:
            self._failed(source, settings, error.message, None)
        except Exception as error:  # noqa: BLE001 -- a fault in what one source says must not stop the others
            _log.exception("look failed", connector=source.connector)
            self._failed(source, settings, f"This could not be read ({type(error).__name__}).", None)

    def _found(self, source: Source, settings: PolledSettings, look: Look) -> None:
        work = self._work
        with work.store() as store:
            looks.found(store, source, settings, look, now=work.now(), new_id=work.new_id, chance=work.chance())

    def _failed(self, source: Source, settings: PolledSettings, message: str, retry_after: timedelta | None) -> None:
        work = self._work
        with work.store() as store:
            failure = looks.Failure(message, retry_after)
            looks.failed(store, source, settings, failure, now=work.now(), chance=work.chance())

"""The loop that brings pictures in: fetched through the guard, read in the sandbox, stored, told of."""

from __future__ import annotations

import threading
from datetime import timedelta

from chorus.errors import Exhausted, Unavailable
from chorus.ingest.adapters.work import Workshop, until_stopped
from chorus.ingest.domain.media import PendingMedia
from chorus.ingest.domain.picture import MediaRefused
from chorus.ingest.handlers import media
from chorus.ingest.ports import Decoder, Fetcher, PrivateArea
from chorus.platform import logs, telemetry
from chorus.platform.fetch import FetchFailed, FetchRefused

MAX_BYTES = 25_000_000
_PAUSE = 0.25
_OUR_FAULT = timedelta(seconds=30)
_OK = 200
# These may pass: a server that is busy, or restarts. Any other answer will be the same next time.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_log = logs.logger(__name__)


class _NotAPictureError(Exception):
    """The server answered, and not with a picture."""


class MediaFetcher:
    """Fetches one picture after the other; several may run side by side, in one process or in many."""

    def __init__(self, work: Workshop, fetcher: Fetcher, decoder: Decoder, area: PrivateArea, quota: int) -> None:
        """Store into `area`, at most `quota` bytes for each brand."""
        self._work = work
        self._fetcher = fetcher
        self._decoder = decoder
        self._area = area
        self._quota = quota

    def run(self, stop: threading.Event) -> None:
        """Fetch what is due until told to stop."""
        until_stopped(stop, _PAUSE, self.fetch_next)

    def fetch_next(self) -> bool:
        """Bring in the picture that is longest due; False where none is."""
        with self._work.store() as store:
            due = media.claim(store, now=self._work.now(), limit=1)
        for pending in due:
            with telemetry.span("fetch media"):
                self._bring_in(pending)
        return bool(due)

    def _bring_in(self, pending: PendingMedia) -> None:
        try:
            self._store(pending, self._fetched(pending.url))
        except (FetchRefused, MediaRefused) as error:
            self._give_up(pending, error.message)
        except _NotAPictureError as error:
            self._give_up(pending, str(error))
        except Exhausted as error:
            self._give_up(pending, error.message)
        except FetchFailed as error:
            self._try_later(pending, f"The picture could not be fetched: {error.message}")
        except Unavailable as error:
            # The database, the object store or the decoder: no fault of the picture, so the try does not count.
            _log.warning("picture waits", reason=error.reason)
            with self._work.store() as store:
                store.postpone(pending.media, self._work.now() + _OUR_FAULT, uncounted=True)
        except Exception:  # noqa: BLE001 -- one picture that nobody foresaw must not stop the others, nor come back for ever
            _log.exception("picture failed")
            self._try_later(pending, "Something went wrong inside Chorus with this picture.")

    def _fetched(self, url: str) -> bytes:
        answer = self._fetcher.fetch(url, max_bytes=MAX_BYTES, accept="image/*")
        if answer.status == _OK:
            return answer.body
        message = f"the server answered {answer.status}."
        if answer.status in _PASSING:
            raise FetchFailed(message)
        raise _NotAPictureError(f"The picture could not be fetched: {message} Look at the post at its source.")

    def _store(self, pending: PendingMedia, original: bytes) -> None:
        work = self._work
        decoded = self._decoder.decode(original)
        picture = media.read_picture(pending.brand, pending.media, original, decoded)
        with work.store() as store:
            media.claim_space(store, pending.brand, pending.media, picture, quota=self._quota, now=work.now())
        media.put_objects(self._area, pending.brand, picture)
        with work.store() as store:
            media.ready(store, pending, picture.details, now=work.now())

    def _give_up(self, pending: PendingMedia, message: str) -> None:
        with self._work.store() as store:
            media.failed_for_good(store, pending, message, now=self._work.now())

    def _try_later(self, pending: PendingMedia, message: str) -> None:
        with self._work.store() as store:
            media.failed_for_now(store, pending, message, now=self._work.now(), chance=self._work.chance())

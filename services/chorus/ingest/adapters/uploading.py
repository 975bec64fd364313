"""Takes an upload: limited, checked, read and stored inside its own request, so that a bad file is refused there."""

from __future__ import annotations

import json
import threading
from dataclasses import astuple, dataclass
from hashlib import sha256

from chorus.errors import Exhausted, Invalid, TooLarge, Unavailable
from chorus.ingest.adapters.work import Workshop
from chorus.ingest.domain.picture import Decoded, MediaRefused
from chorus.ingest.domain.upload import Upload, check_key, check_upload
from chorus.ingest.handlers import media, uploads
from chorus.ingest.handlers.uploads import Accepted, NewUpload
from chorus.ingest.ports import Decoder, PrivateArea
from chorus.platform.secrets import new_secret, sha256_hex
from chorus.platform.web import RateLimit, network_of

MAX_BYTES = 25_000_000
# Half of the threads that serve rpcs: whatever is uploaded, everybody else is answered.
_MOST_AT_ONCE = 4
# Well below an rpc's deadline.
_WAIT_SECONDS = 4.0
_COME_BACK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it was sent. `source` and `request_id` may be empty; `client_address` is for the rate limit only."""

    brand: str
    source: str
    upload: Upload
    photo: bytes
    consent: bool
    terms_sha256: str
    request_id: str
    client_address: str

    def form_sha256(self) -> str:
        """Hash all that the form said; who sends it, and under which key, is not part of it."""
        said = [self.brand, self.source, *astuple(self.upload), sha256(self.photo).hexdigest()]
        return sha256_hex(json.dumps([*said, self.consent, self.terms_sha256]))


class Uploading:
    """Everything that an upload needs."""

    def __init__(self, work: Workshop, decoder: Decoder, area: PrivateArea, *, quota: int, rate: str) -> None:
        """Store into `area`, at most `quota` bytes for each brand, at most `rate` uploads for each address."""
        self._work = work
        self._decoder = decoder
        self._area = area
        self._quota = quota
        self._limit = RateLimit(rate)
        self._turns = threading.BoundedSemaphore(_MOST_AT_ONCE)
        self._agreed = frozenset(each.name for each in work.connectors.by_name.values() if each.agreed)

    def take(self, sent: Sent) -> Accepted:
        """Take an upload. Sending the same form again answers as the first time. Exhausted where too many send."""
        self._limit.check(sha256_hex(network_of(sent.client_address)))
        check_key(sent.request_id)
        if not self._turns.acquire(blocking=False):
            raise _busy()
        try:
            return self._take(sent)
        finally:
            self._turns.release()

    def _take(self, sent: Sent) -> Accepted:
        work, key, form = self._work, sent.request_id, sent.form_sha256()
        with work.store() as store:
            source, terms = uploads.upload_source(store, sent.brand, sent.source, agreed=self._agreed)
            if key and (before := uploads.taken_before(store, work.vault, sent.brand, key, form)):
                return before
        shown = terms.shown_as(sent.terms_sha256)
        upload = check_upload(sent.upload, consent=sent.consent, terms_sha256=sent.terms_sha256, wanted=shown.terms)
        link = new_secret()
        new = NewUpload(work.new_id(), work.new_id(), key, form, upload, link, sha256_hex(link))
        picture = media.read_picture(sent.brand, new.media, sent.photo, self._decoded(sent.photo))
        with work.store() as store:
            media.claim_space(store, sent.brand, new.media, picture, quota=self._quota, now=work.now())
        media.put_objects(self._area, sent.brand, picture)
        with work.store() as store:
            return uploads.accept(store, work.vault, source, shown, new, picture.details, now=work.now())

    def _decoded(self, photo: bytes) -> Decoded:
        """Read the picture; what is wrong with it is said of the form's field."""
        if len(photo) > MAX_BYTES:
            message = f"The picture has more than {MAX_BYTES // 1_000_000} MB: choose a smaller one."
            raise TooLarge(message)
        try:
            return self._decoder.decode(photo, wait=_WAIT_SECONDS)
        except MediaRefused as error:
            raise Invalid(error.message, fields={"photo": error.message}, reason=error.reason) from error
        except Unavailable as error:
            if error.reason != "MEDIA_BUSY":
                raise
            raise _busy() from error


def _busy() -> Exhausted:
    """Say so at once: a caller that waits, or is tried again for by gRPC, would make it worse."""
    message = "Many pictures are being sent just now: try again in a few seconds."
    return Exhausted(message, retry_after=_COME_BACK_SECONDS, reason="BUSY")

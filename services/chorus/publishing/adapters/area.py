"""The public area: renditions that anybody may fetch, made from private previews and removed again."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from chorus.platform.objects import ObjectStore
from chorus.publishing.adapters.content_signer import ContentSigner
from chorus.publishing.domain.labels import Labels
from chorus.publishing.domain.packet import packet
from chorus.publishing.domain.shown import Copy
from chorus.publishing.domain.stamp import stamp

# A picture has six renditions: enough at a time that an S3 store's delays lie side by side.
_AT_ONCE = 6
# A shared cache that reads the area itself may keep a rendition no longer than a reader here says.
_CACHE_CONTROL = "public, max-age=10"


class ObjectArea:
    """Implements `ports.PublicArea` on two object stores."""

    def __init__(self, private: ObjectStore, public: ObjectStore, signer: ContentSigner) -> None:
        """Read from one store, write to the other."""
        self._private = private
        self._public = public
        self._signer = signer
        self._pool = ThreadPoolExecutor(_AT_ONCE, "area")

    def publish(self, prefix: str, copies: Iterable[Copy], labels: Labels) -> dict[str, int]:
        """Copy, stamp and sign, several at a time."""
        return dict(self._pool.map(partial(self._publish, prefix, labels), copies))

    def clear(self, prefix: str) -> None:
        """Delete what is listed."""
        for key in list(self._public.list(prefix)):
            self._public.delete(key)

    def has(self, key: str) -> bool:
        """Tell whether a rendition is there."""
        return self._public.exists(key)

    def files(self) -> Iterable[str]:
        """Name every key of the area."""
        return self._public.list("public/")

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown(cancel_futures=True)

    def _publish(self, prefix: str, labels: Labels, copy: Copy) -> tuple[str, int]:
        preview = self._private.get(copy.source)
        stamped = stamp(preview.data, copy.content_type, packet(labels, copy.source_type))
        if copy.signed:
            stamped = self._signer.sign(stamped, copy, labels)
        self._public.put(prefix + copy.file, stamped, copy.content_type, cache_control=_CACHE_CONTROL)
        return copy.file, len(stamped)

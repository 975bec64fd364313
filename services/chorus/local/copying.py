"""Copying objects from one store to another, many at a time, going on where an earlier copy ended."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from chorus.errors import NotFound
from chorus.platform.objects import ObjectStore

# What is being done, how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]
_AT_ONCE = 8


def copy_objects(source: ObjectStore, target: ObjectStore, what: str, progress: Progress) -> int:
    """Copy what `target` lacks; answers how many objects `source` has. One that is removed meanwhile is left out.

    What lies there already is the same: the key of an original names its content, and previews are made once.
    """
    keys = list(source.list())
    progress(what, 0, len(keys))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, _ in enumerate(pool.map(lambda key: _copy(source, target, key), keys), 1):
            progress(what, done, len(keys))
    return len(keys)


def _copy(source: ObjectStore, target: ObjectStore, key: str) -> None:
    if target.exists(key):
        return
    try:
        found = source.get(key)
    except NotFound:
        return
    target.put(key, found.data, found.content_type)

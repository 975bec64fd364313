"""Extensions found by name: a module of a folder is one, and so is an entry point of another distribution."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from importlib.metadata import entry_points
from typing import Protocol, TypeVar


class Named(Protocol):
    """What every extension has: the name by which it is asked for."""

    @property
    def name(self) -> str:
        """Unique among the extensions of its kind."""


N = TypeVar("N", bound=Named)


def discover(package: str, attribute: str, group: str, kind: type[N]) -> dict[str, N]:
    """Find every extension of a kind, by name.

    Those are the `attribute` of each module of `package` (modules that start with an underscore are helpers), and what
    the entry points of `group` name. Raises `TypeError` where what is found is no such extension,
    `LookupError` where two have the same name.
    """
    found: dict[str, N] = {}
    for where, extension in [*_built_in(package, attribute), *_installed(group)]:
        if not isinstance(extension, kind):
            message = f"{where} is no {kind.__name__}"
            raise TypeError(message)
        if extension.name in found:
            message = f"{where} has the name {extension.name!r}, which another one has already"
            raise LookupError(message)
        found[extension.name] = extension
    return found


def _built_in(package: str, attribute: str) -> Iterable[tuple[str, object]]:
    folder = importlib.import_module(package)
    for module in pkgutil.iter_modules(folder.__path__, f"{package}."):
        if not module.name.rpartition(".")[2].startswith("_"):
            yield module.name, getattr(importlib.import_module(module.name), attribute, None)


def _installed(group: str) -> Iterable[tuple[str, object]]:
    for point in entry_points(group=group):
        yield point.value, point.load()

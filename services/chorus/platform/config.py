"""Configuration: the environment, read once at wiring, into frozen settings.

Each field `name` of a settings class is read from `CHORUS_NAME`, or from the file that `CHORUS_NAME_FILE` names
(a secret mounted as a file). Every missing or bad value is named at once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

PREFIX = "CHORUS_"
S = TypeVar("S", bound="Settings")


def _split(value: object) -> object:
    """Read a list as people write it into an environment: by commas or lines, blanks ignored."""
    if not isinstance(value, str):
        return value
    return tuple(part.strip() for part in value.replace("\n", ",").split(",") if part.strip())


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Key = Annotated[str, Field(min_length=32)]
SecretKeys = Annotated[tuple[Key, ...], BeforeValidator(_split), Field(min_length=1)]
Url = Annotated[str, Field(pattern=r"^[a-z][a-z0-9+]*://")]


class ConfigError(Exception):
    """The environment does not say what is needed; `problems` maps each variable to what is wrong with it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep the problems and put them into one readable message."""
        self.problems = dict(problems)
        lines = "\n".join(f"  {name}: {problem}" for name, problem in problems.items())
        super().__init__(f"The configuration is not complete:\n{lines}")


class Settings(BaseModel):
    """Base of all settings."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ProcessSettings(Settings):
    """What every process of Chorus needs: doors and services alike.

    `public_url` is the origin of creators' pages, feeds and media; `console_url` that of the console, another origin.
    `secret_key` lists keys, the newest first: the first signs and encrypts, all verify and decrypt.
    `linger` is for how many seconds a process that was told to end goes on serving while it says that it is not ready.
    """

    secret_key: SecretKeys
    public_url: Url
    console_url: Url
    http_listen: str = "127.0.0.1:0"
    trust_proxy: bool = False
    linger: int = Field(default=0, ge=0, le=60)


class DatabaseSettings(Settings):
    """A service's database, as who serves signs in to it, and as who owns it does: empty where that is the same."""

    database_url: Url
    database_owner_url: Url = ""


class ServiceSettings(ProcessSettings, DatabaseSettings):
    """What every service needs. `events_owner_url` is who owns the event log, where that is in a database."""

    events_url: Url
    events_owner_url: Url = ""
    events_prefix: str = ""
    grpc_listen: str = "127.0.0.1:0"
    roles: Words = ("migrate", "serve", "relay", "consume")


def load(kind: type[S], environ: Mapping[str, str] | None = None) -> S:
    """Read settings of a kind from the environment; ConfigError names every missing or bad variable at once."""
    source = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name in kind.model_fields:
        _read(name, source, values, problems)
    try:
        settings = kind.model_validate(values)
    except ValidationError as error:
        problems = _described(error) | problems
    if problems:
        raise ConfigError(problems)
    return settings


def variable(field: str) -> str:
    """Name the environment variable of a settings field."""
    return PREFIX + field.upper()


def _read(field: str, source: Mapping[str, str], values: dict[str, Any], problems: dict[str, str]) -> None:
    name = variable(field)
    if path := source.get(f"{name}_FILE"):
        try:
            values[field] = Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            problems[f"{name}_FILE"] = f"cannot be read: {error.strerror}"
    elif value := source.get(name):
        values[field] = value


def _described(error: ValidationError) -> dict[str, str]:
    """Turn pydantic's findings into one sentence for each variable; secrets' values are never repeated."""
    problems = {}
    for finding in error.errors(include_input=False, include_url=False):
        missing = finding["type"] == "missing"
        problems[variable(str(finding["loc"][0]))] = "is not set" if missing else finding["msg"]
    return problems

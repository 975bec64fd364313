"""Mutants: messages with values that nobody expects, and bytes that are none. One `random.Random` makes them again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from google.protobuf.descriptor import FieldDescriptor as Field
from google.protobuf.message import Message

from chorus.platform import paging
from tests.picture_files import encoded, scene

_WORDS = (
    "", " ", "\x00", "a\x00b", "x" * 5_000, "🙂" * 300, "\u202e\ufeff\u0000", "\r\n\r\n", "'; DROP TABLE posts; --",
    "%s%d{0}", "../../etc/passwd", "<script>alert(1)</script>", "NaN", "-1", "1e999", "http://[::1", "javascript:1",
    "urn:uuid:0", "a@b", "@", "[" * 2_000, "\udbff".encode("utf-16", "surrogatepass").decode("utf-16", "ignore"), "ß",
)  # fmt: skip
_TOKENS = (
    paging.encode(""), paging.encode(-1), paging.encode(2**63 - 1), paging.encode(10**30), paging.encode("\x00"),
    paging.encode("\x00", "\x00"), paging.encode("x", "x", "x"), paging.encode(1e308), paging.encode("2026-01-01", "x"),
    paging.encode("9999-12-31T23:59:59+00:00", "x"), paging.encode("0001-01-01T00:00:00+14:00", "x"), "AAAA", "====",
    paging.encode("2026-01-01T00:00:00+00:00", "\x00"), paging.encode(float("nan"), "x"), "WzFd" * 9_000,
    "W1tb" * 20_000, paging.encode("\ud800"), paging.encode("\ud800", "\ud800"),
    paging.encode("2026-01-01T00:00:00+00:00", "\ud800"),
)  # fmt: skip
_WHOLE = (0, 1, -1, 2, 99, 100, 101, 2**31 - 1, -(2**31))
_FLOATS = (0.0, 0.5, -1.0, 1e38, float("inf"), float("-inf"), float("nan"))
_MOMENTS = (0, 1, -1, 2**62, -(2**62), 253402300799, 253402300800, -62135596800, -62135596801)
_PHOTO = encoded(scene(32, 24), "JPEG")


class Mutants:
    """Makes mutants; the same chance makes the same ones."""

    def __init__(self, chance: random.Random, known: Sequence[str]) -> None:
        """`known` are names and ids that there are, so that what lies behind the first check is reached too."""
        self._chance = chance
        self._known = [*known]

    def message(self, message: Message) -> Message:
        """Fill a message; about a third of the fields stay as they are."""
        for field in message.DESCRIPTOR.fields:
            if self._chance.random() < 0.7:
                self._fill(message, field)
        return message

    def spoilt(self, sent: bytes) -> bytes:
        """Flip, cut, repeat or insert bytes; some are noise from the first one on."""
        chance = self._chance
        if not sent or chance.random() < 0.2:
            return chance.randbytes(chance.randrange(200))
        at, many = chance.randrange(len(sent)), chance.randrange(1, 20)
        forms: list[Callable[[], bytes]] = [
            lambda: sent[:at] + bytes([sent[at] ^ 1 << chance.randrange(8)]) + sent[at + 1 :],
            lambda: sent[:at],
            lambda: sent[:at] + sent[at : at + many] * many + sent[at + many :],
            lambda: sent[:at] + chance.randbytes(many) + sent[at:],
            lambda: sent[:at] + sent[at + many :],
        ]
        return chance.choice(forms)()

    def json(self, said: Any) -> Any:  # noqa: ANN401 -- any JSON
        """Change values of a JSON document, at any depth, into others of any kind."""
        if self._chance.random() < 0.15:
            return self._chance.choice(
                [None, [], {}, "", 0, -1, 1e308, True, "x" * 5_000, [[]], {"": None}, "\ud800", "\x00", 10**400]
            )
        if isinstance(said, dict):
            return {key: self.json(value) for key, value in said.items() if self._chance.random() < 0.95}
        if isinstance(said, list):
            return [self.json(each) for each in said] * self._chance.choice([1, 1, 1, 1, 0, 2])
        return said

    def written(self, said: Any) -> bytes:  # noqa: ANN401 -- any JSON
        """Write a changed JSON document, now and then with its bytes changed as well."""
        text = json.dumps(self.json(said)).encode()
        return self.spoilt(text) if self._chance.random() < 0.3 else text

    def word(self, name: str) -> str:
        """Choose a text for a field of this name."""
        if name == "page_token":
            return self._chance.choice(_TOKENS)
        if self._chance.random() < 0.5:
            return self._chance.choice(self._known)
        return self._chance.choice(_WORDS)

    def _fill(self, message: Message, field: Any) -> None:  # noqa: ANN401 -- a descriptor
        if not field.is_repeated:
            self._set(message, field)
        elif field.message_type:
            for _ in range(self._chance.choice([1, 2, 101])):
                self._inner(getattr(message, field.name).add())
        else:
            getattr(message, field.name).extend(self._value(field) for _ in range(self._chance.choice([1, 2, 101])))

    def _set(self, message: Message, field: Any) -> None:  # noqa: ANN401 -- a descriptor
        if field.message_type:
            self._inner(getattr(message, field.name))
        else:
            setattr(message, field.name, self._value(field))

    def _inner(self, message: Any) -> None:  # noqa: ANN401 -- any message
        name = message.DESCRIPTOR.full_name
        if name == "google.protobuf.Timestamp":
            message.seconds, message.nanos = self._chance.choice(_MOMENTS), self._chance.choice([0, -1, 2**31 - 1])
        elif name == "google.protobuf.Struct":
            self._struct(message)
        else:
            message.SetInParent()
            self.message(message)

    def _struct(self, struct: Any) -> None:  # noqa: ANN401 -- a Struct
        chance, some = self._chance, ["server", "hashtag", "every_seconds", "language", "\x00", "x" * 999]
        values: list[Any] = [None, True, 1e308, float("inf"), [[]], {"a": {"b": {}}}, *_WORDS]
        said = {key: chance.choice(values) for key in chance.sample(some, 3)} | {"url": "https://nobody.invalid"}
        struct.update(said)

    def _value(self, field: Any) -> Any:  # noqa: ANN401 -- whatever the field holds
        chance = self._chance
        ways: dict[int, Callable[[], Any]] = {
            Field.CPPTYPE_STRING: lambda: self._text(field),
            Field.CPPTYPE_BOOL: lambda: chance.random() < 0.5,
            Field.CPPTYPE_ENUM: lambda: chance.choice([0, 1, 2, 3, 99, -1]),
            Field.CPPTYPE_INT32: lambda: chance.choice(_WHOLE),
            Field.CPPTYPE_INT64: lambda: chance.choice([*_WHOLE, 2**63 - 1, -(2**63)]),
            Field.CPPTYPE_FLOAT: lambda: chance.choice(_FLOATS),
            Field.CPPTYPE_DOUBLE: lambda: chance.choice(_FLOATS),
        }
        return ways[field.cpp_type]()

    def _text(self, field: Any) -> str | bytes:  # noqa: ANN401 -- a descriptor
        if field.type == Field.TYPE_BYTES:
            return self.spoilt(_PHOTO)
        return self.word(field.name)

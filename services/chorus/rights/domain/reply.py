"""Answering in public: what a brand posts under somebody's post, and how the creator's own account says yes to it.

A text for the public never holds a link that could grant anything: whoever reads it could press it. It holds a code, or
a hashtag, that counts for nothing but from the account that is asked, and then only as a sign to send the link.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from chorus.errors import Invalid
from chorus.rights.domain.dossier import Dossier
from chorus.rights.domain.post import Account
from chorus.rights.domain.request import Request
from chorus.rights.domain.words import fill

# None that could be taken for another.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH = 6
HASHTAG = re.compile(r"#\w{2,60}")
VARIABLES = ("creator", "brand", "hashtag", "code")
DEFAULT_REPLY = (
    "{creator} We love this! May {brand} show it? If you like the idea, reply with {hashtag} {code}, and we send you a "
    "link that says where and for how long."
)
_SIGN = "{hashtag} {code}"
_VARIABLE = re.compile(r"\{(\w*)\}")
# An address, or a creator's link without its beginning.
_ADDRESS = re.compile(r"(?i)https?:|www\.|/r/[\w-]{20,}")


@dataclass(frozen=True, slots=True)
class Said:
    """What an account has said in a post, from `at` on, and what it said there `before`.

    `answers` is our id of the post that this one replies to, where that is known.
    """

    brand: str
    post: str
    account: Account
    text: str
    at: datetime
    before: str = ""
    answers: str = ""


def spaced(letters: str) -> str:
    """Write a code as people read it: "7KQ-F2M"."""
    half = CODE_LENGTH // 2
    return f"{letters[:half]}-{letters[half:]}"


def usual_hashtag(brand_name: str, brand: str) -> str:
    """Make a brand's hashtag of its name: "#yesLumen"."""
    letters = "".join(letter for letter in brand_name if letter.isalnum())
    return f"#yes{letters[:50] or brand.replace('-', '')}"


def reply_text(message: str, values: Mapping[str, str]) -> str:
    """Fill in a text for the public; a code that its words do not hold goes to their end."""
    signed = message if "{code}" in message else f"{message}\n\n{_SIGN}"
    return fill(signed, {name: values[name] for name in VARIABLES})


def reply_problem(message: str) -> str:
    """Say what is wrong with a text for the public; empty where nothing is."""
    if "{link}" in message or _ADDRESS.search(message):
        return "A text for the public holds no link: whoever reads it could answer for the creator."
    unknown = next((name for name in _VARIABLE.findall(message) if name not in VARIABLES), None)
    known = "only {creator}, {brand}, {hashtag} and {code}"
    return "" if unknown is None else f"Nobody fills in {{{unknown}}}: {known}."


def check_reply(message: str) -> None:
    """Raise `Invalid` where a text may not be posted in public."""
    if problem := reply_problem(message):
        raise Invalid(problem, fields={"message": problem})


def meant(said: Said, asked: Sequence[Dossier], hashtag: str) -> Iterator[Request]:
    """Tell to which of the open questions put to this account it has said yes; `asked` are the dossiers of all of them.

    The code names its question. The hashtag names none: it counts where there is but one, or under the post itself, and
    only where it was said after the question was put.
    """
    same = [each for each in asked if _same(each.post.account, said.account)]
    open_ = [(each.post.post, each.open) for each in same if each.open is not None and not each.open.said_yes_at]
    named = [request for _, request in open_ if request.code and _new(said, _code(request.code))]
    if named or not _new(said, _tag(hashtag)):
        yield from named
        return
    later = [(post, request) for post, request in open_ if request.created_at <= said.at]
    replied = [request for post, request in later if post == said.answers]
    yield from replied or [request for _, request in later if len(open_) == 1]


def _same(one: Account, other: Account) -> bool:
    return bool(one.id) and (one.platform, one.id) == (other.platform, other.id)


def _new(said: Said, sign: re.Pattern[str]) -> bool:
    return bool(sign.search(_plain(said.text))) and not sign.search(_plain(said.before))


def _code(code: str) -> re.Pattern[str]:
    """Find a code however its halves are joined, and never within a longer word."""
    first, second = _plain(code).split("-")
    return re.compile(rf"(?<![^\W_]){first}[\W_]{{0,3}}{second}(?![^\W_])")


def _tag(hashtag: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(_plain(hashtag))}(?!\w)")


def _plain(text: str) -> str:
    """Take from a text what people do not see: letters' size and width, how marks are composed, what has no width."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")

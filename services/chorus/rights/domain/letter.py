"""What a creator reads in an e-mail: the brand's own words, and around them ours, in the language of the terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from types import MappingProxyType

from babel import Locale, UnknownLocaleError
from babel.dates import format_skeleton

from chorus.rights.domain.words import filled

_MOST_EXCERPT = 60


@dataclass(frozen=True, slots=True)
class Frame:
    """Our own sentences in one language."""

    ask: str
    ask_many: str
    reminder: str
    remembering: str
    open_until: str
    yours: str
    stop: str
    untitled: str
    direction: str = "ltr"


# {brand} is the brand's name, {day} a day in full.
FRAMES: Mapping[str, Frame] = MappingProxyType(
    {
        "en": Frame(
            ask="{brand} would like to show your post",
            ask_many="{brand} would like to show your posts",
            reminder="A reminder: {brand} would like to show your post",
            remembering="We wrote to you on {day}, and this is a reminder. If you do nothing, nothing is shown.",
            open_until="There is no hurry: you can answer until {day}. If you do nothing, nothing is shown.",
            yours="A link here is yours alone: whoever has it can answer for you.",
            stop="You do not want to be asked? Say so here, and we will not ask again:",
            untitled="your post",
        ),
        "de": Frame(
            ask="{brand} möchte deinen Beitrag zeigen",
            ask_many="{brand} möchte deine Beiträge zeigen",
            reminder="Zur Erinnerung: {brand} möchte deinen Beitrag zeigen",
            remembering=(
                "Wir haben dir am {day} geschrieben und erinnern dich hiermit daran. Wenn du nichts tust, wird nichts "
                "gezeigt."
            ),
            open_until="Es eilt nicht: Du kannst bis {day} antworten. Wenn du nichts tust, wird nichts gezeigt.",
            yours="Ein Link hier gehört dir allein: Wer ihn hat, kann für dich antworten.",
            stop="Du möchtest nicht gefragt werden? Sag es hier, und wir fragen nicht wieder:",
            untitled="dein Beitrag",
        ),
        "fr": Frame(
            ask="{brand} aimerait montrer votre publication",
            ask_many="{brand} aimerait montrer vos publications",
            reminder="Rappel : {brand} aimerait montrer votre publication",
            remembering=(
                "Nous vous avons écrit le {day}, et ceci est un rappel. Si vous ne faites rien, rien n’est montré."
            ),
            open_until=(
                "Rien ne presse : vous pouvez répondre jusqu’au {day}. Si vous ne faites rien, rien n’est montré."
            ),
            yours="Un lien donné ici n’est qu’à vous : quiconque l’a peut répondre à votre place.",
            stop=("Vous ne voulez pas qu’on vous demande ? Dites-le ici, et nous ne vous demanderons plus :"),
            untitled="votre publication",
        ),
        "es": Frame(
            ask="A {brand} le gustaría mostrar tu publicación",
            ask_many="A {brand} le gustaría mostrar tus publicaciones",
            reminder="Recordatorio: a {brand} le gustaría mostrar tu publicación",
            remembering="Te escribimos el {day}, y esto es un recordatorio. Si no haces nada, no se muestra nada.",
            open_until="No hay prisa: puedes responder hasta el {day}. Si no haces nada, no se muestra nada.",
            yours="Un enlace de aquí es solo tuyo: quien lo tenga puede responder por ti.",
            stop="¿No quieres que te pregunten? Dilo aquí, y no volveremos a preguntarte:",
            untitled="tu publicación",
        ),
        "ar": Frame(
            ask="تودّ {brand} عرض منشورك",
            ask_many="تودّ {brand} عرض منشوراتك",
            reminder="تذكير: تودّ {brand} عرض منشورك",
            remembering="كتبنا إليك في {day}، وهذا تذكير. إن لم تفعل شيئًا فلن يُعرض شيء.",
            open_until="لا داعي للعجلة: يمكنك الإجابة حتى {day}. إن لم تفعل شيئًا فلن يُعرض شيء.",
            yours="الرابط هنا لك وحدك: من يملكه يمكنه الإجابة نيابةً عنك.",
            stop="لا تريد أن تُسأل؟ قل ذلك هنا ولن نسألك مرة أخرى:",
            untitled="منشورك",
            direction="rtl",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question in a message: its words, which post it is about, and until when it can be answered."""

    message: str
    text: str
    asked_at: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: paragraphs of plain text in one language (BCP 47), and the addresses in them that lead somewhere."""

    subject: str
    paragraphs: tuple[str, ...]
    links: tuple[str, ...]
    language: str
    direction: str


def write(
    asked: Sequence[Asked], *, creator: str, brand: str, language: str, link: str, stop: str, reminder: bool
) -> Letter:
    """Write one message about all that is asked, the first first; `stop` is where to say that one wants no more.

    One link leads to all of it; of several posts, each stands below it by its first words.
    """
    tag, frame = frame_of(language)
    named = frame if len(asked) > 1 else None
    words = tuple(
        filled(message, creator=creator, brand=brand, link=link + _posts(same, named))
        for message, same in groupby(asked, key=lambda each: each.message)
    )
    first = asked[0]
    until = frame.open_until.format(day=_day(min(each.until for each in asked), tag))
    said = frame.remembering.format(day=_day(first.asked_at, tag)) if reminder else until
    subject = frame.reminder if reminder else frame.ask_many if len(asked) > 1 else frame.ask
    return Letter(
        subject=subject.format(brand=brand),
        paragraphs=(*_paragraphs(words), f"{said} {frame.yours}", f"{frame.stop}\n{stop}"),
        links=(link, stop),
        language=tag,
        direction=frame.direction,
    )


def frame_of(language: str) -> tuple[str, Frame]:
    """Find our own words in a language, also for one of its countries; English where we have none."""
    spoken = language.partition("-")[0].lower()
    return (language, FRAMES[spoken]) if spoken in FRAMES else ("en", FRAMES["en"])


def _posts(asked: Iterable[Asked], frame: Frame | None) -> str:
    """Name posts, each on a line of its own; nothing where there is one alone."""
    return "".join(f"\n– {excerpt(each.text) or frame.untitled}" for each in asked) if frame else ""


def excerpt(text: str) -> str:
    """Quote the beginning of a text on one line; empty where it says nothing."""
    line = " ".join(text.split())
    return f"“{line[:_MOST_EXCERPT].rstrip()}…”" if len(line) > _MOST_EXCERPT else f"“{line}”" if line else ""


def _paragraphs(words: Sequence[str]) -> tuple[str, ...]:
    return tuple(part.strip("\n") for text in words for part in text.split("\n\n") if part.strip())


def _day(at: datetime, language: str) -> str:
    try:
        locale = Locale.parse("en-GB" if language == "en" else language, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en", "GB")
    return str(format_skeleton("yMMMd", at, locale=locale))

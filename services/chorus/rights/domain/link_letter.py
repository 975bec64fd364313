"""What a creator reads who asked for their link again: where it leads, and that nobody else got it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from chorus.rights.domain.letter import Letter, excerpt, frame_of


@dataclass(frozen=True, slots=True)
class _Words:
    """Our own sentences in one language."""

    subject: str
    asked: str
    leads: str
    nobody: str


# {brand} is the brand's name, {post} the beginning of what the post says.
_WORDS: Mapping[str, _Words] = MappingProxyType(
    {
        "en": _Words(
            subject="Your link from {brand}",
            asked="Somebody has asked on a page of {brand} for the link to {post}. Here it is:",
            leads="By this link you see what {brand} may show, and take it back at any time.",
            nobody="You did not ask for it? Then there is nothing to do: nobody but you has got this link.",
        ),
        "de": _Words(
            subject="Dein Link von {brand}",
            asked="Auf einer Seite von {brand} hat jemand um den Link zu {post} gebeten. Hier ist er:",
            leads="Mit diesem Link siehst du, was {brand} zeigen darf, und kannst es jederzeit zurücknehmen.",
            nobody="Du hast nicht darum gebeten? Dann musst du nichts tun: Außer dir hat niemand diesen Link bekommen.",
        ),
        "fr": _Words(
            subject="Votre lien de {brand}",
            asked="Sur une page de {brand}, quelqu’un a demandé le lien vers {post}. Le voici :",
            leads="Avec ce lien, vous voyez ce que {brand} peut montrer, et vous pouvez le reprendre à tout moment.",
            nobody=("Ce n’était pas vous ? Alors il n’y a rien à faire : personne d’autre que vous n’a reçu ce lien."),
        ),
        "es": _Words(
            subject="Tu enlace de {brand}",
            asked="En una página de {brand}, alguien ha pedido el enlace a {post}. Aquí está:",
            leads="Con este enlace ves lo que {brand} puede mostrar, y puedes retirarlo en cualquier momento.",
            nobody="¿No lo has pedido tú? Entonces no tienes que hacer nada: nadie más ha recibido este enlace.",
        ),
        "ar": _Words(
            subject="رابطك من {brand}",
            asked="طلب شخص ما في صفحة لـ {brand} الرابط إلى {post}، وهو:",
            leads="بهذا الرابط ترى ما يحقّ لـ {brand} عرضه، ويمكنك التراجع عنه في أي وقت.",
            nobody="لم تطلبه أنت؟ إذًا لا داعي لفعل أي شيء: لم يحصل أحد غيرك على هذا الرابط.",
        ),
    }
)


def write(text: str, *, brand: str, language: str, link: str, stop: str) -> Letter:
    """Write the message that brings a link to a post that says `text`; `stop` as in other letters."""
    tag, frame = frame_of(language)
    words = _WORDS[tag.partition("-")[0].lower()]
    asked = words.asked.format(brand=brand, post=excerpt(text) or frame.untitled)
    return Letter(
        subject=words.subject.format(brand=brand),
        paragraphs=(
            f"{asked}\n{link}",
            f"{words.leads.format(brand=brand)} {frame.yours}",
            words.nobody,
            f"{frame.stop}\n{stop}",
        ),
        links=(link, stop),
        language=tag,
        direction=frame.direction,
    )

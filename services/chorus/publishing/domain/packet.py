"""Credit and rights as XMP (ISO 16684), in the fields of the IPTC Photo Metadata Standard 2023.1 and of PLUS.

Search engines read them: with WebStatement and the licensor's address a picture can be shown as licensable, with the
data mining field as not to be mined.
"""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from chorus.publishing.domain.labels import DATA_MINING, Labels, legible, source_type_url

_PACKET: Final = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"\
 xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:xmpRights="http://ns.adobe.com/xap/1.0/rights/"\
 xmlns:plus="http://ns.useplus.org/ldf/xmp/1.0/" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/">\
{fields}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""


def packet(labels: Labels, source_type: str = "") -> bytes:
    """Write the packet; `source_type` is IPTC's word for how a picture came about, where that has to be said."""
    fields = (
        _field("dc:creator", _listed("Seq", labels.creator)),
        _field("dc:rights", _in_words(labels.copyright_notice)),
        _field("photoshop:Credit", _text(labels.credit)),
        _field("xmpRights:Marked", "True"),
        _field("xmpRights:UsageTerms", _in_words(labels.usage_terms)),
        _field("xmpRights:WebStatement", _text(labels.web_statement)),
        _field("plus:Licensor", _licensor(labels)),
        _field("plus:DataMining", DATA_MINING),
        _field("Iptc4xmpExt:DigitalSourceType", source_type and source_type_url(source_type)),
    )
    return _PACKET.format(fields="".join(fields)).encode()


def _licensor(labels: Labels) -> str:
    """Say whom to ask: the creator, since a brand may pass nothing on."""
    name = _field("plus:LicensorName", _text(labels.creator))
    url = _field("plus:LicensorURL", _text(labels.licensor_url))
    return f'<rdf:Seq><rdf:li rdf:parseType="Resource">{name}{url}</rdf:li></rdf:Seq>'


def _field(name: str, value: str) -> str:
    """Write a property; one of which nothing is known is left out."""
    return f"<{name}>{value}</{name}>" if value else ""


def _listed(kind: str, value: str) -> str:
    return f"<rdf:{kind}><rdf:li>{_text(value)}</rdf:li></rdf:{kind}>"


def _in_words(value: str) -> str:
    return f'<rdf:Alt><rdf:li xml:lang="x-default">{_text(value)}</rdf:li></rdf:Alt>'


def _text(value: str) -> str:
    return escape(legible(value))

"""Mends strangers' XML before anything slower reads it.

feedparser has a way of its own with XML that is not well-formed; a hostile feed can make it take minutes. So libxml2
mends, expat looks once more, and what is still not well-formed is no feed.
"""

from __future__ import annotations

import re
from html.entities import html5
from xml.parsers import expat

from lxml import etree

_NAMED = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})


class NotXmlError(Exception):
    """This cannot be read as XML, however kindly."""


def mended(body: bytes) -> etree._Element:
    """Read XML that may be a little broken: unclosed, with HTML's entities, or with prefixes that nobody declared.

    Nothing is fetched, no entity of the document's own is expanded, and what is nested too deep is cut off.
    """
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(_NAMED.sub(_by_number, body), parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotXmlError from error
    if root is None:
        raise NotXmlError
    for element in root.iter(etree.Element):
        if ":" in element.tag and not element.tag.startswith("{"):
            # A name may begin with a colon, but not with a dash.
            element.tag = re.sub("^:", "x:", element.tag).replace(":", "-")
    return root


def well_formed(root: etree._Element) -> bytes:
    """Write a mended document as bytes that every XML parser takes; `NotXmlError` where that is not to be had."""
    written = etree.tostring(root, encoding="utf-8", xml_declaration=True)
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(written, True)
    except expat.ExpatError as error:
        raise NotXmlError from error
    return written


def _by_number(found: re.Match[bytes]) -> bytes:
    """Write one of HTML's entities as XML knows it; an unknown one becomes the words that it is made of."""
    name = found[1].decode()
    if name in _XML_OWN:
        return found[0]
    known = html5.get(f"{name};")
    return "".join(f"&#{ord(each)};" for each in known).encode() if known else b"&amp;" + found[0][1:]

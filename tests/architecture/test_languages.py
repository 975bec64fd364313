"""What creators read: every sentence is marked for translation, and said in every language there is."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

from chorus.creator.heard import HEARD
from chorus.creator.language import CATALOGUES

_ROOT = Path(__file__).parents[2]
_HOUSE = _ROOT / "services" / "chorus"
_CREATOR = _HOUSE / "creator"
_TEMPLATES = sorted((_CREATOR / "templates").glob("*.html"))
_SOURCES = sorted(_CREATOR.glob("*.py"))
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|<[^>]+>")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MADE = re.compile(r'^/r/|="')
_READ_OUT = {"alt", "title", "aria-label", "placeholder"}
_MARKS = {"N_", "_", "gettext", "ngettext", "pgettext"}
# The software's own name, where no brand is known.
_NAMES = {"Chorus"}
# Where sentences are made that reach creators by another room, and what is for brands alone among them.
_SPEAKERS = (
    "rights/domain/answering.py",
    "rights/domain/confirming.py",
    "rights/handlers/answering.py",
    "rights/adapters/nonces.py",
    "ingest/handlers/uploads.py",
    "ingest/domain/upload.py",
    "ingest/adapters/uploading.py",
    "ingest/media/picture.py",
    "ingest/media/decoder.py",
)
_FOR_BRANDS = {"check_terms", "_translation_problems", "_text_problems", "_scope_problems", "_surface_problem"}
_SENTENCE = re.compile(r"[A-Z].* .*[.!?]", re.DOTALL)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """What `make words` finds in templates, scripts and code."""
    found = tmp_path_factory.mktemp("words") / "creator.pot"
    mapping = str(_ROOT / "pyproject.toml")
    words = ["pybabel", "-q", "extract", "-F", mapping, "-o", str(found), str(_CREATOR)]
    CommandLineInterface().run(words)  # type: ignore[no-untyped-call]  # Babel has no types there
    return _read(found)


@pytest.fixture(params=sorted(CATALOGUES.glob("*.po")), ids=lambda file: file.stem)
def catalogue(request: pytest.FixtureRequest) -> Catalog:
    """Each language's catalogue."""
    return _read(request.param)


def test_the_languages_that_were_promised_are_there() -> None:
    assert {"ar", "de", "es", "fr"} <= {file.stem for file in CATALOGUES.iterdir()}


def test_every_sentence_is_translated_and_nothing_else_is_kept(extracted: Catalog, catalogue: Catalog) -> None:
    """`make words` brings a catalogue up to date; a person translates."""
    assert _ids(catalogue) == _ids(extracted)
    assert [each.id for each in _messages(catalogue) if each.fuzzy or not all(_said(each))] == []


def test_every_translation_has_what_is_filled_in_and_the_markup_of_its_sentence(catalogue: Catalog) -> None:
    """A form of a plural may leave out the number, as in "for one year"."""
    for each in _messages(catalogue):
        singular, *plural = _sentences(each.id)
        wanted = sorted(_PLACEHOLDER.findall((plural or [singular])[0]))
        for said in _said(each):
            kept = sorted(_PLACEHOLDER.findall(said))
            assert kept == wanted or (plural and kept == [name for name in wanted if name != "num"]), each.id
            assert said.count("<") == singular.count("<"), each.id
            assert said[-1:].isspace() == singular[-1:].isspace(), each.id


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda file: file.name)
def test_a_template_says_nothing_that_is_not_marked(template: Path) -> None:
    """Neither as text nor where it is read out, nor inside an expression."""
    source = template.read_text(encoding="utf-8")
    assert [text for text in (*_texts(_unmarked(source)), *_spoken(source)) if text not in _NAMES] == []


@pytest.mark.parametrize("template", _TEMPLATES, ids=lambda file: file.name)
def test_a_template_translates_literal_sentences_alone(template: Path) -> None:
    """What `_` answers is trusted as markup, so it may be asked for nothing that comes from outside."""
    for call in _parsed(template.read_text(encoding="utf-8")).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in _MARKS:
            assert isinstance(call.args[0], nodes.Const), call.lineno


@pytest.mark.parametrize("source", _SOURCES, ids=lambda file: file.name)
def test_code_says_nothing_that_is_not_marked(source: Path) -> None:
    assert list(_unmarked_sentences(ast.parse(source.read_text(encoding="utf-8")))) == []


def test_what_other_rooms_say_to_creators_is_known_word_for_word() -> None:
    """A sentence that is changed there is translated anew here, and one that is gone is kept nowhere."""
    spoken = {sentence for name in _SPEAKERS for sentence in _spoken_by(_HOUSE / name)}
    assert [each for each in spoken if not any(re.fullmatch(each, heard) for heard in HEARD)] == []
    elsewhere = [
        *(_spoken_by(_HOUSE / "rights/domain/claiming.py")),
        *(_spoken_by(_HOUSE / "rights/adapters/claim_messages.py")),
        *(_spoken_by(_HOUSE / "rights/domain/offer.py")),
        *(_spoken_by(_HOUSE / "ingest/handlers/media.py")),
        *(_spoken_by(_HOUSE / "platform/status.py")),
    ]
    assert [heard for heard in HEARD if not any(re.fullmatch(each, heard) for each in (*spoken, *elsewhere))] == []


def test_these_tests_see_what_is_missing() -> None:
    """A page and a module with a sentence that nobody marked."""
    assert list(_texts(_unmarked("<p>Hello {{ name }}</p>{% trans %}Known{% endtrans %}"))) == ["Hello"]
    assert list(_texts(_unmarked('<img alt="A lamp" src="lamp.png">'))) == ["A lamp"]
    assert list(_spoken("{{ 'Yes, also here' if paid else _('No, thank you') }}")) == ["Yes, also here"]
    assert list(_unmarked_sentences(ast.parse('said("That is wrong.", N_("That is known."))'))) == ["That is wrong."]


def _read(file: Path) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=None if file.suffix == ".pot" else file.stem)


def _messages(catalogue: Catalog) -> list[Message]:
    return [each for each in catalogue if each.id]


def _ids(catalogue: Catalog) -> set[tuple[str, ...]]:
    return {(each.context or "", *_sentences(each.id)) for each in _messages(catalogue)}


def _sentences(given: str | list[str] | tuple[str, ...]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _said(message: Message) -> tuple[str, ...]:
    return _sentences(message.string or "")


def _parsed(source: str) -> nodes.Template:
    return Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(source)


def _unmarked(source: str) -> str:
    """Leave of a template what stands there outside translated blocks, with a digit for each expression."""
    kept, marked = [], False
    for _, kind, value in Environment(extensions=["jinja2.ext.i18n"], autoescape=True).lex(source):
        marked = (marked or (kind == "name" and value == "trans")) and value != "endtrans"
        if kind == "data" and not marked:
            kept.append(value)
        elif kind == "variable_end":
            kept.append("0")
    return "".join(kept)


def _texts(page: str) -> Iterator[str]:
    """Find what a person would read on a page, or hear of it."""
    heard: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            heard.extend(value for name, value in attrs if name in _READ_OUT and value)

        def handle_data(self, data: str) -> None:
            heard.append(data)

    reader = Reader()
    reader.feed(page)
    reader.close()
    # A macro may make an attribute's value, or attributes.
    yield from (text for each in heard if _WORD.search(text := each.strip(" \n0")) and not _MADE.search(text))


def _spoken(source: str) -> Iterator[str]:
    """Find sentences in a template's expressions which no call marks."""
    tree = _parsed(source)
    marked = {
        id(each)
        for call in tree.find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name in _MARKS
        for each in call.args
    }
    for const in tree.find_all(nodes.Const):
        value = const.value
        if id(const) not in marked and isinstance(value, str) and re.match(r"[A-Z][a-z]+([ ,.?!]|$)", value):
            yield value


def _unmarked_sentences(tree: ast.AST) -> Iterator[str]:
    """Find whole sentences in code which are no docstrings and which no call marks."""
    passed = {id(each) for each in _strings_passed_over(tree)}
    for each in ast.walk(tree):
        if id(each) not in passed and (sentence := _sentence(each)):
            yield sentence


def _sentence(given: ast.AST) -> str:
    said = given.value if isinstance(given, ast.Constant) else ""
    return said if isinstance(said, str) and _SENTENCE.fullmatch(said) else ""


def _strings_passed_over(tree: ast.AST) -> Iterator[ast.AST]:
    for each in ast.walk(tree):
        if isinstance(each, ast.Expr):
            yield each.value
        if isinstance(each, ast.Call):
            name = each.func.attr if isinstance(each.func, ast.Attribute) else getattr(each.func, "id", "")
            yield from each.args if name in _MARKS else ()


def _spoken_by(file: Path) -> Iterator[str]:
    """Find the sentences of a module, each as a pattern where something is filled in."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    passed = {id(each) for each in _strings_passed_over(tree)}
    passed |= {
        id(inside)
        for each in ast.walk(tree)
        if (isinstance(each, ast.FunctionDef) and each.name in _FOR_BRANDS) or isinstance(each, ast.JoinedStr)
        for inside in ast.walk(each)
        if inside is not each
    }
    for each in (each for each in ast.walk(tree) if id(each) not in passed):
        pattern = _pattern(each) if isinstance(each, ast.JoinedStr) else re.escape(_sentence(each))
        if pattern:
            yield pattern


def _pattern(given: ast.JoinedStr) -> str:
    """Write a sentence with something filled in as a pattern; empty where it is no sentence."""
    parts = [str(each.value) if isinstance(each, ast.Constant) else "" for each in given.values]
    return ".+".join(map(re.escape, "".join(part or "\0" for part in parts).split("\0"))) if _whole(parts) else ""


def _whole(parts: list[str]) -> bool:
    return bool(_SENTENCE.fullmatch("".join(parts)))

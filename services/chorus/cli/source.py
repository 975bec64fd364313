"""`chorus source`: where posts come from."""

from __future__ import annotations

import json as jsonlib
from datetime import UTC
from typing import Annotated, Any

import typer
from google.protobuf.json_format import ParseDict, ParseError

from chorus.api.ingest.v1 import ingest_pb2 as pb
from chorus.api.ingest.v1.ingest_pb2_grpc import IngestStub
from chorus.cli.reach import AsJson, BrandId, Data, reach
from chorus.cli.terminal import show, table, told_plainly

app = typer.Typer(no_args_is_help=True, help="Sources of a brand.")
SourceId = Annotated[str, typer.Argument(help="The source's id, for example lamps-feed.")]


@app.command()
def kinds(data: Data, json: AsJson = False) -> None:
    """List the kinds of source that can be added."""
    with told_plainly():
        found = IngestStub(reach(data).channel("ingest")).ListConnectors(pb.ListConnectorsRequest()).connectors
        rows = [(each.connector, each.title, each.description) for each in found]
        table(["kind", "title", "what it does"], rows, found, as_json=json)


@app.command()
def add(
    brand: BrandId,
    source: SourceId,
    data: Data,
    kind: Annotated[str, typer.Option(help="See `chorus source kinds`.")],
    title: Annotated[str, typer.Option(help="The name that curators see.")] = "",
    setting: Annotated[list[str] | None, typer.Option("--set", help="name=value; may be given often.")] = None,
    upload_terms: Annotated[
        str, typer.Option(help="For uploads: a JSON file with an UploadTerms message.", metavar="FILE")
    ] = "",
    json: AsJson = False,
) -> None:
    """Add a source."""
    with told_plainly():
        request = pb.CreateSourceRequest(brand=brand, source=source, connector=kind, title=title or source)
        request.settings.update(dict(_setting(each) for each in setting or ()))
        if upload_terms:
            request.upload_terms.CopyFrom(_upload_terms(upload_terms))
        show(IngestStub(reach(data).channel("ingest")).CreateSource(request), as_json=json)


@app.command("list")
def list_sources(brand: BrandId, data: Data, json: AsJson = False) -> None:
    """List a brand's sources and how they are."""
    with told_plainly():
        request = pb.ListSourcesRequest(brand=brand, page_size=100)
        found = IngestStub(reach(data).channel("ingest")).ListSources(request).sources
        rows = [
            (each.source, each.connector, _health(each), each.posts, _moment(each), each.last_error) for each in found
        ]
        table(["source", "kind", "health", "posts", "next look", "last error"], rows, found, as_json=json)


@app.command()
def look(brand: BrandId, source: SourceId, data: Data, json: AsJson = False) -> None:
    """Look at a source now."""
    with told_plainly():
        request = pb.LookNowRequest(brand=brand, source=source)
        show(IngestStub(reach(data).channel("ingest")).LookNow(request), as_json=json)


@app.command()
def pause(brand: BrandId, source: SourceId, data: Data, json: AsJson = False) -> None:
    """Stop looking at a source; its posts stay."""
    _set_paused(brand, source, data, paused=True, json=json)


@app.command()
def resume(brand: BrandId, source: SourceId, data: Data, json: AsJson = False) -> None:
    """Look at a source again."""
    _set_paused(brand, source, data, paused=False, json=json)


def _set_paused(brand: str, source: str, data: Data, *, paused: bool, json: bool) -> None:
    with told_plainly():
        request = pb.UpdateSourceRequest(brand=brand, source=source, paused=paused)
        show(IngestStub(reach(data).channel("ingest")).UpdateSource(request), as_json=json)


def _setting(text: str) -> tuple[str, Any]:
    """Read name=value; the value is JSON where it is JSON, else text."""
    name, equals, value = text.partition("=")
    if not equals:
        message = f"write {text!r} as name=value"
        raise typer.BadParameter(message)
    try:
        return name, jsonlib.loads(value)
    except ValueError:
        return name, value


def _upload_terms(path: str) -> pb.UploadTerms:
    try:
        with open(path, encoding="utf-8") as file:  # noqa: PTH123 -- a path as the person typed it
            return ParseDict(jsonlib.load(file), pb.UploadTerms())
    except (OSError, ValueError, ParseError) as error:
        message = f"{path}: {error}"
        raise typer.BadParameter(message) from error


def _health(source: pb.Source) -> str:
    return pb.SourceHealth.Name(source.health).removeprefix("SOURCE_HEALTH_").lower()


def _moment(source: pb.Source) -> str:
    if not source.HasField("next_look_at"):
        return ""
    return source.next_look_at.ToDatetime(UTC).astimezone().strftime("%d %b %H:%M:%S")

"""`chorus surface`: where a brand shows posts."""

from __future__ import annotations

from typing import Annotated

import typer

from chorus.api.publishing.v1 import publishing_pb2 as pb
from chorus.api.publishing.v1.publishing_pb2_grpc import PublishingStub
from chorus.api.types.v1 import scope_pb2
from chorus.cli.reach import AsJson, BrandId, Data, reach
from chorus.cli.terminal import show, table, told_plainly

app = typer.Typer(no_args_is_help=True, help="Surfaces of a brand.")
SurfaceId = Annotated[str, typer.Argument(help="The surface's id, for example homepage.")]
USES = ("web", "social", "email", "ads", "in-store", "print")


def use(name: str) -> scope_pb2.Use.ValueType:
    """Read a use as people write it."""
    if name not in USES:
        message = f"choose one of {', '.join(USES)}"
        raise typer.BadParameter(message)
    return scope_pb2.Use.Value("USE_" + name.upper().replace("-", "_"))


@app.command()
def add(
    brand: BrandId,
    surface: SurfaceId,
    data: Data,
    title: Annotated[str, typer.Option(help="The name that people see.")],
    address: Annotated[str, typer.Option(help="Where people see it, for example https://lumen.example/.")],
    uses: Annotated[list[str] | None, typer.Option("--use", help=" | ".join(USES))] = None,
    paid: Annotated[bool, typer.Option(help="It is, or may become, paid promotion.")] = False,
    country: Annotated[
        list[str] | None, typer.Option(help="Seen in this country alone (two letters); may be given often.")
    ] = None,
    changes: Annotated[bool, typer.Option(help="It crops pictures, or puts something over them.")] = False,
    exclusive: Annotated[bool, typer.Option(help="It needs what nobody else may show.")] = False,
    collection: Annotated[str, typer.Option(help="Show the posts of this collection.")] = "",
    source: Annotated[list[str] | None, typer.Option(help="Show posts of this source; may be given often.")] = None,
    hashtag: Annotated[list[str] | None, typer.Option(help="Show posts with this hashtag; may be given often.")] = None,
    pictures_only: Annotated[bool, typer.Option(help="Show only posts with pictures.")] = False,
    key: Annotated[bool, typer.Option("--key", help="Readable only with a key, which is printed once.")] = False,
    json: AsJson = False,
) -> None:
    """Add a surface."""
    with told_plainly():
        rule = pb.Rule(
            collection=collection, sources=source, hashtags=[each.lstrip("#").lower() for each in hashtag or ()]
        )
        if pictures_only:
            rule.has_media = True
        request = pb.CreateSurfaceRequest(
            brand=brand,
            surface=surface,
            title=title,
            address=address,
            scope=scope_pb2.Scope(
                uses=[use(each) for each in uses or ["web"]],
                paid=paid,
                territories=[each.upper() for each in country or ()],
                derivatives=changes,
                exclusive=exclusive,
            ),
            rule=rule,
            access=pb.SURFACE_ACCESS_KEY if key else pb.SURFACE_ACCESS_PUBLIC,
        )
        show(PublishingStub(reach(data).channel("publishing")).CreateSurface(request), as_json=json)


@app.command("list")
def list_surfaces(brand: BrandId, data: Data, json: AsJson = False) -> None:
    """List a brand's surfaces."""
    with told_plainly():
        request = pb.ListSurfacesRequest(brand=brand, page_size=100)
        found = PublishingStub(reach(data).channel("publishing")).ListSurfaces(request).surfaces
        rows = [
            (
                each.surface,
                each.title,
                "paused" if each.paused else "live",
                each.live,
                each.rule_text,
                each.feed_json_url,
            )
            for each in found
        ]
        table(["surface", "title", "state", "posts", "shows", "feed"], rows, found, as_json=json)


@app.command()
def pause(brand: BrandId, surface: SurfaceId, data: Data, json: AsJson = False) -> None:
    """Take everything off a surface, at once."""
    with told_plainly():
        request = pb.PauseSurfaceRequest(brand=brand, surface=surface)
        show(PublishingStub(reach(data).channel("publishing")).PauseSurface(request), as_json=json)


@app.command()
def resume(brand: BrandId, surface: SurfaceId, data: Data, json: AsJson = False) -> None:
    """Place again what fits a paused surface."""
    with told_plainly():
        request = pb.ResumeSurfaceRequest(brand=brand, surface=surface)
        show(PublishingStub(reach(data).channel("publishing")).ResumeSurface(request), as_json=json)


@app.command()
def why(
    brand: BrandId, post: Annotated[str, typer.Argument(help="The post's id.")], data: Data, json: AsJson = False
) -> None:
    """Say why a post is, or is not, on each surface."""
    with told_plainly():
        request = pb.ExplainRequest(brand=brand, post=post)
        found = PublishingStub(reach(data).channel("publishing")).Explain(request).surfaces
        rows = [
            (each.title, "here" if each.here else "not here", "\n".join(_sentence(one) for one in each.conditions))
            for each in found
        ]
        table(["surface", "", "because"], rows, found, as_json=json)


def _sentence(condition: pb.Condition) -> str:
    return f"{'✓' if condition.met else '✗'} {condition.text}"

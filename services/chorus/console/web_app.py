"""The browser app: files with a hash in their name are kept for ever, and every other address is the app itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from chorus.errors import NotFound

FOR_EVER: Final = "public, max-age=31536000, immutable"
NOT_BUILT: Final = "The browser app is not built: run `npm ci && npm run build` in services/chorus/console/web.\n"


def routes(folder: Path) -> list[BaseRoute]:
    """Serve the app that vite wrote into a folder."""

    def page(request: Request) -> Response:
        if "." in request.url.path.rpartition("/")[2]:
            message = "There is no such file."
            raise NotFound(message)
        index = folder / "index.html"
        if not index.is_file():
            return PlainTextResponse(NOT_BUILT, 503)
        return FileResponse(index, headers={"Cache-Control": "no-cache"})

    def icon(_request: Request) -> Response:
        return FileResponse(folder / "icon.svg", headers={"Cache-Control": "no-cache"})

    return [
        Mount("/assets", _Hashed(directory=folder / "assets", check_dir=False)),
        Route("/icon.svg", icon, methods=["GET"]),
        Route("/{path:path}", page, methods=["GET"]),
    ]


class _Hashed(StaticFiles):
    """Files whose name changes with their content."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """Answer a file that may be kept for ever."""
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]  # starlette's own arguments
        answer.headers["Cache-Control"] = FOR_EVER
        return answer

"""A scope in words, the same wherever people read it: the creator's page, the board, a surface's conditions."""

from __future__ import annotations

from collections.abc import Sequence

from chorus.scope.scope import Scope, Use

_PHRASES = {
    Use.WEB: "on the web",
    Use.SOCIAL: "on social media",
    Use.EMAIL: "in e-mails",
    Use.ADS: "in advertisements",
    Use.IN_STORE: "in shops",
    Use.PRINT: "in print",
}


def phrase(use: Use) -> str:
    """Say one use, to go behind "show this …"."""
    return _PHRASES[use]


def in_words(scope: Scope) -> str:
    """Say a scope, to go behind "show this …": "on the web and in e-mails, not as paid promotion, worldwide"."""
    parts = [
        listed([phrase(use) for use in Use if use in scope.uses]) or "nowhere",
        "also as paid promotion" if scope.paid else "not as paid promotion",
        f"only in {listed(sorted(scope.territories))}" if scope.territories else "worldwide",
    ]
    parts += ["cropped or with overlays too"] * scope.derivatives + ["and nobody else may"] * scope.exclusive
    return ", ".join(parts)


def listed(names: Sequence[str], last: str = "and") -> str:
    """Join names as people do: "a", "a and b", "a, b and c"."""
    if len(names) < 2:  # noqa: PLR2004 -- one name stands alone, two and more are joined
        return "".join(names)
    return f"{', '.join(names[:-1])} {last} {names[-1]}"

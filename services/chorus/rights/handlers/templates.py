"""Templates: the words that a brand keeps to ask with."""

from __future__ import annotations

from chorus.errors import Conflict, NotFound
from chorus.rights.domain.template import Template, check_template
from chorus.rights.ports import Store


def create_template(store: Store, template: Template) -> Template:
    """Add a template; Conflict where there is one of this id."""
    check_template(template)
    if not store.add_template(template):
        message = "There is a template of this name already. Change that one, or choose another name."
        raise Conflict(message, reason="TEMPLATE_EXISTS")
    return template


def update_template(store: Store, template: Template) -> Template:
    """Change a template; NotFound where there is none of this id."""
    check_template(template)
    if not store.change_template(template):
        raise _unknown()
    return template


def delete_template(store: Store, brand: str, template: str) -> None:
    """Remove a template; NotFound where there is none of this id."""
    if not store.remove_template(brand, template):
        raise _unknown()


def _unknown() -> NotFound:
    message = "There is no such template. Somebody may have deleted it."
    return NotFound(message, reason="TEMPLATE_NOT_FOUND")

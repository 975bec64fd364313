"""Templates in PostgreSQL."""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from chorus.rights.domain.template import Template

_ADD = "INSERT INTO templates (brand, template, title, message) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING"
_CHANGE = "UPDATE templates SET title = %s, message = %s WHERE brand = %s AND template = %s"
_REMOVE = "DELETE FROM templates WHERE brand = %s AND template = %s"
_LIST = """
SELECT brand, template, title, message FROM templates WHERE brand = %s AND template > %s ORDER BY template LIMIT %s
"""


def add(conn: Connection[Any], template: Template) -> bool:
    """Keep a template; False where there is one of this id."""
    return conn.execute(_ADD, [template.brand, template.template, template.title, template.message]).rowcount > 0


def change(conn: Connection[Any], template: Template) -> bool:
    """Replace title and message; False where there is none of this id."""
    return conn.execute(_CHANGE, [template.title, template.message, template.brand, template.template]).rowcount > 0


def remove(conn: Connection[Any], brand: str, template: str) -> bool:
    """Forget a template; False where there is none of this id."""
    return conn.execute(_REMOVE, [brand, template]).rowcount > 0


def read(conn: Connection[Any], brand: str, after: str, limit: int) -> list[Template]:
    """List templates by their ids, those behind `after`."""
    with conn.cursor(row_factory=class_row(Template)) as cursor:
        return cursor.execute(_LIST, [brand, after, limit]).fetchall()

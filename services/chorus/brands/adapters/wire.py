"""Brands in protobuf: facts on chorus.brand.v1 and messages of the API."""

from __future__ import annotations

from datetime import datetime

from psycopg import Connection

from chorus.api.brands.v1 import brands_pb2
from chorus.api.events.v1 import brand_pb2
from chorus.api.types.v1 import access_pb2
from chorus.brands.domain.brand import Brand, Member
from chorus.brands.domain.credential import MachineToken
from chorus.platform.facts import emit, timestamp
from chorus.platform.topics import BRAND


def announce_created(conn: Connection, brand: Brand) -> None:
    """Say that a brand was created."""
    fact = brand_pb2.BrandCreated(display_name=brand.display_name, accent=brand.accent, home_page=brand.home_page)
    emit(conn, BRAND, brand=brand.brand, post="", fact=fact, at=brand.created_at)


def announce_changed(conn: Connection, brand: Brand, at: datetime) -> None:
    """Say that a brand's fields changed."""
    fact = brand_pb2.BrandChanged(display_name=brand.display_name, accent=brand.accent, home_page=brand.home_page)
    emit(conn, BRAND, brand=brand.brand, post="", fact=fact, at=at)


def announce_members(conn: Connection, brand: str, members: int, at: datetime) -> None:
    """Say how many members a brand has now."""
    emit(conn, BRAND, brand=brand, post="", fact=brand_pb2.MembersChanged(members=members), at=at)


def brand(brand: Brand) -> brands_pb2.Brand:
    """Write a brand for the API."""
    return brands_pb2.Brand(
        brand=brand.brand,
        display_name=brand.display_name,
        accent=brand.accent,
        home_page=brand.home_page,
        created_at=timestamp(brand.created_at),
    )


def member(member: Member) -> brands_pb2.Member:
    """Write a member for the API."""
    role = access_pb2.Role.ValueType(member.role)
    return brands_pb2.Member(brand=member.brand, email=member.email, display_name=member.display_name, role=role)


def machine_token(token: MachineToken) -> brands_pb2.MachineToken:
    """Write a machine token, without its secret, for the API."""
    message = brands_pb2.MachineToken(
        machine_token=token.machine_token,
        brand=token.brand,
        title=token.title,
        role=access_pb2.Role.ValueType(token.role),
        created_at=timestamp(token.created_at),
    )
    if token.revoked_at is not None:
        message.revoked_at.CopyFrom(timestamp(token.revoked_at))
    return message

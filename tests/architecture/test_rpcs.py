"""What every rpc promises: who may call it, in which brand, and how a list is paged and a command repeated."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import pytest
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor

import chorus.api
from chorus.api.types.v1 import access_pb2

_READS = ("Get", "BatchGet", "List", "Count", "Check", "Preview", "Explain", "Find", "Search")
# Short by nature, so given whole.
_WHOLE_LISTS = {"ListConnectors", "ListMachineTokens", "ListTerms"}
# Commands without a request_id, and why repeating one does no harm.
_REPEATABLE = {
    "Answer": "the form's nonce tells a repetition",
    "ClaimPost": "the form's nonce tells a repetition",
    "CreateLink": "one more link to the same request; those given out before go on working",
    "CreateSignIn": "one more code, which ends by itself in minutes",
    "DiscardParked": "what is no longer parked is not found",
    "EndSession": "an ended session stays ended",
    "IssueAccessToken": "one more token, which ends by itself in minutes",
    "LookNow": "looking twice takes nothing twice: seen ids are kept for ever",
    "RedeemSignIn": "the code works once",
    "ReplayParked": "what was applied is no longer parked, and not found",
    "RetryMedia": "media that is being fetched is not fetched twice",
    "Confirm": "whoever agreed has agreed",
    "Narrow": "what is allowed already is allowed",
    "Erase": "what is erased stays erased",
    "Revoke": "a revoked grant stays revoked",
    "SetOptOut": "what was said is said",
    "RevokeMachineToken": "a revoked token stays revoked",
    "WithdrawUpload": "a withdrawn post stays withdrawn",
}


def _methods() -> Iterator[MethodDescriptor]:
    for found in pkgutil.walk_packages(chorus.api.__path__, "chorus.api."):
        if found.name.endswith("_pb2"):
            for service in importlib.import_module(found.name).DESCRIPTOR.services_by_name.values():
                yield from service.methods


METHODS = {method.full_name: method for method in _methods()}


def _access(method: MethodDescriptor) -> access_pb2.Access:
    return method.GetOptions().Extensions[access_pb2.access]


def test_there_are_rpcs_to_look_at() -> None:
    rooms = {"brands", "ingest", "curation", "rights", "publishing", "operations"}
    assert {name.split(".")[2] for name in METHODS} == rooms


@pytest.mark.parametrize("name", METHODS)
def test_exactly_one_rule_says_who_may_call(name: str) -> None:
    access = _access(METHODS[name])
    rules = [bool(access.role), access.operator, access.anyone, access.signed_in]
    assert sum(rules) == 1 or (sum(rules) == 0 and access.services)
    assert not (access.services and (access.anyone or access.signed_in)), "who may call is open anyway"


@pytest.mark.parametrize("name", METHODS)
def test_an_rpc_for_a_role_names_its_brand(name: str) -> None:
    method = METHODS[name]
    if _access(method).role:
        brand = method.input_type.fields_by_name.get("brand")
        assert brand is not None
        assert brand.type == FieldDescriptor.TYPE_STRING


@pytest.mark.parametrize("name", METHODS)
def test_a_list_is_paged_by_token(name: str) -> None:
    method = METHODS[name]
    if method.name.startswith("List") and method.name not in _WHOLE_LISTS:
        assert {"page_size", "page_token"} <= set(method.input_type.fields_by_name)
        assert "next_page_token" in method.output_type.fields_by_name


@pytest.mark.parametrize("name", METHODS)
def test_a_command_can_be_repeated_safely(name: str) -> None:
    method = METHODS[name]
    if not method.name.startswith(_READS) and method.name not in _REPEATABLE:
        assert "request_id" in method.input_type.fields_by_name


def test_what_is_excepted_here_is_there() -> None:
    names = {method.name for method in METHODS.values()}
    assert _WHOLE_LISTS | set(_REPEATABLE) <= names

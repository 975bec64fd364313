"""What is wrong with a source's settings, as a sentence for each field."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from chorus.ingest.ports import Settings

_ADDRESS_PATTERN = "^https?://"
# By pydantic's name for what is wrong; what is not among them is said in pydantic's own words.
_SENTENCES: Mapping[str, str] = {
    "missing": "{title} is needed.",
    "extra_forbidden": "There is no such setting.",
    "string_pattern_mismatch": "{title} cannot be written like this.",
    "string_too_long": "{title}: at most {max_length} characters.",
    "string_type": "{title}: write text.",
    "int_type": "{title}: write a whole number.",
    "int_parsing": "{title}: write a whole number.",
    "int_from_float": "{title}: write a whole number.",
    "greater_than_equal": "{title}: {ge} or more.",
    "less_than_equal": "{title}: {le} or less.",
}


def settings_in_words(settings: type[Settings], error: ValidationError) -> dict[str, str]:
    """Name each field that is wrong by its path, `settings.` first, with a sentence that has its title."""
    return {
        ".".join(["settings", *map(str, each["loc"])]): _sentence(settings, each)
        for each in error.errors(include_url=False)
    }


def _sentence(settings: type[Settings], wrong: ErrorDetails) -> str:
    title = _title(settings, wrong)
    if _begins_as_no_address(wrong):
        return f"{title}: write the whole address, with https://."
    sentence = _SENTENCES.get(wrong["type"])
    return sentence.format(title=title, **wrong.get("ctx", {})) if sentence else wrong["msg"]


def _title(settings: type[Settings], wrong: ErrorDetails) -> str:
    name = str(wrong["loc"][0]) if wrong["loc"] else ""
    field = settings.model_fields.get(name)
    return (field.title if field else None) or name


def _begins_as_no_address(wrong: ErrorDetails) -> bool:
    """Tell whether an address was asked for, and what came does not begin as one."""
    if wrong["type"] != "string_pattern_mismatch" or not wrong["ctx"]["pattern"].startswith(_ADDRESS_PATTERN):
        return False
    return not str(wrong["input"]).startswith(("http://", "https://"))

"""What was sent to the server, held against Mattermost's own contract where that is at hand."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from chat.payload import part, whole

_FILE = "mattermost/mattermost-openapi-v4.yaml"


@functools.cache
def _paths() -> dict[str, Any]:
    """The contract's calls by path; empty where it is not at hand."""
    beside = Path(__file__).parents[4] / "shared" / "contracts"
    file = Path(os.environ.get("TOCSIN_CONTRACTS") or beside) / _FILE
    if not file.is_file():
        return {}
    return yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["paths"]


def check(requests: list[tuple[str, str, Any]]) -> int:
    """Make sure that the contract knows each call and takes its body; how many were looked at."""
    paths = _paths()
    looked = 0
    for method, path, body in requests:
        if not paths or path.startswith("/hooks/"):
            continue
        call = _call(paths, f"/api/v4{path}", method.lower())
        assert call is not None, f"the contract has no {method} {path}"
        looked += 1
        content = call.get("requestBody", {}).get("content", {})
        schema = _mended(content.get("application/json", {}).get("schema"))
        if schema and body is not None and "$ref" not in str(schema):
            found: Any = Draft202012Validator(schema).iter_errors(body)  # pyright: ignore[reportUnknownMemberType]
            mistakes = [each.message for each in found]
            assert not mistakes, f"{method} {path}: {mistakes}"
    return looked


def _mended(schema: Any) -> Any:
    """The schema of a body, with what the server takes where the contract says otherwise.

    `props` of a post is an object wherever a post is written (`model.StringInterface`); only the
    call that changes a post writes it down as a string.
    """
    known = whole(schema)
    properties = part(known, "properties")
    props = part(properties, "props")
    if props.get("type") != "string":
        return schema
    return {**known, "properties": {**properties, "props": {**props, "type": "object"}}}


def _call(paths: dict[str, Any], path: str, method: str) -> dict[str, Any] | None:
    exact = paths.get(path, {}).get(method)
    if exact is not None:
        return exact
    for known, calls in paths.items():
        pattern = re.sub(r"\{[^}]+\}", r"[^/]+", known)
        if method in calls and re.fullmatch(pattern, path):
            return calls[method]
    return None

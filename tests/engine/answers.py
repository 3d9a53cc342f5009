"""Asking the engine as the command line does, and comparing answers key by key."""

import json
from typing import Any

from services.engine.jsonio import run


def ask(command: str, document: object) -> Any:
    """The answer to a valid document."""
    status, out, err = run(command, json.dumps(document))
    assert status == 0, err
    assert not err
    return json.loads(out)


def refusal(command: str, document: object) -> Any:
    """The error object that answers an invalid document."""
    text = document if isinstance(document, str) else json.dumps(document)
    status, out, err = run(command, text)
    assert (status, out) == (2, "")
    return json.loads(err)


def differences(expected: Any, found: Any, path: str = "") -> list[str]:
    """Where the answer differs from what is expected; keys that are not expected are not compared."""
    if isinstance(expected, dict):
        if not isinstance(found, dict):
            return [f"{path}: {found!r} is no object"]
        return [line for key in expected for line in differences(expected[key], found.get(key), f"{path}.{key}")]
    if isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            return [f"{path}: {found!r} has not {len(expected)} items"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for index, (one, other) in pairs for line in differences(one, other, f"{path}[{index}]")]
    return [] if expected == found else [f"{path}: expected {expected!r}, found {found!r}"]

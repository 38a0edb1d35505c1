"""What StackStorm's runners take, so that a pack can be read whatever runs here.

Source: StackStorm's `runner.yaml` of each runner. A runner that is installed here says itself
what it takes, and that goes before this.
"""

from __future__ import annotations

from collections.abc import Mapping

from automation.actions.action import Parameter
from automation.values import Json


def _text(name: str, default: Json = None, **marks: bool) -> Parameter:
    return _of(name, "string", default, **marks)


def _of(name: str, kind: str, default: Json = None, **marks: bool) -> Parameter:
    schema: dict[str, Json] = {"type": kind}
    if default is not None:
        schema["default"] = default
    return Parameter(name, schema, **marks)  # pyright: ignore[reportArgumentType] - flags only


_CMD = _text("cmd", command_line=True)
_SUDO_PASSWORD = Parameter(
    "sudo_password", {"type": ["string", "null"], "default": None}, secret=True
)
_LOCAL = (
    _text("cwd"),
    _of("env", "object"),
    _text("kwarg_op", "--"),
    _of("sudo", "boolean", default=False),
    _SUDO_PASSWORD,
    _of("timeout", "integer", 60),
)
_REMOTE = (
    _text("hosts", required=True),
    *_LOCAL,
    _text("bastion_host"),
    _text("dir", "/tmp"),  # noqa: S108 - StackStorm's own default
    _of("parallel", "boolean", default=False),
    _text("username"),
    _text("password", secret=True),
    _text("private_key", secret=True),
    _text("passphrase", secret=True),
    _of("port", "integer"),
)
_INQUIRY: Json = {
    "title": "response_data",
    "type": "object",
    "properties": {"continue": {"type": "boolean", "required": True}},
}
STACKSTORM: Mapping[str, tuple[Parameter, ...]] = {
    "local-shell-cmd": (_CMD, *_LOCAL),
    "local-shell-script": _LOCAL,
    "remote-shell-cmd": (_CMD, *_REMOTE),
    "remote-shell-script": _REMOTE,
    "python-script": (
        _of("timeout", "integer", 600),
        _of("env", "object"),
        _text("log_level", "DEBUG"),
        _of("debug", "boolean", default=False),
        _text("content_version"),
    ),
    "http-request": (
        _text("url", required=True),
        _of("headers", "object"),
        _of("cookies", "object"),
        _text("http_proxy"),
        _text("https_proxy"),
        _text("username"),
        _text("password", secret=True),
        _of("allow_redirects", "boolean", default=False),
        _of("verify_ssl_cert", "boolean", default=True),
        _of("url_hosts_blacklist", "array"),
        _of("url_hosts_whitelist", "array"),
    ),
    "orquesta": (_of("notify", "array", []),),
    "action-chain": (
        _of("display_published", "boolean", default=True),
        _of("skip_notify", "array", []),
    ),
    "inquirer": (
        _of("schema", "object", _INQUIRY, required=True),
        _text("route", ""),
        _of("roles", "array", []),
        _of("users", "array", []),
        _of("ttl", "integer", 1440, required=True),
    ),
    "announcement": (
        _of("experimental", "boolean", default=False, required=True),
        _text("route", "general"),
    ),
    "noop": (),
}


def together(
    installed: Mapping[str, tuple[Parameter, ...]],
) -> dict[str, tuple[Parameter, ...]]:
    """What each runner takes: as those that are installed say, and besides as StackStorm's do."""
    found = dict(STACKSTORM)
    for name, own in installed.items():
        known = {each.name for each in own}
        found[name] = (*own, *(each for each in found.get(name, ()) if each.name not in known))
    return found

"""The app package that is uploaded to Teams: its manifest and its two pictures.

Source: Microsoft Learn, "App manifest schema", version 1.17.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any
from urllib.parse import urlsplit

import resvg_py

from adapters.teams.options import Options
from adapters.teams.permissions import GRAPH, HEAR

_COLOR = """<svg xmlns="http://www.w3.org/2000/svg" width="192" height="192" viewBox="0 0 32 32">
<rect width="32" height="32" fill="#b3261e"/>{bell}</svg>"""
_OUTLINE = """<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32">{bell}</svg>"""
_BELL = (
    '<path fill="#ffffff" d="M16 5a2 2 0 0 1 2 2c3.500 1 5 3.600 5 7v5l2 3H7l2-3v-5'
    'c0-3.400 1.500-6 5-7a2 2 0 0 1 2-2zM13 24h6a3 3 0 0 1-6 0z"/>'
)
_COMMANDS = (
    ("incident start", "Start an incident"),
    ("incident list", "List incidents"),
    ("incident info", "Show how an incident stands"),
    ("runbook list", "List runbooks"),
    ("help", "List every command"),
)


def manifest(options: Options, public_url: str) -> dict[str, Any]:
    """The manifest of this installation's app."""
    asked = [HEAR, *(each for each in GRAPH if options.graph)]
    of_team = dict.fromkeys(each.of_team for each in asked if each.of_team)
    return {
        "$schema": (
            "https://developer.microsoft.com/json-schemas/teams/v1.17/MicrosoftTeams.schema.json"
        ),
        "manifestVersion": "1.17",
        "version": "1.0.0",
        "id": options.app_id,
        "developer": {
            "name": "Tocsin",
            "websiteUrl": public_url,
            "privacyUrl": public_url,
            "termsOfUseUrl": public_url,
        },
        "name": {"short": "Tocsin", "full": "Tocsin incident response"},
        "description": {
            "short": "Runs incidents from chat",
            "full": "Starts incidents, works through their steps, runs runbooks with approval.",
        },
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#B3261E",
        "bots": [
            {
                "botId": options.app_id,
                "scopes": ["team", "personal"],
                "supportsFiles": True,
                "isNotificationOnly": False,
                "commandLists": [
                    {
                        "scopes": ["team", "personal"],
                        "commands": [
                            {"title": title, "description": about} for title, about in _COMMANDS
                        ],
                    }
                ],
            }
        ],
        "composeExtensions": [
            {
                "botId": options.app_id,
                "commands": [
                    {
                        "id": "startIncident",
                        "type": "action",
                        "title": "Start incident",
                        "description": "Start an incident from this message",
                        "context": ["message"],
                        "fetchTask": True,
                    }
                ],
            }
        ],
        "validDomains": [urlsplit(public_url).netloc],
        "webApplicationInfo": {"id": options.app_id, "resource": "https://tocsin"},
        "authorization": {
            "permissions": {
                "resourceSpecific": [{"name": name, "type": "Application"} for name in of_team]
            }
        },
    }


def package(options: Options, public_url: str) -> bytes:
    """The zip file that is uploaded."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as into:
        into.writestr("manifest.json", json.dumps(manifest(options, public_url), indent=2))
        into.writestr("color.png", _png(_COLOR))
        into.writestr("outline.png", _png(_OUTLINE))
    return held.getvalue()


def _png(svg: str) -> bytes:
    return bytes(resvg_py.svg_to_bytes(svg_string=svg.format(bell=_BELL)))

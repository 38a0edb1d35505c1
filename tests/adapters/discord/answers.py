"""The stand-in's calls that answer an interaction."""

from __future__ import annotations

from aiohttp import web

from tests.adapters.discord import rules
from tests.adapters.discord.world import Interaction, Json, No, World


class Answers:
    """First answers, and those that follow by an interaction's token."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def callback(self, request: web.Request, body: Json) -> None:
        found = self.world.interactions.get(request.match_info["interaction"])
        if found is None or found.late or found.token != request.match_info["token"]:
            raise No(404, 10062, "Unknown interaction")
        if found.answer is not None:
            raise No(400, 40060, "Interaction has already been acknowledged.")
        kind: int = body["type"]
        data: Json = body.get("data", {})
        if kind == 9:
            if found.kind == 5:
                raise No(400, 50035, "a modal cannot answer a modal")
            rules.modal(data)
            self.world.modals.append((found.user, data))
        elif kind == 8:
            rules.by_contract("ApplicationCommandAutocompleteCallbackRequest", body)
            self.world.choices.append(data["choices"])
        elif kind == 6 and found.kind != 3:
            raise No(400, 50035, "there is no message to update")
        elif kind == 4:
            rules.message(data, "IncomingWebhookInteractionRequest")
            found.original = self._private(found, data)
        elif kind == 5:
            found.original = self._private(found, {"content": "thinking …"})
        found.answer = kind
        found.answered.set()

    async def follow_up(self, request: web.Request, body: Json) -> Json:
        found = self.world.interaction(request.match_info["token"])
        rules.message({name: value for name, value in body.items() if name != "files"})
        return self._private(found, body)

    async def edit_original(self, request: web.Request, body: Json) -> Json:
        found = self.world.interaction(request.match_info["token"])
        if found.original is None:
            raise No(404, 10008, "Unknown Message")
        rules.message(
            {name: value for name, value in body.items() if name != "files"},
            "IncomingWebhookUpdateRequestPartial",
        )
        found.original.update(
            content=body.get("content") or "", components=body.get("components") or [],
            attachments=body.get("files", []),
        )  # fmt: skip
        return found.original

    async def delete_original(self, request: web.Request, _: object) -> None:
        found = self.world.interaction(request.match_info["token"])
        if found.original is None:
            raise No(404, 10008, "Unknown Message")
        self.world.ephemeral.remove(found.original)
        found.original = None

    def _private(self, found: Interaction, data: Json) -> Json:
        made: Json = {
            "id": self.world.snowflake(), "channel_id": found.channel, "to": found.user,
            "author": self.world.users[self.world.bot], "content": data.get("content") or "",
            "components": data.get("components") or [], "timestamp": self.world.now(),
            "attachments": data.get("files", []),
            "type": 20, "flags": 64,
            "interaction_metadata": {
                "interacted_message_id": found.message["id"] if found.message else None
            },
        }  # fmt: skip
        self.world.ephemeral.append(made)
        return made

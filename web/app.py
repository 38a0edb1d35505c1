"""The pages as a whole: what they are given, and where each is found."""

from __future__ import annotations

from aiohttp import hdrs, web

from chat.errors import NotFound
from web import (
    action_page,
    approval_page,
    audit_page,
    channel_actions,
    channel_page,
    dialogs,
    execution_page,
    files,
    incident_list,
    incident_page,
    message_actions,
    people_page,
    playbook_list,
    playbook_page,
    runbook_list,
    runbook_page,
    second_factor_page,
    sign_in,
    token_page,
)
from web.ask import Ask, Handler
from web.assets import Assets
from web.desks import Desks
from web.guard import Guard, RawHandler
from web.live import Live
from web.pages import Pages
from web.sign_in import SignIn

__all__ = ["Desks", "Site"]

_PAGES: tuple[tuple[str, Handler], ...] = (
    ("/", channel_page.home),
    ("/channels/{channel}", channel_page.show),
    ("/channels/{channel}/earlier", channel_page.earlier),
    ("/channels/{channel}/threads/{message:[0-9]{1,17}}", channel_page.thread),
    ("/channels/{channel}/panel", channel_page.panel),
    ("/channels/{channel}/members", channel_page.members),
    ("/channels/{channel}/faces", channel_page.faces),
    ("/channels/{channel}/complete", channel_page.complete),
    ("/sidebar", channel_page.sidebar),
    ("/browse-channels", channel_actions.browse),
    ("/new-channel", channel_actions.new),
    ("/people-options", dialogs.people),
    ("/files/{file}", files.show),
    ("/incidents", incident_list.show),
    ("/incidents/start", incident_list.ask_start),
    ("/incidents/{key}", incident_page.show),
    ("/incidents/{key}/edit", incident_page.ask_edit),
    ("/playbooks", playbook_list.show),
    ("/playbooks/new", playbook_list.choose),
    ("/playbooks/scratch", playbook_page.new),
    ("/playbooks/{playbook}", playbook_page.show),
    ("/playbooks/{playbook}/members", playbook_page.members),
    ("/playbooks/{playbook}/history", playbook_page.history),
    ("/playbooks/{playbook}/export", playbook_list.export_file),
    ("/runbooks", runbook_list.show),
    ("/runbooks/new", runbook_list.new),
    ("/runbooks/{runbook}", runbook_page.show),
    ("/runbooks/{runbook}/run", runbook_page.ask_run),
    ("/runbooks/{runbook}/edit", runbook_page.ask_edit),
    ("/actions", action_page.listed),
    ("/actions/{action}", action_page.show),
    ("/executions", execution_page.listed),
    ("/executions/{execution}", execution_page.show),
    ("/executions/{execution}/files/{name}", execution_page.file),
    ("/executions/{execution}/output/{task}", execution_page.output),
    ("/approvals", approval_page.listed),
    ("/approvals/{approval}", approval_page.show),
    ("/people", people_page.show),
    ("/new-account", people_page.ask_new),
    ("/people/{name}", people_page.account),
    ("/account/second-factor", second_factor_page.show),
    ("/tokens", token_page.show),
    ("/new-token", token_page.ask_new),
    ("/audit", audit_page.show),
)
_ACTIONS: tuple[tuple[str, Handler], ...] = (
    ("/channels", channel_actions.create),
    ("/channels/{channel}/messages", channel_actions.say),
    ("/channels/{channel}/seen", channel_actions.seen),
    ("/channels/{channel}/join", channel_actions.join),
    ("/channels/{channel}/leave", channel_actions.leave),
    ("/channels/{channel}/people", channel_actions.add),
    ("/messages/{message:[0-9]{1,17}}/actions", message_actions.click),
    ("/messages/{message:[0-9]{1,17}}/menu", message_actions.menu),
    ("/forms/{form}", dialogs.submit),
    ("/forms/{form}/dismiss", dialogs.dismiss),
    ("/incidents", incident_list.start),
    ("/incidents/{key}/edit", incident_page.edit),
    ("/incidents/{key}/end", incident_page.end),
    ("/incidents/{key}/restart", incident_page.restart),
    ("/incidents/{key}/join", incident_page.join),
    ("/incidents/{key}/export", incident_page.export),
    ("/incidents/{key}/steps/{step}/{act}", incident_page.step),
    ("/playbooks", playbook_page.create),
    ("/playbooks/from-template", playbook_list.from_template),
    ("/playbooks/import", playbook_list.import_file),
    ("/playbooks/{playbook}", playbook_page.save),
    ("/playbooks/{playbook}/members", playbook_page.share),
    ("/playbooks/{playbook}/revisions/{revision:[0-9]{1,9}}/restore", playbook_page.restore),
    ("/playbooks/{playbook}/duplicate", playbook_page.duplicate),
    ("/playbooks/{playbook}/delete", playbook_page.delete),
    ("/runbooks", runbook_list.create),
    ("/runbooks/{runbook}", runbook_page.save),
    ("/runbooks/{runbook}/run", runbook_page.run),
    ("/runbooks/{runbook}/mark", runbook_page.mark),
    ("/runbooks/{runbook}/versions/{revision:[0-9]{1,9}}/restore", runbook_page.restore),
    ("/runbooks/{runbook}/delete", runbook_page.delete),
    ("/runbooks/{runbook}/webhook-secret", runbook_page.webhook_secret),
    ("/actions/{action}/run", action_page.run),
    ("/executions/{execution}/settle", execution_page.settle),
    ("/executions/{execution}/{act}", execution_page.control),
    ("/approvals/{approval}", approval_page.answer),
    ("/people", people_page.create),
    ("/people/{name}", people_page.edit),
    ("/people/{name}/active", people_page.activate),
    ("/people/{name}/roles", people_page.change_roles),
    ("/people/{name}/link", people_page.sign_in_link),
    ("/people/{name}/sign-out", people_page.sign_out_everywhere),
    ("/people/{name}/unlink", people_page.unlink),
    ("/people/{name}/second-factor/remove", second_factor_page.remove_of),
    ("/account/second-factor", second_factor_page.begin),
    ("/account/second-factor/confirm", second_factor_page.confirm),
    ("/account/second-factor/remove", second_factor_page.remove),
    ("/tokens", token_page.create),
    ("/tokens/{token}/revoke", token_page.revoke),
    ("/audit/verify", audit_page.verify),
    ("/preview", playbook_page.preview),
    ("/sign-out", sign_in.sign_out),
    ("/team", sign_in.choose_team),
)

_NOT_THE_APIS = "/{rest:(?!(?:api|healthz|readyz|metrics)(?:/|$)).+}"
"""Every path but those where the API answers errors in its own way."""


class Site:
    """Every page, ready to be put into a server."""

    def __init__(self, desks: Desks) -> None:
        self._assets = Assets()
        self._pages = Pages(self._assets, desks.version)
        self._guard = Guard(desks, self._pages)
        self._live = Live()
        self._sign_in = SignIn(desks, self._pages)

    def routes(self) -> list[web.RouteDef]:
        """Every route; the last one answers whatever nobody else knows."""
        guard = self._guard
        return [
            web.get("/static/{digest}/{name:.+}", self._assets.serve),
            *(web.get(path, guard.signed_in(handler)) for path, handler in _PAGES),
            *(web.post(path, guard.signed_in(handler)) for path, handler in _ACTIONS),
            web.get("/sign-in", guard.open(self._sign_in.show)),
            web.post("/sign-in", guard.open(self._sign_in.by_token)),
            web.get("/sign-in/{secret}", guard.open(self._sign_in.link)),
            web.post("/sign-in/{secret}", guard.open(self._sign_in.spend)),
            web.get("/live", guard.signed_in(self._live.serve)),
            web.route(hdrs.METH_ANY, _NOT_THE_APIS, self._lost()),
        ]

    def install(self, app: web.Application) -> None:
        """Add the routes, behind those of everybody else, and the end of open streams."""
        app.router.add_routes(self.routes())
        app.on_shutdown.append(self._hang_up)

    async def _hang_up(self, _app: web.Application) -> None:
        """End the streams, which would otherwise hold up the shutdown."""
        self._live.close()

    def _lost(self) -> RawHandler:
        async def lost(ask: Ask) -> web.Response:
            raise NotFound(f"There is no page at {ask.request.path[:80]}.")

        return self._guard.signed_in(lost)

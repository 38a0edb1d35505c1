"""`/api/incidents/{ref}/stages/` and `…/steps/`: the checklists of a running incident."""

from __future__ import annotations

from api.chat_answers import answered_out
from api.chat_shapes import AnsweredOut
from api.incidents import ONE, ROOT
from api.names import Names
from api.paging import Part, page_out, part_of
from api.routing import Answer, AnyRoute, Call, Route
from api.shapes import NoQuery, Nothing
from api.speaker import PLATFORM, Speakers
from api.step_shapes import AddStep, EditStep, StageOut, StagePage, StepOut, names_in
from chat.errors import Refused, Unavailable
from chat.rooms import Rooms
from incidents.desk import IncidentDesk
from playbooks.progress import locate
from playbooks.step_edit import StepEdit
from playbooks.steps import StepChanged, StepDesk
from security.permissions import Permission

_STEP = f"{ONE}steps/{{step}}/"


class IncidentSteps:
    """Stages and steps over HTTP."""

    def __init__(
        self,
        incidents: IncidentDesk,
        steps: StepDesk,
        rooms: Rooms,
        speakers: Speakers,
        names: Names,
    ) -> None:
        self._incidents = incidents
        self._steps = steps
        self._rooms = rooms
        self._speakers = speakers
        self._names = names

    def routes(self) -> tuple[AnyRoute, ...]:
        """Its rows."""
        work = Permission.INCIDENT_WORK
        return (
            Route(
                "GET", f"{ONE}stages/", self.stages, Permission.INCIDENT_VIEW,
                "List the stages with their steps", StagePage, query=Part,
            ),
            Route(
                "POST", f"{ONE}stages/{{stage}}/activate/", self.activate, work,
                "Make a stage active, by number, name, id, or `next`", StageOut,
            ),
            Route(
                "POST", f"{ONE}steps/", self.add, work,
                "Add a step", StepOut, body=AddStep, status=201,
            ),
            Route("GET", _STEP, self.get, Permission.INCIDENT_VIEW, "Look at a step", StepOut),
            Route(
                "PATCH", _STEP, self.edit, work,
                "Rename, move or assign a step", StepOut, body=EditStep,
            ),
            Route("DELETE", _STEP, self.remove, work, "Remove a step", None, status=204),
            Route("POST", f"{_STEP}check/", self.check, work, "Check a step", StepOut),
            Route("POST", f"{_STEP}uncheck/", self.uncheck, work, "Uncheck a step", StepOut),
            Route("POST", f"{_STEP}skip/", self.skip, work, "Skip a step", StepOut),
            Route(
                "POST", f"{_STEP}run/", self.run, work,
                "Run a step's command in the incident's channel", AnsweredOut,
            ),
        )  # fmt: skip

    async def stages(self, call: Call[Part, Nothing]) -> StagePage:
        """All stages, in order."""
        progress = await self._steps.progress(call.actor, call.path["ref"])
        known = await self._names.of(names_in(progress))
        part = part_of(progress.stages, call.query)
        return page_out(
            StagePage,
            call.request,
            call.query,
            part,
            lambda stage: StageOut.of(progress, stage, known),
        )

    async def activate(self, call: Call[NoQuery, Nothing]) -> StageOut:
        """Work on another stage."""
        _, progress = await self._steps.activate(call.actor, call.path["ref"], call.path["stage"])
        known = await self._names.of(names_in(progress))
        return StageOut.of(progress, progress.active_stage, known)

    async def add(self, call: Call[NoQuery, AddStep]) -> Answer:
        """A new step at the end of its stage."""
        ref, body = call.path["ref"], call.body
        made = await self._steps.add(
            call.actor,
            ref,
            body.title,
            stage=body.stage,
            description=body.description,
            command=body.command,
        )
        return Answer(
            await self._shown(made), location=f"{ROOT}{made.incident.key}/steps/{made.step.id}/"
        )

    async def get(self, call: Call[NoQuery, Nothing]) -> StepOut:
        """One step."""
        progress = await self._steps.progress(call.actor, call.path["ref"])
        known = await self._names.of(names_in(progress))
        return StepOut.at(progress, locate(progress, call.path["step"]).step.id, known)

    async def edit(self, call: Call[NoQuery, EditStep]) -> StepOut:
        """Change what is given."""
        body = call.body
        wish = StepEdit(body.title, body.position, body.stage, body.assignee)
        changed = await self._steps.edit(call.actor, call.path["ref"], call.path["step"], wish)
        return await self._shown(changed)

    async def remove(self, call: Call[NoQuery, Nothing]) -> Answer:
        """Take it out."""
        await self._steps.remove(call.actor, call.path["ref"], call.path["step"])
        return Answer()

    async def check(self, call: Call[NoQuery, Nothing]) -> StepOut:
        """Done."""
        ref, step = call.path["ref"], call.path["step"]
        return await self._shown(await self._steps.check(call.actor, ref, step))

    async def uncheck(self, call: Call[NoQuery, Nothing]) -> StepOut:
        """Open again."""
        ref, step = call.path["ref"], call.path["step"]
        return await self._shown(await self._steps.uncheck(call.actor, ref, step))

    async def skip(self, call: Call[NoQuery, Nothing]) -> StepOut:
        """Not needed this time."""
        ref, step = call.path["ref"], call.path["step"]
        return await self._shown(await self._steps.skip(call.actor, ref, step))

    async def _shown(self, changed: StepChanged) -> StepOut:
        """A step as it is after a change."""
        known = await self._names.of(names_in(changed.progress))
        return StepOut.at(changed.progress, changed.step.id, known)

    async def run(self, call: Call[NoQuery, Nothing]) -> AnsweredOut:
        """Run the step's command, as if its asker had typed so in the incident's channel.

        The command goes the way of everything typed: journalled, checked for rights,
        worked on once.
        """
        found = await self._incidents.detail(call.actor, call.path["ref"])
        progress = await self._steps.progress(call.actor, found.incident.id)
        step = locate(progress, call.path["step"]).step
        if not step.command:
            raise Refused(f"“{step.title}” has no command to run.", code="NO_COMMAND")
        home = next((r.address for r in found.rooms if r.address.platform == PLATFORM), None)
        if home is None:
            raise Unavailable(f"{found.incident.key} has no channel yet. Try again in a moment.")
        who = await self._speakers.of(call.actor, found.incident.team_id)
        answered = await self._rooms.say(who, home.channel, f"/incident run {step.id}")
        return await answered_out(self._rooms, who, answered)

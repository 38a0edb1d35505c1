"""The forms that make and change playbooks, and what their answers make of a draft."""

from __future__ import annotations

from dataclasses import replace

from chat.card import Option
from chat.fit import shorten
from chat.form import Form, FormField
from incidents.incident import Severity
from playbooks.draft import PlaybookDraft
from playbooks.playbook import Playbook
from playbooks.template import Template


def new_form(templates: tuple[Template, ...]) -> Form:
    """Where from, and what it is called."""
    shipped = tuple(Option(one.id, shorten(one.draft.name, 75)) for one in templates)
    return Form(
        action="playbook.new",
        title="New playbook",
        submit="Make it",
        fields=(
            FormField(
                "template",
                "Begin with",
                "select",
                options=(Option("scratch", "An empty playbook"), *shipped),
                value="scratch",
            ),
            FormField(
                "name",
                "Name",
                required=False,
                hint="The template's own name when left empty",
                max_length=80,
            ),
            FormField("description", "Description", "multiline", required=False),
        ),
    )


def edit_form(playbook: Playbook) -> Form:
    """Name, description and the commonest settings; stages and steps have words of their own."""
    settings = playbook.settings
    severities = tuple(Option(one.value, one.value) for one in Severity)
    return Form(
        action="playbook.edit",
        title="Edit playbook",
        submit="Save",
        context=f"{playbook.id}:{playbook.revision}",
        intro="Stages and steps are changed with /playbook stage and /playbook step, "
        "or on the playbook's page.",
        fields=(
            FormField("name", "Name", value=playbook.name, max_length=80),
            FormField(
                "description",
                "Description",
                "multiline",
                required=False,
                value=playbook.description,
                max_length=max(3000, len(playbook.description)),
            ),
            FormField(
                "severity", "Severity", "select", options=severities, value=settings.severity.value
            ),
            FormField(
                "public",
                "Public channels",
                "switch",
                required=False,
                value=str(settings.public).lower(),
                hint="Whether everybody in the team finds the incident's channel",
            ),
            FormField(
                "keywords",
                "Keywords",
                required=False,
                value=", ".join(settings.keywords),
                hint="Words that offer an incident when somebody says them, with commas between",
            ),
        ),
    )


def edited(draft: PlaybookDraft, values: dict[str, str]) -> PlaybookDraft:
    """The draft with what `edit_form` was answered with."""
    old = draft.settings
    keywords = values.get("keywords", ", ".join(old.keywords))
    settings = replace(
        old,
        severity=Severity.parse(values.get("severity", old.severity.value)),
        public=values.get("public", str(old.public).lower()) == "true",
        keywords=tuple(word.strip() for word in keywords.split(",") if word.strip()),
    )
    return replace(
        draft,
        name=values.get("name", draft.name),
        description=values.get("description", draft.description),
        settings=settings,
    )

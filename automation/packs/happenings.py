"""Reads a pack's sensors, trigger types and policies.

Source: StackStorm's metadata of sensors, triggers and policies, whose keys are all there are.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from automation.packs.documents import Document, Policy, SensorType, TriggerType
from automation.packs.sheet import Sheet
from automation.templates.mistake import near

_ALWAYS = frozenset({"id", "uid", "ref", "pack", "description", "metadata_file"})
_SENSOR = _ALWAYS | {
    *("name", "class_name", "entry_point", "artifact_uri", "enabled", "poll_interval"),
    "trigger_types",
}
_TRIGGER = _ALWAYS | {"name", "payload_schema", "parameters_schema", "tags"}
_POLICY = _ALWAYS | {"name", "enabled", "resource_ref", "policy_type", "parameters"}
POLICIES: Mapping[str, frozenset[str]] = {
    "action.concurrency": frozenset({"threshold", "action"}),
    "action.concurrency.attr": frozenset({"threshold", "attributes", "action"}),
    "action.retry": frozenset({"retry_on", "max_retry_count", "delay"}),
}
"""What each kind takes."""


def read_sensor(document: Document, folder: Path) -> tuple[SensorType | None, Sheet]:
    """A sensor; None when it has no class or no module. What is wrong stands in the sheet."""
    sheet = _sheet(document, _SENSOR)
    class_name = sheet.text("class_name", needed=True)
    entry = _module(sheet, folder / "sensors", sheet.text("entry_point", needed=True))
    triggers = [
        _trigger(sheet.inner(key, body), document.pack)
        for key, body in sheet.objects("trigger_types")
    ]
    description, enabled = sheet.text("description"), sheet.flag("enabled", otherwise=True)
    interval = sheet.number("poll_interval")
    if not class_name or entry is None:
        return None, sheet
    return SensorType(
        ref=f"{document.pack}.{class_name}",
        class_name=class_name,
        entry_point=entry,
        folder=folder,
        description=description,
        enabled=enabled,
        poll_interval=interval,
        triggers=tuple(each for each in triggers if each is not None),
    ), sheet


def read_trigger(document: Document) -> tuple[TriggerType | None, Sheet]:
    """A trigger type; None when it has no name. What is wrong stands in the sheet."""
    sheet = Sheet(document.file, document.lines, document.body)
    found = _trigger(sheet, document.pack)
    return found, sheet


def read_policy(document: Document) -> tuple[Policy | None, Sheet]:
    """A policy; None when it cannot be kept. What is wrong stands in the sheet."""
    sheet = _sheet(document, _POLICY)
    name = sheet.text("name", needed=True)
    resource = sheet.text("resource_ref", needed=True)
    kind = sheet.text("policy_type", needed=True)
    parameters = sheet.mapping("parameters")
    if kind and kind not in POLICIES:
        there = ", ".join(sorted(POLICIES))
        sheet.wrong("policy_type", f"is “{kind}”; there are {there}.{near(kind, POLICIES)}")
        return None, sheet
    if kind:
        sheet.inner("parameters", parameters).only(POLICIES[kind])
    if not name or not resource or not kind:
        return None, sheet
    return Policy(
        ref=f"{document.pack}.{name}",
        resource_ref=resource,
        policy_type=kind,
        description=sheet.text("description"),
        enabled=sheet.flag("enabled", otherwise=True),
        parameters=parameters,
    ), sheet


def _sheet(document: Document, known: frozenset[str]) -> Sheet:
    sheet = Sheet(document.file, document.lines, document.body)
    sheet.only(known)
    belongs(sheet, document.pack)
    return sheet


def belongs(sheet: Sheet, pack: str) -> None:
    """Note when a file says that it is of another pack."""
    said = sheet.body.get("pack")
    if said not in {None, pack}:
        sheet.wrong("pack", f"is “{str(said)[:60]}”, and the file lies in {pack}")


def _trigger(sheet: Sheet, pack: str) -> TriggerType | None:
    sheet.only(_TRIGGER)
    belongs(sheet, pack)
    name = sheet.text("name", needed=True)
    if not name:
        return None
    return TriggerType(
        ref=f"{pack}.{name}",
        description=sheet.text("description"),
        payload_schema=sheet.mapping("payload_schema"),
        parameters_schema=sheet.mapping("parameters_schema"),
        tags=sheet.tags(),
    )


def _module(sheet: Sheet, inside: Path, named: str) -> Path | None:
    if not named:
        return None
    entry = (inside / named).resolve()
    if inside.resolve() not in entry.parents:
        sheet.wrong("entry_point", "must lie in the pack's folder “sensors”")
        return None
    if not entry.is_file():
        sheet.wrong("entry_point", f"is “{named[:100]}”, and there is no such file")
    return entry

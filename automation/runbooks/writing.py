"""Runbooks written out as documents, which `documents.py` reads back to the same."""

from __future__ import annotations

import yaml

from automation.actions.action import Parameter
from automation.approval import Policy
from automation.runbook import Content, OnFailure, Retry, Step
from automation.runbooks.span import span_text
from automation.values import Json


def text_of(content: Content, label: str | None = None) -> str:
    """The document in YAML, as people edit it."""
    return yaml.safe_dump(written(content, label), sort_keys=False, allow_unicode=True)  # pyright: ignore[reportUnknownMemberType] - its stubs are partly typed


def written(content: Content, label: str | None = None) -> dict[str, Json]:
    """The document that `read` reads back to the same content."""
    found: dict[str, Json] = {
        "name": content.name,
        "description": content.description,
        "version": label,
        "trigger_type": content.trigger_type.value,
        "trigger_conditions": dict(content.trigger_conditions),
        "parameters": [_parameter(each) for each in content.parameters],
        "steps": [step_document(each) for each in content.steps],
        "approval": policy_document(content.approval),
        "estimated_duration": span_text(content.estimated_duration),
        "category": content.category,
        "tags": list(content.tags),
    }
    return found


def _parameter(each: Parameter) -> dict[str, Json]:
    found: dict[str, Json] = {"name": each.name, "type": each.type, "required": each.required}
    if each.description:
        found["description"] = each.description
    for name in ("default", "enum", "pattern"):
        if name in each.schema:
            found[name] = each.schema[name]
    if each.secret:
        found["secret"] = True
    return found


def step_document(step: Step) -> dict[str, Json]:
    """One step; optional parts are left out where they say nothing."""
    found: dict[str, Json] = {
        "name": step.name,
        "action": step.action,
        "timeout": step.timeout,
        "parameters": dict(step.parameters),
    }
    if step.when:
        found["when"] = step.when
    if step.retry != Retry():
        retry = step.retry
        found["retry"] = {
            "count": retry.count,
            "delay": retry.delay,
            "backoff": retry.backoff,
        }
    if step.on_failure is not OnFailure.STOP:
        found["on_failure"] = step.on_failure.value
    if step.approval is not None:
        found["approval"] = policy_document(step.approval)
    if step.rollback is not None:
        undo = step.rollback
        found["rollback"] = {
            "action": undo.action,
            "parameters": dict(undo.parameters),
            "timeout": undo.timeout,
        }
    if step.parallel:
        found["parallel"] = True
    if step.for_each is not None:
        found["for_each"] = step.for_each
    if step.concurrency != 1:
        found["concurrency"] = step.concurrency
    return found


def policy_document(policy: Policy | None) -> dict[str, Json] | None:
    """Every part of an approval's policy; None for none."""
    if policy is None:
        return None
    return {
        "people": list(policy.people),
        "role": policy.role,
        "needed": policy.needed,
        "reason_required": policy.reason_required,
        "expires_after": policy.expires_after,
        "on_expiry": policy.on_expiry.value,
        "escalate_after": policy.escalate_after,
        "escalate_to": list(policy.escalate_to),
        "requester_may_approve": policy.requester_may_approve,
        "second_factor": policy.second_factor,
    }

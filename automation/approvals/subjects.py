"""Under which subjects approvals and questions live in chat, and what drives them."""

from __future__ import annotations

EXECUTION_DRIVE = "execution"
"""The kind of drive that carries executions on, and goes on once an answer is there."""
APPROVAL_DRIVE = "approval"
"""The kind of drive that lets approvals expire and escalates them; its subject is an id."""
QUESTION_DRIVE = "question"
"""The kind of drive that lets questions expire; its subject is an id."""


def approval_subject(approval_id: str) -> str:
    """The subject under which an approval's messages live."""
    return f"approval:{approval_id}"


def question_subject(question_id: str) -> str:
    """The subject under which a question's messages live."""
    return f"question:{question_id}"

"""The marks that stand for values between a command's template and its quoting."""

from __future__ import annotations

import base64
import json
from typing import Any

from jinja2 import nodes

from automation.values import Json

_PLACEHOLDER = "value"


def marked(value: Any) -> str:
    """A value on its way through the template: found again, and quoted, afterwards."""
    text = json.dumps(value, default=str)
    return f"\x00{base64.b64encode(text.encode()).decode()}\x00"


def captured(tree: nodes.Template) -> str:
    """Why a value would be quoted and then changed again; empty when none is."""
    for block, word in ((nodes.AssignBlock, "set"), (nodes.FilterBlock, "filter")):
        for found in tree.find_all(block):
            if any(len(_texts(each)) < len(each.nodes) for each in found.find_all(nodes.Output)):
                return (
                    f"puts a value into a {{% {word} %}} block, where it cannot be quoted; "
                    "write {% set name = … %} or {{ value | filter }} instead"
                )
    if any(loop.recursive for loop in tree.find_all(nodes.For)):
        return "has a recursive loop, where a value cannot be quoted; write a plain loop instead"
    return ""


def _texts(output: nodes.Output) -> list[nodes.TemplateData]:
    return [each for each in output.nodes if isinstance(each, nodes.TemplateData)]


def pieces(node: nodes.Node) -> list[str]:
    """The texts of a template in order, a mark in the place of each value."""
    found: list[str] = []
    for child in node.iter_child_nodes():
        if isinstance(child, nodes.TemplateData):
            found.append(child.data)
        elif isinstance(node, nodes.Output):
            found.append(marked(_PLACEHOLDER))
        elif not isinstance(child, nodes.Expr):
            found += pieces(child)
    return found


def text_of(value: Json) -> str:
    """A value as a command is given it: nothing is an empty text, an object its JSON."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value
        case int() | float():
            return str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)

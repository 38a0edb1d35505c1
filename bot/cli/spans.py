"""Spans of time as people type them."""

from __future__ import annotations

import re
from datetime import timedelta

import click

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class Span(click.ParamType[timedelta | None]):
    """`30m`, `12h`, `90d` or `2w`; `never` is None to the command."""

    name = "span"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta | None:
        """The span, or a usage error that says what is accepted."""
        if value is None or isinstance(value, timedelta):
            return value
        text = str(value).strip().lower()
        if text == "never":
            return None
        match = re.fullmatch(r"([0-9]{1,5})([mhdw])", text)
        if match is None:
            self.fail(f"“{text[:40]}” is no span; give 30m, 12h, 90d, 2w or never.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})

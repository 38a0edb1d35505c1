"""Buttons and menus as actions of an Adaptive Card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.teams.rich import escaped
from adapters.teams.seal import Seal
from chat.card import Button, Control, Option, Select
from chat.fit import shorten
from chat.payload import Json

ACT = "act"
"""What a button's token is sealed as: action and value."""
IN_A_ROW = 5
"""Actions in one set; Teams shows six at most."""
OPTIONS = 100
_FEW = 25
_STYLES = {"primary": "positive", "danger": "destructive"}
_PEOPLE = {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}


class Controls:
    """Draws the controls of one card; menus are numbered through it."""

    def __init__(self, seal: Seal) -> None:
        self._seal = seal
        self._menus = 0

    def rows(self, controls: Sequence[Control]) -> Iterator[Json]:
        """Sets of buttons, and each menu with the button that sends what is chosen in it."""
        row: list[Json] = []
        for control in controls:
            if isinstance(control, Select):
                if row:
                    yield actions(row)
                    row = []
                yield self._menu(control)
                continue
            row.append(self._button(control))
            if len(row) == IN_A_ROW:
                yield actions(row)
                row = []
        if row:
            yield actions(row)

    def _button(self, button: Button) -> Json:
        pressed = self._pressed(button.action, button.value, button.label)
        if button.asks:
            # Only so does the platform open a dialog, and only with what comes back at once.
            pressed["type"] = "Action.Submit"
            del pressed["verb"]
            pressed["data"]["msteams"] = {"type": "task/fetch"}
        if button.style in _STYLES:
            pressed["style"] = _STYLES[button.style]
        if button.confirm is None:
            return pressed
        question = {"type": "TextBlock", "text": escaped(button.confirm[:500]), "wrap": True}
        card = {"type": "AdaptiveCard", "body": [question], "actions": [pressed]}
        shown = {"type": "Action.ShowCard", "title": pressed["title"], "card": card}
        return shown | ({"style": pressed["style"]} if "style" in pressed else {})

    def _menu(self, select: Select) -> Json:
        self._menus += 1
        name = f"menu{self._menus}"
        choose = self._pressed(select.action, select.value, select.label)
        choose["data"]["menu"] = name
        menu = choices(name, select.options, select.chosen or "", people=select.people)
        menu["placeholder"] = shorten(select.label, 75)
        return {
            "type": "ColumnSet",
            "columns": [
                {"type": "Column", "width": "stretch", "items": [menu]},
                {"type": "Column", "width": "auto", "items": [actions([choose])]},
            ],
        }

    def _pressed(self, action: str, value: str, label: str) -> Json:
        return {
            "type": "Action.Execute",
            "title": shorten(label, 75) or "…",
            "verb": "tocsin",
            "data": {"t": self._seal.close(ACT, [action, value])},
        }


def actions(row: list[Json]) -> Json:
    """A row of actions."""
    return {"type": "ActionSet", "actions": row}


def choices(name: str, options: Sequence[Option], chosen: str, *, people: bool) -> Json:
    """A menu; with many options people type to find theirs."""
    menu: Json = {"type": "Input.ChoiceSet", "id": name, "choices": []}
    if people:
        # An extension of Teams: the whole organisation, found by typing.
        menu["choices.data"] = dict(_PEOPLE)
        menu["style"] = "filtered"
    else:
        menu["choices"] = [
            {"title": shorten(option.label, 100) or "…", "value": option.value}
            for option in options[:OPTIONS]
        ]
        menu["style"] = "filtered" if len(options) > _FEW else "compact"
    return menu | ({"value": chosen} if chosen else {})

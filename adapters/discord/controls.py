"""Buttons and selects as Discord's components.

A button that finds no place of its own becomes an entry of a menu together with others of
its label, so that nothing that can be pressed is lost while there is room for menus.
"""

from __future__ import annotations

from collections.abc import Iterable

from adapters.discord.custom_ids import Pressed, written
from adapters.discord.escaping import clean, one_line
from adapters.discord.raw import Json, Part, is_snowflake
from chat.card import Button, Control, Option, Select
from chat.fit import shorten_units, units

MENU = "menu|"
MOST_OPTIONS = 25
MOST_IN_ROW = 5
MOST_LABEL = 80
MOST_OPTION = 100
MOST_PLACEHOLDER = 150

_STYLES = {"default": 2, "primary": 1, "danger": 4}


class Controls:
    """Makes the controls of one message, each with an id of its own.

    Attributes:
        kept: What has to be kept with us for their ids, by digest.
    """

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self._number = 0
        self._menus: dict[str, list[Json]] = {}

    def button(self, control: Button) -> Json:
        """A button."""
        return {
            "type": Part.BUTTON,
            "style": _STYLES[control.style],
            "label": fitted(control.label, MOST_LABEL),
            "custom_id": self._id(_meaning(control)),
        }

    def select(self, control: Select) -> Json | None:
        """A select; None when there is nothing to choose from."""
        made: Json = {
            "type": Part.PEOPLE if control.people else Part.SELECT,
            "custom_id": self._id(Pressed(control.action, control.value)),
            "placeholder": fitted(control.label, MOST_PLACEHOLDER),
        }
        if control.people:
            if control.chosen is not None and is_snowflake(control.chosen):
                made["default_values"] = [{"id": control.chosen, "type": "user"}]
            return made
        made["options"] = list(self._options(control))
        return made if made["options"] else None

    def rows(self, controls: Iterable[Control]) -> list[Json]:
        """Rows of them in their order: up to five buttons, or one select."""
        rows: list[Json] = []
        buttons: list[Json] = []
        for control in controls:
            if isinstance(control, Button):
                if len(buttons) == MOST_IN_ROW:
                    buttons = []
                if not buttons:
                    rows.append({"type": Part.ROW, "components": buttons})
                buttons.append(self.button(control))
            elif (select := self.select(control)) is not None:
                buttons = []
                rows.append({"type": Part.ROW, "components": [select]})
        return rows

    def into_menu(self, control: Button, about: str) -> None:
        """Have it as an entry of the menu of its label.

        Args:
            control: The button.
            about: What the entry says; the menu says the label.
        """
        entry: Json = {
            "label": fitted(about, MOST_OPTION),
            "value": self._id(_meaning(control)),
        }
        self._menus.setdefault(control.label, []).append(entry)

    def menus(self, most: int) -> list[Json]:
        """The menus gathered so far, each in a row of its own; at most `most` of them."""
        rows: list[Json] = []
        for label, entries in self._menus.items():
            for first in range(0, len(entries), MOST_OPTIONS):
                self._number += 1
                menu: Json = {
                    "type": Part.SELECT,
                    "custom_id": f"{MENU}{self._number}",
                    "placeholder": fitted(f"{label} …", MOST_PLACEHOLDER),
                    "options": entries[first : first + MOST_OPTIONS],
                }
                rows.append({"type": Part.ROW, "components": [menu]})
        self._menus = {}
        return rows[:most]

    def _options(self, control: Select) -> Iterable[Json]:
        seen: set[str] = set()
        for option in _shown(control):
            value = clean(option.value).strip()
            if not value or value in seen or units(value) > MOST_OPTION:
                continue
            seen.add(value)
            made: Json = {"label": fitted(option.label, MOST_OPTION), "value": value}
            if option.value == control.chosen:
                made["default"] = True
            yield made
            if len(seen) == MOST_OPTIONS:
                return

    def _id(self, pressed: Pressed) -> str:
        self._number += 1
        custom_id, kept = written(pressed, self._number)
        self.kept.update(kept)
        return custom_id


def fitted(text: str, length: int) -> str:
    """One line of at most so many UTF-16 units; never empty, which Discord refuses."""
    return shorten_units(one_line(clean(text)).strip(), length) or "…"


def _meaning(control: Button) -> Pressed:
    ask = clean(control.confirm or "")
    return Pressed(clean(control.action), clean(control.value), ask)


def _shown(control: Select) -> tuple[Option, ...]:
    """The options, with the chosen one first when it would be cut off."""
    options = control.options
    late = [one for one in options[MOST_OPTIONS:] if one.value == control.chosen]
    return (*late, *options)

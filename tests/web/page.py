"""Reads pages the way a browser does, as far as tests need it."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Element:
    """One element of a page, with all text inside of it."""

    tag: str
    attributes: dict[str, str]
    text: str = ""
    options: list[tuple[str, bool]] = field(default_factory=list[tuple[str, bool]])

    def get(self, name: str) -> str:
        """An attribute; empty when it is not there."""
        return self.attributes.get(name, "")


class Page(HTMLParser):
    """A page or a part of one."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag == "option":
            select = next((one for one in reversed(self._open) if one.tag == "select"), None)
            if select is not None:
                select.options.append((element.get("value"), "selected" in element.attributes))
        if tag not in {"input", "meta", "link", "br", "img", "path", "circle", "rect", "line"}:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at].tag == tag:
                del self._open[at:]
                return

    def handle_data(self, data: str) -> None:
        self.text += data
        for element in self._open:
            element.text += data

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements of a tag with these attributes; `_` in a name stands for `-`."""
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if (not tag or element.tag == tag)
            and all(element.attributes.get(name) == value for name, value in wanted.items())
        ]

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        found = self.all(tag, **attributes)
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def fields(self) -> list[tuple[str, str]]:
        """What a browser would send of the page's form, templates left out."""
        sent: list[tuple[str, str]] = []
        inside_template = False
        for element in self.elements:
            if element.tag == "template":
                inside_template = True
            name = element.get("name")
            if inside_template or not name:
                continue
            kind = element.get("type")
            if element.tag == "textarea":
                # A browser drops the line feed right behind the tag.
                sent.append((name, element.text.removeprefix("\n")))
            elif element.tag == "select":
                chosen = [value for value, selected in element.options if selected]
                sent.append((name, (chosen or [element.options[0][0]])[0]))
            elif element.tag == "input" and kind in {"checkbox", "radio"}:
                if "checked" in element.attributes:
                    sent.append((name, element.get("value")))
            elif element.tag == "input":
                sent.append((name, element.get("value")))
        return sent

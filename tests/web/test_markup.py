"""What people wrote looks like a chat's messages and cannot be anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.cards import words
from tests.web.page import Page
from web.icons import icon
from web.markup import BIDI, ICONS, keyed, markdown, marked, ticked

TAGS = {"p", "br", "strong", "em", "s", "code", "pre", "ul", "ol", "li", "blockquote", "a", "span"}


@pytest.mark.parametrize(
    ("written", "html"),
    [
        ("**bold** and *it*", "<p><strong>bold</strong> and <em>it</em></p>"),
        ("~~gone~~ `x < y`", "<p><s>gone</s> <code>x &lt; y</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# not a heading", "<p># not a heading</p>"),
        ("<b>raw</b>", "<p>&lt;b&gt;raw&lt;/b&gt;</p>"),
        ("&amp; stays", "<p>&amp;amp; stays</p>"),
    ],
)
def test_the_subset_that_chats_know(written: str, html: str) -> None:
    assert markdown(written).strip() == html


def test_a_bare_address_becomes_a_link_without_the_full_stop() -> None:
    link = Page(markdown("see https://example.org/a_b.")).one("a")

    assert link.get("href") == link.text == "https://example.org/a_b"
    assert link.get("rel") == "noopener noreferrer nofollow"


def test_a_link_says_where_it_leads_when_its_text_does_not() -> None:
    assert "(evil.example)" in Page(markdown("[my bank](https://evil.example/x)")).text
    assert "(" not in Page(markdown("[example.org](https://example.org)")).text


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "/people", "vbscript:x"]
)
def test_a_link_leads_to_other_sites_only(target: str) -> None:
    assert all("href" not in link.attributes for link in Page(markdown(f"[x]({target})")).all("a"))


def test_pictures_are_never_loaded() -> None:
    assert not Page(markdown("![x](https://tracker.example/x.png)")).all("img")


def test_only_people_are_mentioned_and_the_reader_most_of_all() -> None:
    page = Page(markdown("@ana @bo @channel a@ana.example", ("ana", "bo"), "ana"))

    assert [one.text for one in page.all("span")] == ["@ana", "@bo"]
    assert [one.get("class") for one in page.all("span")] == ["mention mention-me", "mention"]


def test_code_mentions_nobody() -> None:
    assert not Page(markdown("`@ana`", ("ana",))).all("span")


@given(st.lists(words, max_size=4).map("\n".join), st.booleans())
def test_any_text_is_harmless(text: str, quoted: bool) -> None:
    html = markdown(f"> {text}" if quoted else text, ("ana",), "ana")

    for element in Page(html).elements:
        assert element.tag in TAGS
        assert set(element.attributes) <= {"href", "title", "rel", "target", "class", "start"}
    assert not BIDI.search(html)


@given(words)
def test_our_own_plain_texts_are_escaped_too(text: str) -> None:
    drawn = str(marked(text))
    for name in ICONS.values():
        drawn = drawn.replace(str(icon(name)), "")
    assert {element.tag for element in Page(drawn).elements} <= {"span"}
    assert {element.tag for element in Page(ticked(text)).elements} <= {"code"}


def test_severity_marks_are_drawn_and_not_read_out() -> None:
    dot = Page(marked("🔴 INC-00001")).one("span")

    assert dot.get("class") == "dot dot-critical"
    assert dot.get("aria-hidden") == "true"


@pytest.mark.parametrize("mark", ICONS)
def test_marks_of_state_are_drawn_as_icons_and_not_read_out(mark: str) -> None:
    page = Page(marked(f"{mark} RUN-00001 <b>"))

    assert page.one("svg").get("aria-hidden") == "true"
    assert mark not in marked(f"{mark} RUN-00001")
    assert "&lt;b&gt;" in marked(f"{mark} RUN-00001 <b>")


@pytest.mark.parametrize("evil", ["*a", "[", "> ", "`", "- ", "_*", "[a](", "~~a", "@ana "])
def test_the_worst_text_takes_a_moment_at_most(evil: str) -> None:
    assert markdown(evil * (16_000 // len(evil)), ("ana",))


def test_keys_lead_to_their_pages_and_nothing_else_is_a_link() -> None:
    shown = keyed('"RUN-00017" of INC-00001 waits for APR-100002 <b>inc-00001</b> XRUN-00001 RUN-1')

    links = {one.text: one.get("href") for one in Page(shown).all("a")}
    assert links == {
        "RUN-00017": "/executions/RUN-00017",
        "INC-00001": "/incidents/INC-00001",
        "APR-100002": "/approvals/APR-100002",
    }
    assert "<b>" not in shown

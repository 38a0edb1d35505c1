"""What cards and forms are made of in tests of Discord: its markup, its ids, and much of either."""

from __future__ import annotations

from hypothesis import strategies as st

from chat.address import Address
from chat.person import Person
from tests.cards import Material

_MARKED = st.sampled_from(
    ["@everyone", "<@123456789>", "**b**", "`c`", "``", "[a](http://b)", "# h", "- l", "\\",
     "||x||", "\n", "<t:1:R>", ":smile:", "https://x.example/y", "\u202e", "🧯", "> q",
     "1. x", "_u_", "~~s~~"]
)  # fmt: skip
words = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(_MARKED, st.text(max_size=12)), max_size=12).map("".join),
    st.text(min_size=1, max_size=4).map(lambda text: text * 1500),
)
_short = st.one_of(st.text(max_size=75), _MARKED)
_platforms = st.sampled_from(["discord", "local"])
_ids = st.one_of(st.just("345678901234567890"), st.text(max_size=20))

ANY = Material(
    words=words,
    texts=words,
    people=st.builds(Person, _platforms, st.just("1"), _ids, _short),
    places=st.builds(Address, _platforms, st.just("1"), _ids),
    urls=st.sampled_from(["/x", "https://x.y/(z)", "https://[x", "javascript:1"])
    | st.text(max_size=40),
)

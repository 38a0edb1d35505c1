"""Reads what somebody said by an alias's format; for the tests of packs.

Source: StackStorm's `st2common.models.utils.action_alias_utils`: `{{name}}` takes a quoted
text, an object in braces or as little as will do, `{{name = default}}` may be left out,
`key=value` at the end is always taken, and the rest of a format is a regular expression.
"""

# pyright: basic

import re

from st2common.exceptions.content import ParseException

__all__ = ["extract_parameters", "extract_parameters_for_action_alias_db"]

_WORD = r"""(?:""|''|"(.+?)"|'(.+?)'|({.+?})|(\S+))"""
_PAIR = re.compile(r"(?:^|\s+)(\S+?)\s*=" + _WORD, re.DOTALL)
_TAIL = re.compile(
    r"(?:(?:^|\s+)\S+?\s*=" + re.sub(r"\((?!\?)", "(?:", _WORD) + r"\s*)+$", re.DOTALL
)
_PLACE = re.compile(
    r"(\s*)\{\{\s*(\S+?)\s*(?:=\s*(?:\"(.*?)\"|'(.*?)'|(\{.+?\})|(.*?))\s*)?\}\}", re.DOTALL
)
_VALUE = r"""["']?(?P<%s>(?:(?<=').+?(?=')|(?<=").+?(?=")|{.+?}|.+?))["']?"""
_BEGINS = re.compile(r"(?<!\\)(?:\^|\\A)")
_ENDS = re.compile(r"(?<!\\)(?:\$|\\Z)")


def extract_parameters(format_str, param_stream, match_multiple=False):
    """The parameters in what was said; a list of them where it may fit several times.

    Raises:
        ParseException: It does not fit.
    """
    said, pairs = _without_tail(param_stream or "")
    pattern, defaults = _pattern(format_str or "")
    found = list(pattern.finditer(" %s " % said))
    if not found and not match_multiple:
        raise ParseException(
            'Command "%s" doesn\'t match format string "%s"' % (param_stream, format_str)
        )
    results = [_read(each.groupdict(), defaults, pairs) for each in found]
    for each in results:
        if format_str and not (said.strip() or any(each.values())):
            raise ParseException("No value supplied and no default value found.")
    return results if match_multiple else results[0]


def extract_parameters_for_action_alias_db(
    action_alias_db, format_str, param_stream, match_multiple=False
):
    """As `extract_parameters`, of a format that the alias has.

    Raises:
        ValueError: It has not.
        ParseException: It does not fit.
    """
    if format_str not in action_alias_db.get_format_strings():
        raise ValueError(
            'Format string "%s" is not available on the alias "%s"'
            % (format_str, action_alias_db.name)
        )
    return extract_parameters(format_str, param_stream, match_multiple)


def _without_tail(said):
    tail = _TAIL.search(said)
    if tail is None:
        return said, {}
    pairs = {found[0]: "".join(found[1:]) for found in _PAIR.findall(tail.group())}
    return said[: tail.start()], pairs


def _pattern(written):
    defaults = {}

    def place(found):
        space, name, *given = found.groups()
        value = space + _VALUE % name
        if all(each is None for each in given):
            return value
        defaults[name] = "".join(each or "" for each in given)
        return "(?:%s)?" % value

    text = _PLACE.sub(place, written)
    bare = _PLACE.sub("", written)
    if not _BEGINS.search(bare):
        text = r"^\s*" + text
    if not _ENDS.search(bare):
        text += r"\s*$"
    return re.compile(text, re.DOTALL), defaults


def _read(found, defaults, pairs):
    for name, default in defaults.items():
        found[name] = found[name] or default
    found.update(pairs)
    return found

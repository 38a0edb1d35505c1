"""The base of tests of aliases.

Source: StackStorm's `st2tests.action_aliases`.
"""

# pyright: basic

import glob
import os

from st2common.exceptions.content import ParseException
from st2common.models.utils.action_alias_utils import (
    extract_parameters,
    extract_parameters_for_action_alias_db,
)

from st2tests.pack_resource import BasePackResourceTestCase

__all__ = ["BaseActionAliasTestCase"]


class _Alias:
    """An alias as its file describes it."""

    def __init__(self, described):
        self.description = self.ack = self.result = None
        self.enabled = True
        self.formats = []
        self.__dict__.update(described)

    def get_format_strings(self):
        """Every way to say it."""
        found = []
        for each in self.formats:
            found += each.get("representation", []) if isinstance(each, dict) else [each]
        return found


class BaseActionAliasTestCase(BasePackResourceTestCase):
    """Has the pack's alias `action_alias_name` as `action_alias_db`."""

    action_alias_name = None
    action_alias_db = None

    def setUp(self):
        """Read the alias."""
        super().setUp()
        if not self.action_alias_name:
            raise ValueError('"action_alias_name" class attribute needs to be provided')
        self.action_alias_db = self._get_action_alias_db_by_name(self.action_alias_name)

    def assertCommandMatchesExactlyOneFormatString(self, format_strings, command):  # noqa: N802 - the name that packs call
        """See that what is said fits one of the formats, and only one."""
        matched = [each for each in format_strings if _fits(each, command)]
        if len(matched) != 1:
            raise AssertionError(
                'The command "%s" fits %d formats: %s' % (command, len(matched), matched)
            )

    def assertExtractedParametersMatch(self, format_string, command, parameters):  # noqa: N802 - the name that packs call
        """See that what is said holds those parameters."""
        found = extract_parameters_for_action_alias_db(self.action_alias_db, format_string, command)
        self.assertEqual(found, parameters)

    def _get_action_alias_db_by_name(self, name):
        import yaml

        folder = os.path.join(self._get_base_pack_path(), "aliases")
        for path in sorted(glob.glob(os.path.join(folder, "*.y*ml"))):
            with open(path, encoding="utf-8") as file:
                described = yaml.safe_load(file)
            if described.get("name") == name:
                return _Alias(described)
        raise ValueError('There is no alias "%s"' % name)


def _fits(written, said):
    try:
        extract_parameters(written, said)
    except ParseException:
        return False
    return True

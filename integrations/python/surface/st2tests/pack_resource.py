"""The base of tests of what a pack holds.

Source: StackStorm's `st2tests.pack_resource`.
"""

# pyright: basic

import inspect
import os
import unittest

__all__ = ["BasePackResourceTestCase"]


class BasePackResourceTestCase(unittest.TestCase):
    """Knows the pack that the test lies in."""

    def get_fixture_content(self, fixture_path):
        """What a file below the pack's `tests/fixtures` holds."""
        path = os.path.join(self._get_base_pack_path(), "tests", "fixtures", fixture_path)
        with open(path, encoding="utf-8") as file:
            return file.read()

    def _get_base_pack_path(self):
        return os.path.dirname(os.path.dirname(os.path.abspath(inspect.getfile(type(self)))))

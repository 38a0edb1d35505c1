"""The base of tests of actions.

Source: StackStorm's `st2tests.actions`.
"""

# pyright: basic

from st2common.runners.utils import get_action_class_instance

from st2tests.mocks.action import MockActionService, MockActionWrapper
from st2tests.pack_resource import BasePackResourceTestCase

__all__ = ["BaseActionTestCase"]


class BaseActionTestCase(BasePackResourceTestCase):
    """Makes instances of `action_cls`."""

    action_cls: type = None  # pyright: ignore[reportAssignmentType] - the test's own sets it

    def setUp(self):
        """Have a service in memory."""
        super().setUp()
        wrapper = MockActionWrapper(pack="tests", class_name=self.action_cls.__name__)
        self.action_service = MockActionService(action_wrapper=wrapper)

    def get_action_instance(self, config=None):
        """An action with that config."""
        return get_action_class_instance(self.action_cls, config, self.action_service)

"""The service of an action that is being tested.

Source: StackStorm's `st2tests.mocks.action`.
"""

# pyright: basic

import logging
from unittest.mock import Mock

from tocsin_pack.datastore import MockDatastoreService
from tocsin_pack.port import nobody
from tocsin_pack.services import ActionService

__all__ = ["MockActionService", "MockActionWrapper"]


class MockActionWrapper:
    """Whom the service works for."""

    def __init__(self, pack, class_name):
        self._pack = pack
        self._class_name = class_name


class MockActionService(ActionService):
    """Keeps values in memory."""

    def __init__(self, action_wrapper):
        super().__init__(action_wrapper, nobody)
        self._logger = Mock(spec=logging.RootLogger)
        self.datastore_service = self._datastore_service = MockDatastoreService(
            self._logger, action_wrapper._pack, action_wrapper._class_name
        )

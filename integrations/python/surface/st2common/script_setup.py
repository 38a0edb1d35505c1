"""What scripts call first and last.

Source: StackStorm's `st2common.script_setup`. A pack's process has no database and no message
bus to connect to: it reaches the product by its action service or by the REST API.
"""

# pyright: basic

import logging

__all__ = ["db_setup", "db_teardown", "setup", "teardown"]


def setup(config, setup_db=True, register_mq_exchanges=True, **_):
    """Read the script's arguments, and log to standard error."""
    del setup_db, register_mq_exchanges
    config.parse_args()
    logging.basicConfig(format="%(asctime)s %(levelname)s [-] %(message)s", level=logging.INFO)


def teardown():
    """Nothing was opened."""


def db_setup(*_, **__):
    """There is no database to be reached from here."""


def db_teardown():
    """Nothing was opened."""

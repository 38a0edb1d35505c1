"""Makes a Python that has this folder in PYTHONPATH take old idioms, as the fork server does."""

# pyright: basic

from tocsin_pack import idioms

idioms.restore()

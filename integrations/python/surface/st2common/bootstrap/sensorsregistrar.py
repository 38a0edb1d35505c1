"""Registering sensors, which needs nothing to be done here.

Source: StackStorm's `st2common.bootstrap.sensorsregistrar`. The product watches the files of
its packs and takes up new ones by itself.
"""

# pyright: basic

import os

from st2common.content import utils

__all__ = ["SensorsRegistrar", "register_sensors"]

_SUFFIXES = (".yaml", ".yml")


class SensorsRegistrar:
    """Counts what will be taken up."""

    def __init__(self, use_pack_cache=True, fail_on_failure=False, **_):
        del use_pack_cache, fail_on_failure

    def register_from_pack(self, pack_dir):
        """How many sensors a pack describes."""
        folder = os.path.join(pack_dir, "sensors")
        if not os.path.isdir(folder):
            return 0
        return len([name for name in os.listdir(folder) if name.endswith(_SUFFIXES)])

    def register_from_packs(self, base_dirs):
        """How many sensors the packs in some folders describe."""
        packs = [os.path.join(base, name) for base in base_dirs for name in os.listdir(base)]
        return sum(self.register_from_pack(pack) for pack in packs if os.path.isdir(pack))


def register_sensors(packs_base_paths=None, pack_dir=None, use_pack_cache=True, **_):
    """How many sensors a pack describes, or all packs do."""
    registrar = SensorsRegistrar(use_pack_cache)
    if pack_dir:
        return registrar.register_from_pack(pack_dir)
    return registrar.register_from_packs(packs_base_paths or utils.get_packs_base_paths())

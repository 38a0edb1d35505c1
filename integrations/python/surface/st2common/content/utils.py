"""Where packs and what is in them lie.

Source: StackStorm's `st2common.content.utils`.
"""

# pyright: basic

import os

__all__ = [
    "check_pack_content_directory_exists",
    "check_pack_directory_exists",
    "get_action_libs_abs_path",
    "get_entry_point_abs_path",
    "get_pack_base_path",
    "get_pack_directory",
    "get_pack_file_abs_path",
    "get_pack_resource_file_abs_path",
    "get_packs_base_paths",
    "get_relative_path_to_pack_file",
    "get_system_packs_base_path",
]

PATHS = "ST2_PACKS_BASE_PATHS"
"""The environment's folders of packs, with `:` between them."""


def get_packs_base_paths():
    """The folders that packs lie in."""
    return [path for path in os.environ.get(PATHS, "").split(os.pathsep) if path]


def get_system_packs_base_path():
    """The first of them; empty where none is known."""
    return next(iter(get_packs_base_paths()), "")


def get_pack_directory(pack_name):
    """The folder of a pack; None where it is not there."""
    for base in get_packs_base_paths():
        path = os.path.abspath(os.path.join(base, pack_name))
        if os.path.isdir(path):
            return path
    return None


def get_pack_base_path(pack_name, include_trailing_slash=False, use_pack_cache=False):
    """The folder of a pack, or where it would be; None without a name."""
    del use_pack_cache
    if not pack_name:
        return None
    would = os.path.abspath(os.path.join(get_system_packs_base_path(), pack_name))
    path = get_pack_directory(pack_name) or would
    return path + os.sep if include_trailing_slash else path


def check_pack_directory_exists(pack):
    """Whether a pack is there."""
    return get_pack_directory(pack) is not None


def check_pack_content_directory_exists(pack, content_type):
    """Whether a pack has a folder such as `sensors`."""
    bases = get_packs_base_paths()
    return any(os.path.exists(os.path.join(base, pack, content_type)) for base in bases)


def get_pack_file_abs_path(pack_ref, file_path, resource_type=None, use_pack_cache=False):
    """A file of a pack.

    Raises:
        ValueError: It would lie outside.
    """
    del use_pack_cache
    if os.path.normpath("/" + file_path).lstrip("/") != file_path:
        raise ValueError(
            'The path "%s" of a pack\'s %s must lie in the pack, such as my_file.py'
            % (file_path, resource_type or "file")
        )
    return os.path.join(get_pack_base_path(pack_ref) or "", file_path)


def get_pack_resource_file_abs_path(pack_ref, resource_type, file_path):
    """A file in a pack's `actions`, `sensors` or `rules`.

    Raises:
        ValueError: It would lie outside, or there is no such kind.
    """
    if resource_type not in ("action", "sensor", "rule"):
        raise ValueError("Invalid resource type: %s" % resource_type)
    path = os.path.join(resource_type + "s", file_path)
    return get_pack_file_abs_path(pack_ref, path, resource_type)


def get_entry_point_abs_path(pack=None, entry_point=None, use_pack_cache=False):
    """An action's module or script; None without one.

    Raises:
        ValueError: It lies outside of the pack.
    """
    del use_pack_cache
    if not entry_point:
        return None
    if not os.path.isabs(entry_point):
        return get_pack_resource_file_abs_path(pack, "action", entry_point)
    _inside(get_pack_base_path(pack), entry_point)
    return entry_point


def get_action_libs_abs_path(pack=None, entry_point=None):
    """The folder `lib` beside an action's module; None without one."""
    path = get_entry_point_abs_path(pack, entry_point)
    return os.path.join(os.path.dirname(path), "lib") if path is not None else None


def get_relative_path_to_pack_file(pack_ref, file_path, use_pack_cache=False):
    """A file's path within its pack.

    Raises:
        ValueError: It lies outside.
    """
    del use_pack_cache
    if not os.path.isabs(file_path):
        return file_path
    base = get_pack_base_path(pack_ref)
    _inside(base, file_path)
    return os.path.relpath(os.path.abspath(file_path), base)


def _inside(base, path):
    path = os.path.abspath(path)
    if os.path.commonpath([base, path]) != base:
        raise ValueError("%s does not lie in the pack's folder %s" % (path, base))

"""Commands as the shell runners put them together, which packs' tests compare with.

Source: StackStorm's `st2common.models.system.action`.
"""

# pyright: basic

import shlex

__all__ = ["ShellCommandAction", "ShellScriptAction"]


class ShellCommandAction:
    """A command line."""

    def __init__(
        self,
        name,
        action_exec_id,
        command,
        user=None,
        env_vars=None,
        sudo=False,
        timeout=None,
        cwd=None,
        sudo_password=None,
    ):
        self.name = name
        self.action_exec_id = action_exec_id
        self.command = command
        self.user = user
        self.env_vars = env_vars or {}
        self.sudo = sudo
        self.timeout = timeout
        self.cwd = cwd
        self.sudo_password = sudo_password

    def get_full_command_string(self):
        """The command line, by sudo where that is wanted."""
        line = self._line()
        if not self.sudo:
            return line
        flags = "-S -E -H" if self.sudo_password else "-E -H"
        return "sudo %s -- bash -c %s" % (flags, shlex.quote(line))

    def _line(self):
        return self.command


class ShellScriptAction(ShellCommandAction):
    """A script with its arguments."""

    def __init__(
        self,
        name,
        action_exec_id,
        script_local_path_abs,
        named_args=None,
        positional_args=None,
        env_vars=None,
        user=None,
        sudo=False,
        timeout=None,
        cwd=None,
        sudo_password=None,
    ):
        super().__init__(
            name, action_exec_id, None, user, env_vars, sudo, timeout, cwd, sudo_password
        )
        self.script_local_path_abs = script_local_path_abs
        self.named_args = named_args
        self.positional_args = positional_args

    def _line(self):
        words = self._get_script_arguments(self.named_args, self.positional_args)
        return " ".join(filter(None, [shlex.quote(self.script_local_path_abs), words]))

    def _get_script_arguments(self, named_args=None, positional_args=None):
        """Named arguments as `name=value`, those that are true by their name; then the others."""
        words = []
        for name, value in (named_args or {}).items():
            if value is None or value == "" or value is False:
                continue
            if value is True:
                words.append(name)
            else:
                words.append("%s=%s" % (shlex.quote(name), shlex.quote(str(value))))
        return " ".join([*words, *map(shlex.quote, positional_args or ())])

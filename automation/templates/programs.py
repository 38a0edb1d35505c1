"""Which programs run, or read as code, which of their options and operands.

Source: the manuals of the programs named here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from automation.templates.places import INTERPRETERS, SHELLS

NAMES = re.compile(
    r"(PATH|IFS|CDPATH|ENV|SHELL|SHELLOPTS|BASHOPTS|PS[0-4]|PROMPT_COMMAND|EDITOR|VISUAL|FCEDIT"
    r"|PAGER|MANPAGER|MANOPT|BROWSER|LESS|LESSOPEN|LESSCLOSE|SSH_ASKPASS|SUDO_ASKPASS|SUDO_EDITOR"
    r"|TAR_OPTIONS|TAPE|RSYNC_RSH|RSYNC_CONNECT_PROG|CVS_RSH|MAKEFLAGS|GNUMAKEFLAGS|MAKEFILES"
    r"|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|JDK_JAVA_OPTIONS|CLASSPATH|ZDOTDIR|FPATH|HOME|TERMINFO"
    r"|VIMINIT|EXINIT|MYVIMRC|AWKPATH|AWKLIBPATH|PHPRC|PHP_INI_SCAN_DIR|OPENSSL_CONF"
    r"|GCONV_PATH|KUBECONFIG|DOCKER_CONFIG|KUBE_EDITOR|SYSTEMD_EDITOR|SYSTEMD_PAGER|PERLLIB"
    r"|PSQL_EDITOR|PSQL_PAGER|PSQLRC|CURL_HOME|WGETRC|INPUTRC"
    r"|(LD|DYLD|BASH_ENV|BASH_FUNC|PYTHON|PERL5|RUBY|GEM|BUNDLE|NODE|NPM_CONFIG|GIT|LUA|TCL"
    r"|npm_config).*)"
)
"""Variables that change which program is run, or what it reads as code."""
ASSIGNED = re.compile(r"([A-Za-z_][^=\x00]*?)\+?=.*\x00.*", re.DOTALL)
EXPORTS = frozenset({"export", "readonly", "set", "setenv", "declare", "typeset", "local"})

GENERAL = re.compile(
    r"-[A-Za-z]{0,2}[ce]|-{1,2}(command|eval|exec|execute|ex|iex|execdir|ok|okdir|sh-exec)"
)
"""Options behind which most commands take code."""
PLAIN: Mapping[str, str] = {
    **dict.fromkeys(("grep", "egrep", "fgrep", "zgrep", "rg"), "ce"),
    **dict.fromkeys(("test", "[", "ls", "echo", "printf", "cat"), "ce"),
    **dict.fromkeys(("docker", "podman", "nerdctl", "kubectl", "oc", "crictl"), "ce"),
    **dict.fromkeys(
        ("ping", "ping6", "arping", "fping", "traceroute", "mtr", "head", "tail", "cut", "wc"), "c"
    ),
    **dict.fromkeys(("uniq", "stat", "sort", "date", "numfmt", "dig", "host", "nproc", "jq"), "c"),
    **dict.fromkeys(("ps", "jq", "pgrep", "lsof", "du", "df", "mkdir", "touch"), "ce"),
    **dict.fromkeys(("gzip", "zcat", "bzip2", "xz", "zstd", "sha256sum", "sha1sum", "md5sum"), "c"),
    **dict.fromkeys(("iperf", "iperf3", "ab", "wrk", "hey", "snmpget", "snmpwalk"), "c"),
    **dict.fromkeys(("diff", "useradd", "usermod", "netstat", "ss", "nmap", "journalctl"), "ce"),
    **dict.fromkeys(("tcpdump", "tshark", "od", "base32", "truncate", "cmp", "tr"), "c"),
}
"""Commands to which one of the letters, as an option's last, is plain data or a switch."""
OWN: Mapping[str, str] = {
    "script": r"-[A-Za-z]*c|--command",
    "fish": r"-[A-Za-z]*[cC]|--(init-)?command",
    "make": r"-[A-Za-z]*[fI]|--(file|makefile|eval|include-dir)|SHELL|\.SHELLFLAGS",
    "git": (
        r"-[cx]|--(config|config-env|upload-pack|receive-pack|exec|exec-path|extcmd|template"
        r"|git-dir|open-files-in-pager|tool|gpg-sign|ext-diff)"
    ),
    "tar": (
        r"-?[A-Za-z]*[IF]|--(checkpoint-action|to-command|use-compress-prog\w*|info-script"
        r"|new-volume-script|rsh-command|rmt-command)"
    ),
    "rsync": r"-[A-Za-z]*[eM]|--(rsh|rsync-path|remote-option|config)",
    "ncat": r"-[A-Za-z]*[ec]|--(exec|sh-exec|lua-exec)",
    "gdb": r"-{1,2}(ex|x|iex|ix|eval-command|command|init-\w[\w-]*|args)",
    "vim": r"-[A-Za-z]*[cSsu]|--cmd|\+.*",
    "ssh": r"-[A-Za-z]*[FIS]",
    "scp": r"-[A-Za-z]*[FSD]",
    "curl": r"-[A-Za-z]*K|--config|--engine",
    "wget": r"-[A-Za-z]*e|--(execute|config|use-askpass)",
    "sort": r"--compress-prog\w*",
    "zip": r"-TT|--unzip-command",
    "man": r"-[PH]|--(pager|html|preconv)",
    "lua": r"-[el]",
    "docker": r"--entrypoint",
    "php": r"-[A-Za-z]*[rBREFd]|--(run|process-\w+)",
    "node": r"-[A-Za-z]*[epr]|--(eval|print|require|import|loader)",
    "perl": r"-[A-Za-z]*[eEMm]",
    "ruby": r"-[A-Za-z]*[er]",
}
"""For single commands, the options (also joined by `=`) that take code or a program."""
SAME: Mapping[str, str] = {
    **dict.fromkeys(("vi", "ex", "nvim", "view", "gvim", "vimdiff"), "vim"),
    **dict.fromkeys(("nc", "netcat"), "ncat"),
    **dict.fromkeys(("podman", "nerdctl", "docker-compose"), "docker"),
    **dict.fromkeys(("gmake", "bmake"), "make"),
    **dict.fromkeys(("gtar", "bsdtar"), "tar"),
    "sftp": "scp",
    "oc": "kubectl",
    "incus": "lxc",
}
SSH_OPTION = re.compile(
    r"(proxycommand|localcommand|knownhostscommand|include|match|pkcs11provider|proxyjump"
    r"|securitykeyprovider|xauthlocation|identityagent|permitlocalcommand|remotecommand|\x00).*",
    re.IGNORECASE,
)
SSH_VALUED = frozenset(f"-{letter}" for letter in "BbcDEeFIiJLlmOoPpQRSWw")
EXEC_VALUED = frozenset(
    [
        "-e",
        "-u",
        "-w",
        "-n",
        "-c",
        "-f",
        "-p",
        "-s",
        "--env",
        "--user",
        "--workdir",
        "--env-file",
        "--detach-keys",
        "--namespace",
        "--container",
        "--context",
        "--kubeconfig",
        "--cluster",
        "--filename",
        "--file",
        "--index",
        "--project-name",
    ]
)
RUN_SWITCHES = re.compile(
    r"-[ditPqT]+|--(rm|detach|interactive|tty|init|privileged|read-only|publish-all|quiet"
    r"|no-healthcheck|oom-kill-disable|no-deps|service-ports|use-aliases|no-TTY)|--[\w-]+=.*"
)
SCRIPT_VALUED = frozenset({"-o", "-O", "-W", "-X", "-I", "-r", "--rcfile", "--init-file"})
XARGS_VALUED = frozenset(
    ["-I", "-n", "-P", "-L", "-s", "-d", "-a", "-E", "--max-args", "--max-procs", "--delimiter"]
)

NEVER = frozenset({"eval", "trap", "parallel", "socat", "coproc"})
"""They have no place in a line with values at all; socat, where a value stands in it."""
SCRIPTED = frozenset(
    (
        *("tmux", "screen", "expect", "sqlite3", "ed", "dc", "m4", "gnuplot", "entr", "su"),
        *("watch", "sed", "awk", "gawk", "mawk", "nawk", "let", "alias", "hyperfine", "sg"),
    )
)
"""They read arguments as code in so many ways that none may be a value."""
CONSOLES = frozenset(
    (
        *("psql", "mysql", "mariadb", "sqlite3", "gdb", "ed", "ex", "vi", "vim", "dc", "m4", "ftp"),
        *("su", "sftp", "gnuplot", "expect", "irb", "ghci", "mongosh", "lftp", "telnet"),
    )
)
"""Programs that take commands from their standard input, where nothing else gives them."""
CONSOLE_CODE = re.compile(r"-[A-Za-z]*[cfe]|--(command|file|execute|eval)(=.*)?")
STARTS_SHELL = frozenset(
    {"sudo", "doas", "nsenter", "chroot", "unshare", "runuser", "pkexec", "firejail", "fakeroot"}
)
"""Programs that run a shell when they are not told what to run."""
SCRIPT_FILES = frozenset({"sed", "awk", "gawk", "mawk", "nawk", "make", "gmake"})
"""Programs that read their code from the file behind `-f`."""
RUNS_VARIABLE = re.compile(r"\b(eval|trap)\b|(^|[;&|({]|\bthen\b|\bdo\b)\s*\"?\$\W?\w")
"""Code of a shell in which a variable is run."""
STDIN = re.compile(r"-|/dev/stdin|/dev/fd/.*|/proc/[^/]*/fd/.*")
CODE: Mapping[str, str] = {
    "python": r"-[A-Za-z]*[cm]",
    "pypy": r"-[A-Za-z]*[cm]",
    "perl": r"-[A-Za-z]*[eE]",
    "ruby": r"-[A-Za-z]*e",
    "node": r"-[pe]+|--(eval|print)(=.*)?",
    "php": r"-[rRB]|--run",
    "lua": r"-e",
    "tclsh": r"(?!)",
}
"""The option of an interpreter that gives it its code; for shells it is `-c`."""
SHELL_CODE = r"-[A-Za-z]*c[A-Za-z]*|--command(=.*)?"
ALIKE = {"nodejs": "node", "luajit": "lua", "wish": "tclsh", "bun": "node", "deno": "node"}
READERS = (
    (SHELLS - {"su", "ssh", "watch", "xargs", "env", "sudo"})
    | (INTERPRETERS - {"awk", "gawk", "mawk", "nawk", "sed"})
    | ALIKE.keys()
)
OPTIONS_RUN = frozenset(
    (
        *("ssh", "scp", "sftp", "rsync", "tar", "gtar", "bsdtar", "git", "find", "man", "zip"),
        *("sort", "curl", "wget", "make", "gmake", "vim", "vi", "nvim", "view", "less", "more"),
        *("nc", "ncat", "netcat", "gdb", "tcpdump", "mysql", "psql", "docker", "7z"),
        *("split", "rpm", "dpkg", "apt", "apt-get", "yum", "dnf", "pip", "npm", "rg"),
    )
)
"""Commands with options that run something: a value must not become an option of theirs."""

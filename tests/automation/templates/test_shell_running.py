"""A value never chooses what is run, whatever command would run it."""

from __future__ import annotations

from typing import Any

import pytest

from automation.templates.shell import check_command, render_command
from chat.errors import BadInput

KNOWN = {"v", "n", "host", "ns", "name", "c", "unit", "url", "path"}
CONTEXT: dict[str, Any] = {**dict.fromkeys(KNOWN, "x"), "n": 3}
READERS = (
    *("sh", "bash", "dash", "ash", "ksh", "zsh", "fish", "python", "python3", "python3.12", "perl"),
    *("ruby", "node", "lua", "php", "tclsh", "sudo sh", "env sh", "sudo -u bob bash", "sh -s"),
    *("sh -e", "bash -xe", "sh -s -- a", "sh -", "bash /dev/stdin", "python3 -", "python3 -E"),
    *("xargs -I{} sh -c 'echo {}'", "xargs -n1 sh -c", "xargs sudo", "xargs env", "xargs sh"),
    *("xargs -I{} {}", "xargs -I % %", "xargs -I{} ssh h {}", "ssh host", "ssh -p 22 host"),
    *("ssh host sh", "docker exec -i c sh", "kubectl exec -i p -- bash", "timeout 5 sh"),
    *("at now", "batch", "crontab -", "crontab", "parallel", "psql", "mysql db", "sqlite3 f"),
    *("tee >(sh)", "while read x; do eval $x; done", "while read x; do $x; done", "{ sh; }"),
    *('while read x; do sh -c "$x"; done', "(cat | sh)", "/bin/sh", "nohup sh", "busybox sh"),
    *("su bob", "su - bob", "su bob -c sh", "sudo -s", "sudo -i", "doas -s", "nsenter -t 1 -m"),
    *("chroot /x", "unshare -n", "sed -f - x", "awk -f - x", "make -f -", "exec sh", "command sh"),
)
PREFIXES = (
    *("docker exec c", "docker exec -it -u root c", "podman exec c", "docker run --rm image"),
    *("docker run -v a:b --name x image", "docker compose exec web", "kubectl exec pod --"),
    *("kubectl -n x exec -it pod -c main --", "kubectl exec pod", "nsenter -t 1 -m", "chroot /x"),
    *("unshare -n", "setpriv --reuid 1", "doas", "pkexec", "systemd-run --scope", "watch -n 1"),
    *("strace -f", "ltrace", "gdb --args", "valgrind", "parallel", "time", "stdbuf -oL"),
    *("ionice -c 3", "taskset 1", "numactl -N 0", "chrt 1", "setsid", "su -c", "su bob -c"),
    *("runuser -u bob --", "runuser -c", "runuser bob -c", "xargs", "xargs -n 1", "ssh host"),
    *(
        "sudo docker exec c",
        "find . -exec",
        "find . -execdir",
        "find . -exec sudo",
        "lxc exec c --",
    ),
)
NAMES = (
    *("PATH", "LD_PRELOAD", "LD_LIBRARY_PATH", "DYLD_INSERT_LIBRARIES", "IFS", "ENV", "BASH_ENV"),
    *("SHELLOPTS", "PS4", "PROMPT_COMMAND", "PYTHONPATH", "PYTHONSTARTUP", "PERL5OPT"),
    *("PERL5LIB", "RUBYOPT", "NODE_OPTIONS", "GIT_SSH_COMMAND", "GIT_PAGER", "EDITOR", "VISUAL"),
    *("PAGER", "LESSOPEN", "MANPAGER", "SSH_ASKPASS", "BASH_FUNC_x"),
)
REFUSED = (
    "flock /tmp/x -c {{ v }}",
    "flock -n /tmp/x -c 'echo {{ v }}'",
    "script -qc {{ v }} /dev/null",
    "script -qfec {{ v }} /dev/null",
    "script --command={{ v }} /dev/null",
    "$SHELL -c {{ v }}",
    "$X {{ v }}",
    '"$X" {{ v }}',
    "${X} {{ v }}",
    "sudo $X {{ v }}",
    "$(which x) {{ v }}",
    "X={{ v }}; $X",
    "echo {{ v }}; $X",
    'x={{ v }}; eval "$x"',
    "x={{ v }}; eval x",
    'x={{ v }}; trap "$x" EXIT',
    'x={{ v }}; source "$x"',
    'x={{ v }}; . "$x"',
    ". <(echo {{ v }})",
    'x={{ v }}; sh -c "$x"',
    'x={{ v }}; bash -ec "echo $x"',
    'x={{ v }}; y="$x"; sed "$y" file',
    "for x in {{ v }}; do docker exec c $x; done",
    "x={{ v }}; echo $((x + 1))",
    "sh < {{ v }}",
    "sh <<< {{ v }}",
    'bash <<<"echo {{ v }}"',
    "bash <(echo {{ v }})",
    'bash "$(echo {{ v }})"',
    "(echo {{ v }}) | sh",
    "{ echo {{ v }}; } | sh",
    "for x in 1; do echo {{ v }}; done | sh",
    "echo {{ v }} |& sh",
    "echo {{ v }} |\n sh",
    "fish -c {{ v }}",
    "lua -e {{ v }}",
    "python3 -c{{ v }}",
    "perl -E {{ v }}",
    "node --eval={{ v }}",
    "php -r {{ v }}",
    "tclsh {{ v }}",
    "lua {{ v }}",
    "socat - EXEC:{{ v }}",
    "socat - SYSTEM:{{ v }}",
    "socat {{ v }} -",
    "ncat -e {{ v }} h 1",
    "nc -e {{ v }} h 1",
    "nc -c {{ v }} h 1",
    "ncat --sh-exec={{ v }} h 1",
    "rsync -e {{ v }} a b",
    "rsync -ave {{ v }} a b",
    "rsync --rsh={{ v }} a b",
    "rsync -e 'ssh {{ v }}' a b",
    "gdb -ex {{ v }}",
    "gdb -p 1 -ex 'print {{ v }}'",
    "vim -c {{ v }}",
    "vi -c {{ v }}",
    "ex -c {{ v }}",
    "nvim +{{ v }}",
    "make -f {{ v }}",
    "make --eval {{ v }}",
    "make --eval={{ v }}",
    "make SHELL={{ v }}",
    "git -c {{ v }} status",
    "git -c core.pager={{ v }} log",
    "git clone --upload-pack={{ v }} x",
    "git ls-remote --exec={{ v }} x",
    "git submodule foreach {{ v }}",
    "git bisect run {{ v }}",
    "git config core.pager {{ v }}",
    "tar cf x --checkpoint-action=exec={{ v }} y",
    "tar xf x --to-command={{ v }}",
    "tar xf x --to-command {{ v }}",
    "tar -I {{ v }} -xf x",
    "tar --use-compress-program={{ v }} -xf x",
    "sed -e {{ v }} file",
    "sed {{ v }} file",
    "awk {{ v }} file",
    "ssh -o ProxyCommand={{ v }} host uptime",
    "ssh -oProxyCommand={{ v }} host uptime",
    "ssh -o 'ProxyCommand nc {{ v }} 22' host uptime",
    "ssh -o {{ v }} host uptime",
    "ssh host echo {{ v }}",
    "curl -K {{ v }}",
    "curl --config {{ v }}",
    "mysql -e {{ v }}",
    "psql -c {{ v }}",
    "thing --exec {{ v }}",
    "thing --command={{ v }}",
    "thing -c {{ v }}",
    "thing -xc {{ v }}",
    "docker run --entrypoint {{ v }} image",
    "docker run -e LD_PRELOAD={{ v }} image",
    "docker exec db mysql -e {{ v }}",
    "docker exec c sh -c {{ v }}",
    "env BASH_FUNC_x%%={{ v }} bash script.sh",
    "time -p {{ v }}",
    "exec {{ v }}",
    "printf -v PATH %s {{ v }}",
    "for PATH in {{ v }}; do ls; done",
    "read -r PATH <<< {{ v }}",
    "at now <<< {{ v }}",
    "export v={{ v }}; sh -c 'eval \"$v\"'",
    "export v={{ v }}; sh -c '$v'",
    'set -- {{ v }}; "$@"',
    'set -- {{ v }}; sh -c "$1"',
    "kubectl exec {{ c }} -- {{ v }}",
    "docker exec {{ c }} {{ v }}",
    "tmux send-keys {{ v }}",
    "sqlite3 db {{ v }}",
    'echo "$(case a in a) echo {{ v }};; esac)"',
    "echo $'it\\'s' {{ v }}",
    "echo ${x:-'}'} {{ v }}",
)
ACCEPTED = (
    "echo {{ v }}",
    "systemctl restart {{ v }}",
    "ping -c {{ n }} {{ host }}",
    "curl -sS -o /dev/null {{ url }}",
    "grep -e {{ v }} file",
    "grep -c {{ v }} file",
    "head -c {{ n }} file",
    "kubectl -n {{ ns }} rollout restart deploy/{{ name }}",
    "kubectl -n {{ ns }} exec {{ name }} -c main -- ls {{ path }}",
    "kubectl logs -c {{ c }} {{ name }}",
    "docker restart {{ c }}",
    "docker exec {{ c }} systemctl restart {{ unit }}",
    "docker exec -it {{ c }} ls {{ path }}",
    "docker run --rm -e NAME={{ v }} image ls {{ path }}",
    "docker logs --tail {{ n }} {{ c }}",
    "journalctl -u {{ unit }} -n {{ n }}",
    "psql -h {{ host }} -c 'select 1'",
    "ssh {{ host }} uptime",
    "ssh -p 22 -o ConnectTimeout={{ n }} bob@{{ host }} uptime",
    "for i in 1 2; do echo {{ v }} $i; done",
    "for i in {{ v }}; do n=$((n + 1)); echo $i; done",
    "test -e {{ path }}",
    "[ -e {{ path }} ]",
    "if [ -e {{ path }} ]; then echo yes; else echo no; fi",
    "ls {{ v }} | wc -l",
    "echo {{ v }} | tee -a file",
    "echo {{ v }} | jq -r .a",
    "echo {{ v }} | python3 -c 'import sys; print(sys.stdin.read())'",
    "echo {{ v }} | python3 script.py",
    "echo {{ v }} | ssh host cat",
    "echo {{ v }} | xargs ls",
    'echo {{ v }} | while read x; do echo "$x"; done',
    "dd if={{ v }}",
    "openssl s_client -connect {{ host }}:443 </dev/null | openssl x509 -noout -enddate",
    "openssl s_client -servername {{ host }} -connect {{ host }}:443 </dev/null",
    'x={{ v }}; echo "$x"',
    'x=$(cat {{ path }}); echo "$x"',
    ". /etc/profile; echo {{ v }}",
    "sudo systemctl restart {{ unit }}",
    "timeout 5 curl -fsS {{ url }}",
    "find {{ path }} -name {{ v }} -type f -exec rm {} +",
    "find . -exec grep -e {{ v }} {} +",
    "git checkout {{ v }}",
    "git commit -m {{ v }}",
    "git config user.name {{ v }}",
    "tar czf {{ path }} folder",
    "rsync -a {{ path }} host:/x",
    "make -C folder {{ name }}",
    "strace -p {{ n }}",
    "sh script.sh {{ v }}",
    "bash -x script.sh {{ v }}",
    "python3 script.py {{ v }}",
    "python3 --version; echo {{ v }}",
    "echo a; sed s/a/b/ file; echo {{ v }}",
    "NAME={{ v }} ./script.sh",
    "PATH=$PATH:/opt/bin; echo {{ v }}",
    "echo PATH={{ v }}",
    "cat <<< {{ v }}",
    "time -p ls {{ v }}",
    "exec ls {{ v }}",
    'read -r x <<< {{ v }}; echo "$x"',
    "find . -exec echo {} {{ v }} +",
    "{ echo {{ v }}; echo b; } > file",
    'f() { echo "$1"; }; f {{ v }}',
    "(cd {{ path }} && ls) | wc -l",
    "crontab -l | grep {{ v }}",
    "case {{ v }} in start|sh) echo a;; bash) echo b;; *) echo c;; esac",
    "jq --arg v {{ v }} .a file",
    "du -sh {{ path }} | sort -h | head -n {{ n }}",
    "{% set x = v %}echo {{ x }}",
    "{% set x %}plain{% endset %}echo {{ x }}",
)


def refused(line: str) -> str:
    """What the check and the filling in both say."""
    found = check_command(line, "cmd", KNOWN)
    assert len(found) == 1
    with pytest.raises(BadInput) as caught:
        render_command(line, CONTEXT, place="cmd")
    assert found[0].problem in caught.value.message
    return found[0].problem


@pytest.mark.parametrize("line", REFUSED)
def test_code_is_refused(line: str) -> None:
    refused(line)


@pytest.mark.parametrize("reader", READERS)
def test_who_reads_code_from_a_pipe_is_refused(reader: str) -> None:
    refused(f"echo {{{{ v }}}} | {reader}")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_who_runs_its_arguments_is_refused(prefix: str) -> None:
    refused(f"{prefix} {{{{ v }}}}")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shape", ["{} ls", "{}; ls", "export {}; ls", "env {} ls", "sudo {} ls"])
def test_a_variable_that_changes_what_is_run_is_refused(name: str, shape: str) -> None:
    assert name in refused(shape.format(f"{name}={{{{ v }}}}"))


@pytest.mark.parametrize("line", ACCEPTED)
def test_ordinary_commands_stay_possible(line: str) -> None:
    assert check_command(line, "cmd", KNOWN) == ()
    assert render_command(line, CONTEXT)


@pytest.mark.parametrize(
    "line", ["eval x", "echo a | sh", "$X a", "{% if not v %}{{ v }}{% endif %}eval x"]
)
def test_without_values_nothing_is_refused(line: str) -> None:
    assert render_command(line, CONTEXT).endswith(line[-6:])


@pytest.mark.parametrize(
    "line", ["flock /tmp/x -c {{ v }}", "echo {{ v }} | sh", "thing -c {{ v }}"]
)
def test_the_way_out_is_told(line: str) -> None:
    assert "argument of a script action, or in env" in refused(line)


@pytest.mark.parametrize(
    "line",
    [
        "ssh {{ v }} uptime",
        "find . -name {{ v }}",
        "rsync {{ v }} a",
        "tar cf x {{ v }}",
        "git fetch {{ v }}",
        "sudo ssh {{ v }} uptime",
    ],
)
@pytest.mark.parametrize("value", ["-oProxyCommand=id", "--rsh=id", ["-exec", "id", ";"]])
def test_a_value_becomes_no_option_that_runs_something(line: str, value: Any) -> None:
    with pytest.raises(BadInput, match="begins with -"):
        render_command(line, {"v": value})


def test_behind_two_dashes_it_is_no_option() -> None:
    assert render_command("git checkout -- {{ v }}", {"v": "-x"}) == "git checkout -- -x"


@pytest.mark.parametrize("line", ["docker exec {{ v }} ls", "ssh {{ v }} ls"])
def test_a_list_adds_no_command(line: str) -> None:
    assert "'c rm'" in render_command(line, {"v": ["c", "rm"]})


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{% set x %}a {{ v }}{% endset %}echo {{ x }}", "{% set %} block"),
        ("{% set x | upper %}{{ v }}{% endset %}echo {{ x }}", "{% set %} block"),
        ("echo {% filter upper %}{{ v }}{% endfilter %}", "{% filter %} block"),
        ("{% for x in [v] recursive %}echo {{ x }}{% endfor %}", "recursive loop"),
    ],
)
def test_a_block_around_a_value_is_refused_with_its_name(line: str, word: str) -> None:
    problem = refused(line)

    assert word in problem
    assert "instead" in problem


@pytest.mark.parametrize(
    "expression",
    [
        "v.x.y",
        "v()",
        "v | int // 0",
        "v | from_json",
        "v | round",
        "v | map('nope') | list",
        "v | sort(attribute=1) | sum",
        "[1, 'a'] | sort",
        "v[1:2:0]",
        "v | batch(0) | list",
        "v | slice(0) | list",
        "v.join(1)",
        "v | random(1)",
        "v | indent(-1, v, v, v)",
        "v | wordwrap(0)",
        "v | truncate(-5)",
        "range(v)",
    ],
)
def test_whatever_goes_wrong_is_told_as_a_mistake(expression: str) -> None:
    with pytest.raises(BadInput, match="cmd"):
        render_command(f"echo {{{{ {expression} }}}}", {"v": "x"}, place="cmd")


def test_a_template_nested_too_deeply_is_told_as_a_mistake() -> None:
    line = f"echo {{{{ {'(' * 5000}1{')' * 5000} }}}}"

    assert check_command(line, "cmd", KNOWN)
    with pytest.raises(BadInput, match="cmd"):
        render_command(line, {}, place="cmd")

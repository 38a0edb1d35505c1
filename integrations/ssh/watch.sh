# shellcheck shell=sh disable=SC2034,SC2154
# Comes second. Runs a command, and ends all of it when the standard input ends: then nobody
# wants it any longer, since its time is up, somebody cancelled it, or the connection broke.
#
# Set before it: t_mark, which all of its processes carry in their environment; t_prepare, run
# first, may read the standard input and fail; t_folder, made by that and removed in the end;
# t_run, the command itself. $1 says whether our process group is ours alone.
t_group=
if [ -n "$1" ]; then
    { read -r t_x t_x t_x t_x t_group t_x </proc/$$/stat; } 2>/dev/null ||
        t_group=$(ps -o pgid= -p $$)
    t_group=$((t_group))
fi

t_strays() {
    grep -ls -- "TOCSIN_CALL=$t_mark" /proc/[0-9]*/environ
}

t_left() {
    # Where that cannot be known, all of the time is given.
    [ -r /proc/self/stat ] || return 0
    for t_each in /proc/[0-9]*; do
        { read -r t_line <"$t_each/stat"; } || continue
        [ "${t_each#/proc/}" != "$t_me" ] || continue
        # What stands behind the name, which may hold anything: state, parent, group.
        # it is words
        # shellcheck disable=SC2086
        set -- ${t_line##*) }
        case $1 in Z | X) continue ;; esac
        [ "$3" != "$t_group" ] || return 0
    done
    [ -n "$(t_strays)" ]
}

t_end() {
    for t_each in $(t_strays); do
        t_each=${t_each#/proc/}
        kill -s "$1" "${t_each%/environ}"
    done
    [ -z "$t_group" ] || kill -s "$1" -- "-$t_group"
}

t_watch() {
    trap '' TERM HUP INT QUIT
    { read -r t_me t_x </proc/self/stat; } 2>/dev/null
    while read -r t_x <&3; do :; done
    # The error output stays open as 9, so that the other side sees when this is done.
    exec 3<&- 9>&2 >/dev/null 2>&1
    t_end TERM
    t_tenths=0
    while [ "$t_tenths" -lt 20 ] && t_left; do
        sleep 0.1 || sleep 1
        t_tenths=$((t_tenths + 1))
    done
    [ -z "$t_folder" ] || rm -rf -- "$t_folder"
    t_end KILL
}

eval "$t_prepare"
exec 3<&0 </dev/null
t_watch &
t_watcher=$!
exec 3<&-
(
    set --
    unset -f t_strays t_left t_end t_watch
    eval "unset t_run t_prepare t_mark t_group t_watcher t_p t_x
$t_run"
)
t_status=$?
exec 2>/dev/null
[ -z "$t_folder" ] || rm -rf -- "$t_folder"
kill -s KILL "$t_watcher"
exit "$t_status"

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

t_look() {
    # Finds who belongs to it and has not ended: us, our group, whoever carries the mark, their
    # descendants, and whoever was found before. Makes of them t_found, a list of number:begin,
    # and t_new, the numbers of those who were not in it.
    t_before=$t_found t_found=' ' t_new='' t_marked=''
    # Not all greps see what stands behind a NUL.
    IFS=$t_line
    for t_each in $(
        set +f
        head -c 4000000 /proc/[0-9]*/environ | tr '\0' '\n' |
            grep -e '^==> /proc/' -e "^TOCSIN_CALL=$t_mark\$"
    ); do
        case $t_each in '==> '*) t_where=$t_each ;; *) t_marked=$t_marked$t_where ;; esac
    done
    # Whoever is run to look is a child of this.
    for t_each in $(
        set +f
        exec grep . /dev/null /proc/[0-9]*/stat
    ); do
        IFS=' '
        t_pid=${t_each#/proc/}
        t_pid=${t_pid%%/*}
        # What stands behind the name, which may hold anything: state, parent, group, and as
        # the 20th when it began, which tells it from a later one of the same number.
        # shellcheck disable=SC2086 # it is words
        set -- ${t_each##*) }
        [ $# -ge 20 ] || continue
        case $1 in Z | X) continue ;; esac
        case $t_me in "$t_pid" | "$2") continue ;; esac
        case $t_pid-$3 in
            $$-* | *-"$t_group") ;;
            *)
                case $t_before$t_found$t_marked in
                    *" $t_pid:${20} "* | *" $2:"* | *"/$t_pid/"*) ;;
                    *) continue ;;
                esac
                ;;
        esac
        t_found="$t_found$t_pid:${20} "
        case $t_before in *" $t_pid:${20} "*) ;; *) t_new="$t_new $t_pid" ;; esac
    done
    IFS=' '
}

t_send() {
    for t_each in $t_found; do kill -s "$1" "${t_each%:*}"; done
}

t_clock() {
    # Hundredths of a second since the machine's start.
    read -r t_now t_x </proc/uptime
    t_now=${t_now%.*}${t_now#*.}
}

t_gone() {
    # Sends them a signal again and again, for two seconds, or until nobody is left.
    t_clock
    t_until=$((t_now + 200))
    while [ "$t_now" -lt "$t_until" ]; do
        t_send "$1"
        t_look
        [ "$t_found" != ' ' ] || return 0
        sleep 0.1 || sleep 1
        t_clock
    done
    return 1
}

t_end() {
    # Nobody forks, and loses its ancestor, unseen while they are held.
    t_found=' '
    for t_round in 1 2 3 4 5; do
        t_look
        [ -n "$t_new" ] || break
        # shellcheck disable=SC2086 # they are words
        kill -s STOP $t_new
    done
    kill -s KILL $$
    t_send TERM
    # To go on is said more than once: sudo holds itself when it sees that what it runs is held.
    # So is to die: whoever is killed may have forked just before, and takes a moment to go.
    t_gone CONT || t_gone KILL
}

t_watch() {
    trap '' TERM HUP INT QUIT
    { read -r t_me t_x </proc/self/stat; } 2>/dev/null
    while read -r t_x <&3; do :; done
    # Whoever waits for the command would end this when the command ends, and that may be before
    # all the rest has ended.
    kill -s STOP $$ 2>/dev/null
    # The error output stays open as 9, so that the other side sees when this is done.
    exec 3<&- 9>&2 >/dev/null 2>&1
    set -f
    export LC_ALL=C
    t_line='
'
    if [ -n "$t_me" ]; then
        t_end
    else
        # Where nobody can be looked at, all of the time is given.
        kill -s KILL $$
        [ -z "$t_group" ] || kill -s TERM -- "-$t_group"
        sleep 2
    fi
    [ -z "$t_folder" ] || rm -rf -- "$t_folder"
    [ -z "$t_group" ] || kill -s KILL -- "-$t_group"
}

eval "$t_prepare"
exec 3<&0 </dev/null
t_watch &
t_watcher=$!
exec 3<&-
(
    set --
    unset -f t_look t_send t_clock t_gone t_end t_watch
    eval "unset t_run t_prepare t_mark t_group t_watcher t_p t_x
$t_run"
)
t_status=$?
exec 2>/dev/null
# What cannot print any longer fails before the watcher has seen that the connection broke.
[ "$t_status" -eq 0 ] || sleep 0.1 || sleep 1
[ -z "$t_folder" ] || rm -rf -- "$t_folder"
kill -s KILL "$t_watcher"
exit "$t_status"

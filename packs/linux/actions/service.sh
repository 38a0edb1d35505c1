#!/bin/sh
# Asks about a service, starts, stops or restarts it, and looks whether that came about; as JSON.
#
# It goes by systemd, or else by the script in /etc/init.d.
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH

verb='' service='' fail_on=never within=15 steady=2
for word in "$@"; do
    value=${word#*=}
    case $word in
        --verb=*) verb=$value ;;
        --service=*) service=$value ;;
        --fail_on=*) fail_on=$value ;;
        --wait_seconds=*) within=$value ;;
        --steady_seconds=*) steady=$value ;;
        *)
            echo "$word is no argument of this script." >&2
            exit 2
            ;;
    esac
done
case $service in
    '' | -* | *[!A-Za-z0-9_.@:-]*)
        echo "$service can be no service's name; give one such as nginx." >&2
        exit 2
        ;;
esac
case $verb in
    status | start | stop | restart) ;;
    *)
        echo "$verb is nothing that can be done with a service." >&2
        exit 2
        ;;
esac

# `service` gives a script a clean environment; not every machine has it.
sysv() {
    if command -v service >/dev/null 2>&1; then
        service "$service" "$1" </dev/null >/dev/null 2>&1
    else
        "/etc/init.d/$service" "$1" </dev/null >/dev/null 2>&1
    fi
}

has_systemd() {
    command -v systemctl >/dev/null 2>&1 || return 1
    case $(systemctl is-system-running 2>/dev/null) in
        '' | offline | unknown) return 1 ;;
    esac
}

if has_systemd; then
    by=systemd
elif [ -x "/etc/init.d/$service" ]; then
    by=sysv
elif [ -d /etc/init.d ] && [ -n "$(ls /etc/init.d 2>/dev/null)" ]; then
    echo "This machine was not started by systemd, and there is no /etc/init.d/$service." >&2
    exit 1
else
    echo "This machine has neither systemd nor scripts in /etc/init.d, so services cannot be asked about." >&2
    exit 1
fi

# How it stands now: state, detail, pid, type, result and whether it is known at all.
look() {
    state='' detail='' pid='' kind='' result='' loaded=''
    if [ $by = sysv ]; then
        loaded=loaded
        if sysv status; then state=active; else state=inactive; fi
        return
    fi
    found=$(systemctl show -p LoadState -p ActiveState -p SubState -p MainPID -p Type -p Result -- "$service" 2>/dev/null)
    while IFS='=' read -r name value; do
        case $name in
            LoadState) loaded=$value ;;
            ActiveState) state=$value ;;
            SubState) detail=$value ;;
            MainPID) pid=$value ;;
            Type) kind=$value ;;
            Result) result=$value ;;
        esac
    done <<END
$found
END
}

# Whether it is as wanted: running, or a one-time job that went well, or at rest.
as_wanted() {
    if [ "$verb" = stop ]; then
        case $state in inactive | failed) return 0 ;; *) return 1 ;; esac
    fi
    [ "$state" = active ] && return 0
    [ "$kind" = oneshot ] && [ "$state" = inactive ] && [ "$result" = success ]
}

log_lines() {
    if [ $by = systemd ] && command -v journalctl >/dev/null 2>&1; then
        journalctl -u "$service" -n 10 --no-pager -q -o short-iso 2>/dev/null
    fi
}

answer() {
    done_well=$1 before=$2 message=$3
    [ "$state" = active ] && active=true || active=false
    case $state in active) status=ok ;; activating | deactivating | reloading) status=warning ;; *) status=critical ;; esac
    if [ "$verb" != status ]; then
        if [ "$done_well" = yes ]; then status=ok; else status=critical; fi
    fi
    {
        printf 'host\t%s\nby\t%s\nservice\t%s\n' "$(uname -n)" "$by" "$service"
        printf 'state\t%s\nbefore\t%s\ndetail\t%s\npid\t%s\nresult\t%s\n' "$state" "$before" "$detail" "${pid:-0}" "$result"
        printf 'message\t%s\n' "$message"
        log_lines | cut -c1-300 | sed 's/\t/ /g; s/^/log\t/'
    } | tr -d '\000-\010\013-\037\177' | sed 's/[\\"]/\\&/g' | awk -F '\t' -v active="$active" -v status="$status" -v verb="$verb" '
    function quoted(text) { return "\"" text "\"" }
    $1 == "log" { log_lines = log_lines (count++ ? ",\n  " : "") quoted($2); next }
    { value[$1] = $2 }
    END {
        printf "{\"status\": \"%s\", \"service\": %s, \"verb\": %s, \"active\": %s,\n", status, quoted(value["service"]), quoted(verb), active
        printf " \"state\": %s, \"detail\": %s, \"before\": %s, \"result\": %s, \"pid\": %d,\n", quoted(value["state"]), \
            quoted(value["detail"]), value["before"] == "" ? "null" : quoted(value["before"]), quoted(value["result"]), value["pid"]
        printf " \"by\": %s, \"host\": %s,\n \"log\": [%s],\n \"text\": %s}\n", quoted(value["by"]), quoted(value["host"]), \
            log_lines, quoted(value["message"])
    }'
}

failed() {
    look
    answer no "$before" "$1"
    echo "$1" >&2
    exit 1
}

look
before=$state
if [ "$loaded" = not-found ]; then
    failed "There is no service $service on $(uname -n)."
elif [ "$loaded" = masked ] && [ "$verb" != status ] && [ "$verb" != stop ]; then
    failed "The service $service is masked; unmask it first."
fi

if [ "$verb" = status ]; then
    message="$service on $(uname -n) is ${state:-unknown}${detail:+ ($detail)}."
    answer yes '' "$message"
    case $state in
        active) exit 0 ;;
        activating | deactivating | reloading) [ "$fail_on" = warning ] || exit 0 ;;
        *) [ "$fail_on" != never ] || exit 0 ;;
    esac
    echo "$message" >&2
    exit 1
fi

if [ $by = systemd ]; then
    said=$(systemctl "$verb" --no-ask-password -- "$service" </dev/null 2>&1)
    code=$?
else
    # A service that this starts must not hold our output open.
    said=''
    sysv "$verb"
    code=$?
fi
last=$(printf '%s\n' "$said" | tail -n 1)
[ $code -eq 0 ] || failed "$service on $(uname -n) could not ${verb}: ${last:-the command ended with status $code.}"

waited=0
look
while ! as_wanted; do
    if [ "$state" = failed ] || [ "$waited" -ge "$within" ]; then
        failed "$service on $(uname -n) is ${state:-unknown} after the $verb."
    fi
    sleep 1
    waited=$((waited + 1))
    look
done
# One that dies at once and is started again looks well for a moment.
if [ "$verb" != stop ] && [ "$state" = active ] && [ "$steady" -gt 0 ]; then
    first=$pid
    sleep "$steady"
    look
    as_wanted || failed "$service on $(uname -n) was active and is ${state:-unknown} $steady seconds later."
    [ "$kind" = forking ] || [ "$pid" = "$first" ] ||
        failed "$service on $(uname -n) does not stay up: within $steady seconds it was started anew."
fi
answer yes "$before" "$service on $(uname -n) is $state after the $verb; it was ${before:-unknown} before."

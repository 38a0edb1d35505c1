#!/bin/sh
# A stand-in for systemd's own program: services are files in $UNITS that hold their state.
# A service that is called broken… does not come up, flapping… gets a new process at each look,
# once… is a job that ends, slow… needs a moment.
UNITS=${UNITS:-$(dirname "$0")/..}
unit=
for word in "$@"; do unit=$word; done
file=$UNITS/$unit
echo "$*" >>"$UNITS/asked"
case $1 in
    is-system-running) echo "${RUNNING:-running}" ;;
    is-active) cat "$file" 2>/dev/null || { echo unknown; exit 4; } ;;
    list-units) cat "$UNITS/failed" 2>/dev/null ;;
    show)
        if [ ! -e "$file" ]; then
            printf 'LoadState=not-found\nActiveState=inactive\n'
            exit 0
        fi
        pid=42
        case $unit in
            flapping*) pid=$(($(cat "$UNITS/looks" 2>/dev/null || echo 0) + 1)); echo $pid >"$UNITS/looks" ;;
            slow*) [ "$(cat "$file")" = activating ] && { [ -e "$UNITS/asked-once" ] && echo active >"$file"; : >"$UNITS/asked-once"; } ;;
        esac
        kind=simple
        case $unit in once*) kind=oneshot ;; masked*) echo LoadState=masked; echo ActiveState=inactive; exit 0 ;; esac
        printf 'LoadState=loaded\nActiveState=%s\nSubState=sub\nMainPID=%s\nType=%s\nResult=success\n' "$(cat "$file")" "$pid" "$kind"
        ;;
    start | restart)
        case $unit in
            refused*) echo "Job for $unit failed." >&2; exit 1 ;;
            broken*) echo failed >"$file" ;;
            once*) echo inactive >"$file" ;;
            slow*) echo activating >"$file" ;;
            *) echo active >"$file" ;;
        esac
        ;;
    stop) echo inactive >"$file" ;;
    *) exit 1 ;;
esac

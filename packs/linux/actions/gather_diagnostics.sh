#!/bin/sh
# Gathers what people look at first when a Linux machine is in trouble, as JSON.
#
# Every part is asked from what the machine has: procps is not needed, a journal is used if there
# is one. A part that cannot be had is named in "missing" with the reason, and never ends the rest.
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH

service='' lines=40 top=8 command_lines='' report=''
for word in "$@"; do
    value=${word#*=}
    case $word in
        --service=*) service=$value ;;
        --lines=*) lines=$value ;;
        --top=*) top=$value ;;
        --command_lines) command_lines=yes ;;
        --report=*) report=$value ;;
        *)
            echo "$word is no argument of this script." >&2
            exit 2
            ;;
    esac
done
case $service in
    -* | *[!A-Za-z0-9_.@:-]*)
        echo "$service can be no service's name; give one such as nginx." >&2
        exit 2
        ;;
esac
case $report in
    '') ;;
    -* | .* | *[!A-Za-z0-9_.-]*)
        echo "$report can be no file's name; give one such as diagnostics.txt." >&2
        exit 2
        ;;
esac

bounded() {
    if command -v timeout >/dev/null 2>&1; then timeout 15 "$@"; else "$@"; fi
}

have() {
    command -v "$1" >/dev/null 2>&1
}

# A part is a line "part<TAB>name<TAB>where from", and its lines after it, each with a tab in front.
# A part without lines is one that is missing, and where it came from says why.
part() {
    name=$1 from=$2
    printf 'part\t%s\t%s\n' "$name" "$from"
    tail -n "$lines" | cut -c1-300 | sed 's/\t/ /g; s/^/\t/'
}

missing() {
    printf 'missing\t%s\t%s\n' "$1" "$2"
}

text_of() {
    bounded "$@" 2>/dev/null
}

# What a program says: its output as a part if there is any. Otherwise the next source is tried.
try() {
    name=$1 from=$2
    shift 2
    have "$1" || return 1
    said=$(text_of "$@" | grep -v '^-- .* --$')
    [ -n "$said" ] || return 1
    printf '%s\n' "$said" | part "$name" "$from"
}

try_file() {
    [ -r "$2" ] && [ -s "$2" ] || return 1
    tail -n "$lines" -- "$2" 2>/dev/null | part "$1" "$2"
}

# Processes by what they used of the processors within one second, and by memory.
processes() {
    ticks=$(getconf CLK_TCK 2>/dev/null || echo 100)
    page=$(getconf PAGESIZE 2>/dev/null || echo 4096)
    found=$({
        cat /proc/[0-9]*/stat 2>/dev/null
        read -r start _ </proc/uptime
        sleep 1
        read -r now _ </proc/uptime
        echo "now $start $now"
        cat /proc/[0-9]*/stat 2>/dev/null
    } | awk -v ticks="$ticks" -v page="$page" '
    $1 == "now" { second = 1; span = $3 - $2; if (span <= 0) span = 1; next }
    # The name stands in brackets and may hold anything, brackets, too.
    match($0, /\(.*\) [A-Za-z] /) {
        pid = $1 + 0; name = substr($0, RSTART + 1, RLENGTH - 5)
        split(substr($0, RSTART + RLENGTH - 2), field, " ")
        used = field[12] + field[13]
        if (!second) before[pid] = used
        else if (pid in before)
            printf "%d %.1f %.0f %s\n", pid, 100 * (used - before[pid]) / ticks / span, field[22] * page / 1024, name
    }')
    if [ -z "$found" ]; then
        missing processes '/proc cannot be read'
        return
    fi
    printf '%s\n' "$found" | sort -k2,2rn -k3,3rn | head -n "$top" | told | part top_cpu /proc
    printf '%s\n' "$found" | sort -k3,3rn | head -n "$top" | told | part top_memory /proc
}

told() {
    echo '    PID USER         CPU%  MEMORY-MiB  COMMAND'
    while read -r pid cpu memory name; do
        if [ -n "$command_lines" ]; then
            whole=$(tr '\000' ' ' 2>/dev/null <"/proc/$pid/cmdline")
            name=${whole:-[$name]}
        fi
        user=$(stat -c %U "/proc/$pid" 2>/dev/null)
        printf '%7d %-10.10s %6s %11d  %s\n' "$pid" "${user:--}" "$cpu" "$((memory / 1024))" "$name"
    done
}

# The kernel's own list of sockets holds addresses and ports in hexadecimal digits.
sockets_of_kernel() {
    cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk '
    function number(hex,  i, value) {
        for (i = 1; i <= length(hex); i++) value = value * 16 + index("0123456789ABCDEF", substr(hex, i, 1)) - 1
        return value
    }
    $4 == "0A" { split($2, at, ":"); print "tcp port " number(at[2]) ((length(at[1]) > 8) ? " (IPv6)" : "") }' |
        sort -u -k3,3n
}

sockets() {
    try sockets 'ss -tulnp' ss -tulnp && return
    try sockets 'netstat -tulnp' netstat -tulnp && return
    found=$(sockets_of_kernel)
    if [ -n "$found" ]; then
        printf '%s\n' "$found" | part sockets /proc/net/tcp
    else
        missing sockets 'nothing listens, or there is neither ss nor netstat and /proc/net cannot be read'
    fi
}

kernel_log() {
    try kernel_log 'journalctl -k' journalctl -k -n "$lines" --no-pager -q -o short-iso && return
    try kernel_log dmesg dmesg && return
    try_file kernel_log /var/log/kern.log && return
    missing kernel_log 'there is no journal that may be read, dmesg says nothing, and /var/log/kern.log is not there'
}

service_log() {
    if [ -z "$service" ]; then
        try log 'journalctl -p warning' journalctl -p warning -n "$lines" --no-pager -q -o short-iso && return
        try_file log /var/log/syslog && return
        try_file log /var/log/messages && return
        missing log 'there is no journal that may be read, and no /var/log/syslog or /var/log/messages'
        return
    fi
    try log "journalctl -u $service" journalctl -u "$service" -n "$lines" --no-pager -q -o short-iso && return
    for file in "/var/log/$service.log" "/var/log/$service/error.log" "/var/log/$service/$service.log"; do
        try_file log "$file" && return
    done
    for file in /var/log/syslog /var/log/messages; do
        [ -r "$file" ] || continue
        said=$(tail -n 20000 -- "$file" 2>/dev/null | grep -F -- "$service" | tail -n "$lines")
        if [ -n "$said" ]; then
            printf '%s\n' "$said" | part log "$file"
            return
        fi
    done
    missing log "there is nothing of $service in the journal or in /var/log"
}

units() {
    if ! have systemctl; then
        missing failed_units 'this machine has no systemd'
        return
    fi
    case $(bounded systemctl is-system-running 2>/dev/null) in
        '' | offline | unknown) missing failed_units 'this machine was not started by systemd' ;;
        *)
            said=$(text_of systemctl list-units --failed --no-legend --plain --no-pager)
            printf '%s\n' "${said:-none}" | part failed_units systemctl
            ;;
    esac
}

# df, without network filesystems, since one that hangs would hang this, too.
space() {
    name=$1 from=$2
    shift 2
    try "$name" "$from" df "$@" -l && return
    try "$name" "$from" df "$@" && return
    missing "$name" 'df says nothing'
}

gather() {
    printf 'host\t%s\t%s\n' "$(uname -n)" "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    printf 'kernel\t%s\n' "$(uname -srm)"
    read -r one five fifteen _ </proc/loadavg &&
        printf 'load\t%s\t%s\t%s\t%s\n' "$one" "$five" "$fifteen" "$(nproc 2>/dev/null || echo 1)"
    read -r up _ </proc/uptime && printf 'uptime\t%s\n' "$up"
    awk '/^(MemTotal|MemAvailable|SwapTotal|SwapFree):/ {
        printf "memory\t%s\t%s\n", substr($1, 1, length($1) - 1), $2 }' /proc/meminfo
    if [ -r /proc/pressure/memory ]; then
        for what in cpu memory io; do
            sed "s/^/$what /" "/proc/pressure/$what" 2>/dev/null
        done | part pressure /proc/pressure
    else
        missing pressure 'this kernel does not measure it'
    fi
    processes
    space disks 'df -Ph' -Ph
    space inodes 'df -Pi' -Pi
    sockets
    units
    kernel_log
    service_log
}

# The whole as people read it, for a file that a later step can post.
whole=$(gather | tr -d '\000-\010\013-\037\177')
if [ -n "$report" ]; then
    printf '%s\n' "$whole" | awk -F '\t' '
    $1 == "part" { print "\n== " $2 " (" $3 ")"; next }
    $1 == "missing" { print "\n== " $2 " is missing: " $3; next }
    $1 == "" { print substr($0, 2); next }
    { gsub(/\t/, " "); print }' >"${TOCSIN_FILES:-.}/$report" || report=''
fi

printf '%s\n' "$whole" | sed 's/[\\"]/\\&/g' | awk -F '\t' -v report="$report" '
function quoted(text) { return "\"" text "\"" }
function size(kib) {
    return kib >= 1048576 ? sprintf("%.1f GiB", kib / 1048576) : sprintf("%.0f MiB", kib / 1024)
}
$1 == "host" { host = $2; taken = $3 }
$1 == "kernel" { kernel = $2 }
$1 == "load" { one = $2; five = $3; fifteen = $4; cores = $5 }
$1 == "uptime" { uptime = $2 }
$1 == "memory" { memory[$2] = $3 }
$1 == "missing" {
    missing = missing (lost++ ? ", " : "") "{\"part\": " quoted($2) ", \"why\": " quoted($3) "}"
    absent = absent "\\n• " $2 " is missing: " $3 "."
}
$1 == "part" { part = $2; order[++parts] = part; source[part] = $3 }
$1 == "" && part != "" {
    body[part] = body[part] (count[part]++ ? ", " : "") quoted($2)
    if (count[part] == 2 && part == "top_cpu") busiest = $2
    if (count[part] == 2 && part == "top_memory") largest = $2
}
function who(line,  field, n, i, name) {
    n = split(line, field, " ")
    for (i = 5; i <= n; i++) name = name (i > 5 ? " " : "") field[i]
    name = substr(name, 1, 60)
    # What is escaped is not cut in the middle.
    if (match(name, /\\+$/) && RLENGTH % 2) name = substr(name, 1, length(name) - 1)
    return name " (" field[1] ")"
}
function span(seconds) {
    if (seconds < 7200) return sprintf("%.0f min", seconds / 60)
    return seconds < 172800 ? sprintf("%.0f h", seconds / 3600) : sprintf("%.0f days", seconds / 86400)
}
function column(line, i,  field) { split(line, field, " "); return field[i] }
END {
    used = memory["MemTotal"] > 0 ? 100 * (1 - memory["MemAvailable"] / memory["MemTotal"]) : 0
    text = sprintf("%s: load %s %s %s on %d core%s, up for %s.", host, one, five, fifteen, cores, cores == 1 ? "" : "s", span(uptime))
    text = text sprintf("\\n• Memory: %.0f %% of %s in use.", used, size(memory["MemTotal"]))
    if (busiest != "") text = text "\\n• Busiest: " who(busiest) " with " column(busiest, 3) " % of a core."
    if (largest != "") text = text "\\n• Largest: " who(largest) " with " column(largest, 4) " MiB."
    printf "{\"host\": %s, \"taken_at\": %s, \"kernel\": %s, \"uptime_seconds\": %.0f,\n", \
        quoted(host), quoted(taken), quoted(kernel), uptime
    printf " \"load\": {\"one\": %.2f, \"five\": %.2f, \"fifteen\": %.2f, \"cores\": %d},\n", one, five, fifteen, cores
    printf " \"memory\": {\"total\": %.0f, \"available\": %.0f, \"used_percent\": %.1f, \"swap_total\": %.0f, \"swap_free\": %.0f},\n", \
        memory["MemTotal"] * 1024, memory["MemAvailable"] * 1024, used, memory["SwapTotal"] * 1024, memory["SwapFree"] * 1024
    printf " \"parts\": {"
    for (i = 1; i <= parts; i++)
        printf "%s%s: {\"source\": %s, \"lines\": [%s]}", (i > 1 ? ",\n  " : ""), quoted(order[i]), quoted(source[order[i]]), body[order[i]]
    printf "},\n \"missing\": [%s],\n \"file\": %s,\n \"text\": %s}\n", missing, report == "" ? "null" : quoted(report), quoted(text absent)
}'

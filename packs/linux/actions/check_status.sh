#!/bin/sh
# Says how a Linux machine is doing, as JSON: load, memory, disks, failed units, one service.
#
# It needs sh, sed, tr, awk and df, and reads /proc. What a machine does not have is left out.
# Network filesystems are not looked at: whoever asks one that hangs hangs, too.
LC_ALL=C
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
export LC_ALL PATH

service='' fail_on=never
load_warning=1.5 load_critical=4
memory_warning=90 memory_critical=97
disk_warning=85 disk_critical=95
for word in "$@"; do
    value=${word#*=}
    case $word in
        --service=*) service=$value ;;
        --fail_on=*) fail_on=$value ;;
        --load_warning=*) load_warning=$value ;;
        --load_critical=*) load_critical=$value ;;
        --memory_warning=*) memory_warning=$value ;;
        --memory_critical=*) memory_critical=$value ;;
        --disk_warning=*) disk_warning=$value ;;
        --disk_critical=*) disk_critical=$value ;;
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

# A command that is ended when it takes too long, where the machine can do that.
bounded() {
    if command -v timeout >/dev/null 2>&1; then timeout 10 "$@"; else "$@"; fi
}

# Each fact is a line of words between tabs. What JSON wants escaped is escaped before awk reads it.
fact() {
    line=
    for part in "$@"; do
        line="$line	$(printf %s "$part" | tr '\011\012' '??')"
    done
    printf '%s\n' "${line#?}"
}

cores() {
    nproc 2>/dev/null || grep -c '^processor' /proc/cpuinfo 2>/dev/null || echo 1
}

# The number columns of `df`, whatever stands before them.
columns() {
    awk 'NR > 1 { for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$|^-$/) {
        print $(i - 3), $(i - 2), $(i - 1); exit } }'
}

# Each filesystem once, though it may be mounted in several places.
disks() {
    seen=' '
    while read -r device mount kind options _; do
        case $kind in
            ext[234] | xfs | btrfs | zfs | f2fs | jfs | reiserfs | vfat | exfat | ntfs3) ;;
            tmpfs) case $mount in /tmp | /run | /dev/shm | /var/*) ;; *) continue ;; esac ;;
            overlay) [ "$mount" = / ] || continue ;;
            *) continue ;;
        esac
        # What nobody can write to is full by nature.
        case ",$options," in *,ro,*) continue ;; esac
        case $device in /*) ;; *) device=$mount ;; esac
        case $seen in *" $device "*) continue ;; esac
        seen="$seen$device "
        mount=$(printf %b "$(printf %s "$mount" | sed 's/\\\([0-7][0-7][0-7]\)/\\0\1/g')")
        space=$(bounded df -Pk "$mount" 2>/dev/null | columns)
        nodes=$(bounded df -Pi "$mount" 2>/dev/null | columns)
        # shellcheck disable=SC2086 # both are three numbers
        [ -n "$space" ] && fact disk "$mount" $space ${nodes:-0 0 0}
    done </proc/mounts
}

# Whether this machine was started by systemd.
systemd() {
    command -v systemctl >/dev/null 2>&1 || return 1
    case $(bounded systemctl is-system-running 2>/dev/null) in
        '' | offline | unknown) return 1 ;;
    esac
}

units() {
    systemd || return 0
    fact systemd yes
    bounded systemctl list-units --failed --no-legend --plain --no-pager 2>/dev/null |
        while read -r unit _; do fact unit "$unit"; done
}

service_state() {
    [ -n "$service" ] || return 0
    if systemd; then
        found=$(bounded systemctl is-active -- "$service" 2>/dev/null)
        fact service "$service" "${found:-unknown}"
    elif [ -x "/etc/init.d/$service" ]; then
        if bounded "/etc/init.d/$service" status >/dev/null 2>&1; then
            fact service "$service" active
        else
            fact service "$service" inactive
        fi
    else
        fact service "$service" unknown
    fi
}

facts() {
    fact host "$(uname -n)"
    read -r one five fifteen _ </proc/loadavg && fact load "$one" "$five" "$fifteen" "$(cores)"
    read -r up _ </proc/uptime && fact uptime "$up"
    awk '/^(MemTotal|MemFree|Buffers|Cached|MemAvailable|SwapTotal|SwapFree):/ {
        printf "memory\t%s\t%s\n", substr($1, 1, length($1) - 1), $2 }' /proc/meminfo
    disks
    units
    service_state
}

facts | tr -d '\000-\010\013-\037\177' | sed 's/[\\"]/\\&/g' | awk -F '\t' \
    -v fail_on="$fail_on" -v load_warning="$load_warning" -v load_critical="$load_critical" \
    -v memory_warning="$memory_warning" -v memory_critical="$memory_critical" \
    -v disk_warning="$disk_warning" -v disk_critical="$disk_critical" '
function quoted(text) { return "\"" text "\"" }
function share(part, whole) { return whole > 0 ? 100 * part / whole : 0 }
function size(kib) {
    if (kib >= 1073741824) return sprintf("%.1f TiB", kib / 1073741824)
    if (kib >= 1048576) return sprintf("%.1f GiB", kib / 1048576)
    return sprintf("%.0f MiB", kib / 1024)
}
function found(level, what, message) {
    if (level == "critical" || worst == "ok") worst = level
    findings = findings (count++ ? ", " : "") "{\"level\": \"" level "\", \"what\": " \
        quoted(what) ", \"message\": " quoted(message) "}"
    lines = lines "\\n• " message
    if (level == "critical" || first == "") first = message
}
function judge(value, warning, critical, what, message) {
    if (value >= critical + 0) found("critical", what, message)
    else if (value >= warning + 0) found("warning", what, message)
}
BEGIN { worst = "ok"; init = "other" }
$1 == "host" { host = $2 }
$1 == "uptime" { uptime = $2 }
$1 == "load" { one = $2; five = $3; fifteen = $4; cores = $5 + 0 > 0 ? $5 + 0 : 1 }
$1 == "memory" { memory[$2] = $3 }
$1 == "systemd" { init = "systemd" }
$1 == "unit" {
    units = units (failed++ ? ", " : "") quoted($2)
    found("warning", "unit", "The unit " $2 " has failed.")
}
$1 == "service" {
    state = $3
    service = "{\"name\": " quoted($2) ", \"state\": " quoted($3) "}"
    if (state == "unknown") found("critical", "service", "There is no service " $2 " that this machine can be asked about.")
    else if (state != "active") found("critical", "service", "The service " $2 " is " state ".")
}
$1 == "disk" {
    used = share($4, $4 + $5); nodes = share($7, $6)
    disks = disks (disk++ ? ", " : "") sprintf("{\"mount\": %s, \"size\": %.0f, \"used\": %.0f, " \
        "\"free\": %.0f, \"used_percent\": %.1f, \"inodes_used_percent\": %.1f}", \
        quoted($2), $3 * 1024, $4 * 1024, $5 * 1024, used, nodes)
    judge(used, disk_warning, disk_critical, "disk", \
        sprintf("%s is %.0f %% full; %s are free.", $2, used, size($5)))
    judge(nodes, disk_warning, disk_critical, "inodes", \
        sprintf("%s has used %.0f %% of its inodes.", $2, nodes))
}
END {
    per_core = five / cores
    judge(per_core, load_warning, load_critical, "load", \
        sprintf("The load of five minutes is %s on %d core%s.", five, cores, cores == 1 ? "" : "s"))
    if (!("MemAvailable" in memory))
        memory["MemAvailable"] = memory["MemFree"] + memory["Buffers"] + memory["Cached"]
    in_use = share(memory["MemTotal"] - memory["MemAvailable"], memory["MemTotal"])
    swap = share(memory["SwapTotal"] - memory["SwapFree"], memory["SwapTotal"])
    judge(in_use, memory_warning, memory_critical, "memory", \
        sprintf("%.0f %% of the memory is in use; %s are available.", in_use, size(memory["MemAvailable"])))
    text = sprintf("%s is %s. Load %s on %d core%s, memory %.0f %% of %s in use.", \
        host, worst == "ok" ? "well" : worst, five, cores, cores == 1 ? "" : "s", in_use, size(memory["MemTotal"]))
    printf "{\"status\": \"%s\", \"host\": %s, \"uptime_seconds\": %.0f,\n", worst, quoted(host), uptime
    printf " \"load\": {\"one\": %.2f, \"five\": %.2f, \"fifteen\": %.2f, \"cores\": %d, \"per_core\": %.2f},\n", \
        one, five, fifteen, cores, per_core
    printf " \"memory\": {\"total\": %.0f, \"available\": %.0f, \"used_percent\": %.1f, \"swap_total\": %.0f, \"swap_used_percent\": %.1f},\n", \
        memory["MemTotal"] * 1024, memory["MemAvailable"] * 1024, in_use, memory["SwapTotal"] * 1024, swap
    printf " \"disks\": [%s],\n \"init\": \"%s\", \"failed_units\": [%s], \"service\": %s,\n", \
        disks, init, units, service == "" ? "null" : service
    printf " \"findings\": [%s],\n \"text\": \"%s%s\"}\n", findings, text, lines
    if (fail_on == "warning" && worst != "ok" || fail_on == "critical" && worst == "critical") {
        print first | "cat 1>&2"
        close("cat 1>&2")
        exit 1
    }
}'

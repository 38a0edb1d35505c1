#!/bin/sh
# Says which folders below a path hold most, as JSON. It stays on one filesystem.
LC_ALL=C
export LC_ALL

path=/ depth=3 limit=20
for word in "$@"; do
    value=${word#*=}
    case $word in
        --path=*) path=$value ;;
        --depth=*) depth=$value ;;
        --limit=*) limit=$value ;;
        *)
            echo "$word is no argument of this script." >&2
            exit 2
            ;;
    esac
done
case $path in
    /*) ;;
    *)
        echo "The path is $path; give one that begins with /." >&2
        exit 2
        ;;
esac
if ! cd -P -- "$path" 2>/dev/null; then
    echo "$path is no folder that can be entered." >&2
    exit 1
fi
path=$(pwd -P)

# Whether this `du` can put a NUL after each folder, since names may hold line ends.
if du -0 -s /dev/null >/dev/null 2>&1; then zero=-0; else zero=; fi

{
    printf 'path\t%s\n' "$(printf %s "$path" | tr '\011\012' '??')"
    df -Pk . 2>/dev/null | awk 'NR > 1 { for (i = 4; i <= NF; i++) if ($i ~ /^[0-9]+%$/) {
        printf "disk\t%s\t%s\t%s\n", $(i - 3), $(i - 2), $(i - 1); exit } }'
    # What cannot be read is counted, not shown.
    {
        # shellcheck disable=SC2086 # an option or nothing
        du -xk $zero . 2>&3 3>&- |
            if [ -n "$zero" ]; then tr '\000\012' '\012?'; else cat; fi |
            awk -F '\t' -v depth="$depth" '{
                name = $2; for (i = 3; i <= NF; i++) name = name " " $i
                if (gsub("/", "/", name) <= depth + 0) printf "folder\t%s\t%s\n", $1, name }' |
            sort -t '	' -k2,2rn | head -n "$((limit + 1))"
    } 3>&1 | awk -F '\t' '$1 == "folder" { print; next } { lost++ } END { printf "lost\t%d\n", lost }'
} | tr -d '\000-\010\013-\037\177' | sed 's/[\\"]/\\&/g' | awk -F '\t' -v limit="$limit" '
function quoted(text) { return "\"" text "\"" }
function size(kib) {
    if (kib >= 1073741824) return sprintf("%.1f TiB", kib / 1073741824)
    if (kib >= 1048576) return sprintf("%.1f GiB", kib / 1048576)
    if (kib >= 1024) return sprintf("%.0f MiB", kib / 1024)
    return sprintf("%.0f KiB", kib)
}
$1 == "path" { path = $2; base = path == "/" ? "" : path }
$1 == "disk" { whole = $2; used = $3; free = $4 }
$1 == "lost" { lost = $2 }
$1 == "folder" && $3 == "." { total = $2 }
$1 == "folder" && $3 != "." && count < limit {
    name = base substr($3, 2)
    folders = folders (count++ ? ",\n  " : "") sprintf("{\"path\": %s, \"bytes\": %.0f}", quoted(name), $2 * 1024)
    if (count <= 10) lines = lines "\\n• " size($2) " " name
}
END {
    text = path " holds " size(total) "; its filesystem is " \
        sprintf("%.0f", used + free > 0 ? 100 * used / (used + free) : 0) " % full, " size(free) " are free."
    if (lost) lines = lines "\\n" lost " folders or files could not be read."
    printf "{\"path\": %s, \"total_bytes\": %.0f,\n", quoted(path), total * 1024
    printf " \"filesystem\": {\"size\": %.0f, \"used\": %.0f, \"free\": %.0f},\n", whole * 1024, used * 1024, free * 1024
    printf " \"folders\": [%s],\n \"unreadable\": %d,\n \"text\": %s}\n", folders, lost, quoted(text lines)
}'

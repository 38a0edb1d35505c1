# shellcheck shell=sh disable=SC2034,SC2154
# Comes first. Makes sure that all that follows is a process group of its own, which OpenSSH
# gives us already and other servers may not, and goes on by sudo if that is wanted.
#
# Set before it: t_next, the shell's code that reads and runs the next line, and t_by, words to
# run that by, such as sudo -n --.
unset CDPATH t_p
t_group=
{ read -r t_x t_x t_x t_x t_group t_x </proc/$$/stat; } 2>/dev/null ||
    t_group=$(ps -o pgid= -p $$ 2>/dev/null)
t_ours=1
if [ "$((${t_group:-0}))" -ne $$ ]; then
    if command -v setsid >/dev/null 2>&1; then t_by="setsid $t_by"; else t_ours=; fi
fi
# t_by is words, and holds nothing a shell would read otherwise
# shellcheck disable=SC2086
exec $t_by /bin/sh -c "$t_next" sh "$t_ours"

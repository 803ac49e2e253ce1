#!/bin/sh
# Becomes the program of a container: records who it is, joins its control groups, enters its view of the files, takes
# its environment, and executes it. Runs in a session of its own and, for "mount", in a mount namespace of its own.
#
# Arguments: <container folder> <mount|stay|join> <working directory> <count> <count control group files …> <command …>
#   mount: build the view from the folder's fstab; stay: use the host's; join: a further command in a running container.
# Descriptors: 3 the environment (one entry per line), 4 the startup report. Names begin with planform_ because
# the environment of the program is loaded into this shell.
main() {
  planform_folder=$1 planform_mounts=$2 planform_directory=$3 planform_count=$4
  shift 4
  if [ "$planform_mounts" != join ]; then
    planform_read_start_time
    echo "$$ $planform_start_time" > "$planform_folder/process"
  fi
  while [ "$planform_count" -gt 0 ]; do
    { echo 0 > "$1"; } 2> /dev/null || planform_fail "cannot join control group $1"
    planform_count=$((planform_count - 1))
    shift
  done
  [ "$planform_mounts" != mount ] || planform_enter_root
  umask 022
  cd -- "$planform_directory" 2> /dev/null || planform_fail "cannot change to working directory \"$planform_directory\""
  planform_program=$1
  unset PWD OLDPWD PATH
  planform_needs_env=
  while IFS= read -r planform_line <&3; do
    planform_entry=${planform_line#?}
    case $planform_entry in
    *\\*)
      planform_entry=$(printf '%b.' "$planform_entry")
      planform_entry=${planform_entry%.}
      ;;
    esac
    case $planform_line in
    E*) export "$planform_entry" ;;
    A*)
      set -- "$planform_entry" "$@"
      planform_needs_env=yes
      ;;
    esac
  done
  command -v -- "$planform_program" > /dev/null || planform_fail "cannot find program \"$planform_program\""
  [ -z "$planform_needs_env" ] || set -- env -- "$@"
  planform_report "started $$ ${planform_start_time-}"
  exec "$@" 3<&- 4>&-
}

planform_enter_root() {
  planform_problem=$(mount -n -a -T "$planform_folder/fstab" 2>&1) || planform_fail "cannot mount: $planform_problem"
  cd -- "$planform_folder/root" || planform_fail 'cannot enter the new root'
  planform_problem=$(pivot_root . . 2>&1) || planform_fail "cannot change the root: $planform_problem"
  planform_problem=$(umount -l . 2>&1) || planform_fail "cannot leave the old root: $planform_problem"
  cd /
}

# Nobody may be listening any more; that must not end the program. Ignoring is undone, or the program would inherit it.
planform_report() {
  trap '' PIPE
  printf '%s\n' "$1" >&4
  trap - PIPE
} 2> /dev/null

planform_fail() {
  planform_report "failed $1"
  printf 'planform: %s\n' "$1" >&2
  exit 128
}

planform_read_start_time() {
  read -r planform_stat < /proc/$$/stat
  set -f
  # shellcheck disable=SC2086
  set -- ${planform_stat##*)}
  shift 19
  planform_start_time=$1
}

main "$@"

#!/bin/sh
# Parent of one container: starts its program, waits, and leaves the exit code in a file. It holds nothing but a few
# kilobytes, survives the agent, and is the only process that may ever start this container (the claim).
#
# Arguments: <container folder> <exit file> <log file> <launcher and its arguments …>
# Standard output: the startup report of enter.sh, read by the agent if it is still there.
# Everything is inside a function so that the shell has read all of it before the first line runs.
main() {
  folder=$1 exit_file=$2 log=$3
  shift 3
  read_start_time
  set -C # creating the claim fails when it exists: somebody else decided about this container
  echo "$$ $start_time" > "$folder/claim" || exit 0
  set +C
  mkfifo -m 600 "$folder/alive" && exec 9<> "$folder/alive" # its end closes when nothing of the container is left
  trap : TERM INT HUP # ours to survive; a handler, unlike ignoring, is not inherited by the program
  # In a subshell, so that the shell's own word on a killed program ("Terminated") does not get into the log. The mark,
  # by which the processes of a container are found, is for the program alone: nobody may take this shell for one of them.
  (
    export PLANFORM_CONTAINER_ID="${folder##*/}"
    exec "$@"
  ) 3< "$folder/env" 4>&1 >> "$log" 2>&1 < /dev/null
  code=$?
  # The program is gone; so must be whatever it left in its process group.
  read -r pid _ < "$folder/process" && kill -KILL -- "-$pid" 2> /dev/null
  # The file was written full of blanks before the start, so that a full disk cannot swallow the exit code.
  echo "$code" 1<> "$folder/exit"
  mv -f "$folder/exit" "$exit_file"
}

# Field 22 of /proc/<pid>/stat; the name in field 2 may hold anything, so count from its closing bracket.
read_start_time() {
  read -r stat < /proc/$$/stat
  set -f
  # shellcheck disable=SC2086
  set -- ${stat##*)}
  shift 19
  start_time=$1
}

main "$@"

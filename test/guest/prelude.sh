# Read by every step in the guest.

# Puts the cable of probe N (0 unless given) in or out: cable unplug [N], cable replug [N].
cable() {
  printf '\n@@cable %d %s\n' "${2:-0}" "$1" > /dev/console
}

# Copies its input, and pulls the cable out as soon as a line (which ends with $2, if given) has the text.
pull_at() {
  local line pulled=
  while IFS= read -r -d "${2:-$'\n'}" line || [ -n "$line" ]; do
    if [ -z "$pulled" ] && [[ $line == *"$1"* ]]; then
      cable unplug
      pulled=yes
    fi
    printf '%s\n' "$line"
  done
}

# Waits up to 20 s until a command succeeds.
until_true() {
  local tries
  for tries in $(seq 100); do
    "$@" > /dev/null 2>&1 && return 0
    sleep 0.2
  done
  echo "this did not come true: $*"
  return 1
}

# Runs a command as a user without any rights: as_user COMMAND...
as_user() {
  setpriv --reuid 65534 --regid 65534 --clear-groups env HOME=/tmp "$@"
}

# The same for a user in the group plugdev.
as_plugdev() {
  setpriv --reuid 65534 --regid 65534 --groups plugdev env HOME=/tmp "$@"
}

# The USB drivers, which the guest starts without.
load_usb() {
  local module
  while read -r module; do insmod "$module"; done < "$GUEST_FOLDER/usb-modules"
}

# Numbered steps with their elapsed time, one log each, and one plain sentence when one fails.
logs="$root/build/logs"
step_number=0
steps_total=0

fail() {
  printf './dev: %s\n' "$1" >&2
  exit 1
}

# step what log-name command…: runs the command with its output in build/logs/<log-name>.log
step() {
  local what=$1 log="$logs/$2.log" started=$SECONDS status=0
  shift 2
  mkdir -p "$logs"
  step_number=$((step_number + 1))
  local head="[$step_number/$steps_total] $what"
  if [[ -t 1 ]]; then
    # Not in the foreground shell: the terminal shows the time and ninja's count meanwhile.
    (set -e; "$@") >"$log" 2>&1 &
    local child=$!
    trap 'kill "$child" 2>/dev/null; exit 130' INT TERM
    while kill -0 "$child" 2>/dev/null; do
      printf '\r\033[K%s … %d s %s' "$head" $((SECONDS - started)) \
        "$(tail -c 2000 "$log" | grep -aoE '\[[0-9]+/[0-9]+\]' | tail -1 || true)"
      sleep 0.2
    done
    wait "$child" || status=$?
    trap - INT TERM
    printf '\r\033[K'
  else
    printf '%s …\n' "$head"
    # Not `(…) || status=$?`: there bash would go on after a command that failed.
    set +e
    (set -e; "$@") >"$log" 2>&1
    status=$?
    set -e
  fi
  if ((status)); then
    step_failed "$head" "$log"
  fi
  printf '%s: %d s\n' "$head" $((SECONDS - started))
}

step_failed() {
  local errors
  # A compiler's own lines say more than what pip prints after them.
  errors=$(grep -aE -A3 ':[0-9]+: (fatal )?error: |CMake Error' "$2" | head -n 25) || true
  printf '%s: failed; from %s:\n\n' "$1" "$2" >&2
  printf '%s\n' "${errors:-$(tail -n 25 "$2")}" | sed 's/^/    /' >&2
  printf '\n' >&2
  local cause
  cause=$(explain "$2")
  fail "${cause:-$1 failed; the whole log is in $2}"
}

# explain log: what to do about it, for the failures that are nobody's mistake
explain() {
  local stated
  stated=$(grep -a '^\./dev: ' "$1" | tail -1 | cut -c8-) || true
  if [[ -n $stated ]]; then
    echo "$stated"
  elif grep -aqiE 'no space left on device' "$1"; then
    echo "set-up expects 6 GB of free disk, but the disk is full; free some and run ./dev again"
  elif grep -aqiE 'could not resolve|temporary failure (in name resolution|resolving)|network is unreachable|connection (refused|timed out)|failed to establish a new connection|could not connect|unable to connect' "$1"; then
    echo "set-up expects a network connection to fetch packages, but got none; connect (or set" \
      "http_proxy and https_proxy) and run ./dev again"
  elif grep -aqiE 'Packages need to be removed|but remove is disabled' "$1"; then
    echo "set-up expects to remove no package, but another MLIR version conflicts with version" \
      "$mlir_major; remove that one, or set MLIR_DIR to an MLIR $mlir_major elsewhere"
  elif grep -aqE 'expects (an |its )?(MLIR|-DTILEWORK)' "$1"; then
    grep -aE -A3 'expects (an |its )?(MLIR|-DTILEWORK)' "$1" | sed 's/^ *//' | tr '\n' ' ' | sed 's/ *$//'
  fi
}

# require_disk directory: 6 GB for a first set-up
require_disk() {
  local free_kb
  free_kb=$(df -Pk "$1" | awk 'NR == 2 {print $4}')
  if ((free_kb < 6 * 1024 * 1024)); then
    fail "set-up expects 6 GB of free disk in $1, but got $((free_kb / 1024)) MB; free some and run ./dev again"
  fi
}

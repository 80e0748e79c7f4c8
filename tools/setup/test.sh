# Tests, formatting and lint. Without arguments: lit, then ctest, then pytest.
run_tests() {
  local full=0 arguments=() cases=()
  while (($#)); do
    case "$1" in
      --full) full=1 ;;
      *.mlir) cases+=("$1") ;;
      *) arguments+=("$1") ;;
    esac
    shift
  done
  ensure_built
  ensure_browser
  export PATH="$venv/bin:$PATH"
  local select=(-m "not full")
  ((full)) && select=()
  if ((${#cases[@]} + ${#arguments[@]})); then
    ((${#cases[@]} == 0)) || run_lit "${cases[@]}"
    ((${#arguments[@]} == 0)) || python_tests "${select[@]}" "${arguments[@]}"
    return
  fi
  local failed=()
  run_lit || failed+=(lit)
  ctest --test-dir "$(build_directory)" --progress --output-on-failure --no-tests=ignore -j "$(nproc)" ||
    failed+=(ctest)
  python_tests "${select[@]}" -n "$(nproc)" || failed+=(pytest)
  if ((full)); then
    sanitized_tests || failed+=("the thread sanitizer")
  fi
  ((${#failed[@]} == 0)) || fail "expects all tests to pass, but got failures from ${failed[*]}"
}

# ensure_browser: the tests of HTML reports look at them in one, and fail where there is none
ensure_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    ! command -v "$name" >/dev/null || return 0
  done
  echo "installing a browser for the tests of reports …"
  mkdir -p "$logs"
  install_browser >"$logs/browser.log" 2>&1 ||
    echo "./dev: no browser could be installed, so tests of reports will fail: $logs/browser.log" >&2
}

install_browser() {
  local as_root=()
  ((EUID == 0)) || as_root=(sudo -n)
  if command -v apt-get >/dev/null && apt_offers chromium; then
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends chromium
  else
    "$venv/bin/playwright" install chromium
  fi
}

# run_lit [file.mlir…]: lit reads a source directory through its mirror in the build directory
run_lit() {
  local mirror case cases=()
  mirror="$(build_directory)/test"
  for case; do
    cases+=("$mirror/$(realpath --relative-to="$root/test" "$case")")
  done
  ((${#cases[@]})) || cases=("$mirror")
  "$venv/bin/lit" --verbose "${cases[@]}"
}

python_tests() {
  (cd "$root" && "$venv/bin/python" -m pytest "$@")
}

# sanitized_tests: the runtime's threads under the thread sanitizer, in a build of their own. Tests
# that fault on purpose, or end the process, are not for it.
sanitized_tests() {
  local build="$root/build/thread-sanitizer"
  cmake -G Ninja -S "$root/lib/Runtime" -B "$build" -DCMAKE_BUILD_TYPE=Release \
    -DTILEWORK_SANITIZE=thread -DPython_EXECUTABLE="$venv/bin/python" >"$logs/sanitizer.log" &&
    ninja -C "$build" RuntimeTests >>"$logs/sanitizer.log" &&
    "$build/tests/RuntimeTests" --gtest_brief=1 \
      --gtest_filter='TaskGraph.*:Graph.*:HazardTest.*:FailureTest.*:-*fault*:*pointer*:*so_*:*costs*'
}

cpp_files() {
  git -C "$root" ls-files -z '*.cpp' '*.h'
}

run_lint() {
  ensure_environment
  cd "$root"
  local status=0
  "$venv/bin/ruff" check . || status=1
  "$venv/bin/ruff" format --check . || status=1
  cpp_files | xargs -0 -r "$venv/bin/clang-format" --dry-run --Werror || status=1
  return $status
}

run_format() {
  ensure_environment
  cd "$root"
  "$venv/bin/ruff" check --fix --exit-zero --quiet .
  "$venv/bin/ruff" format .
  cpp_files | xargs -0 -r "$venv/bin/clang-format" -i
}

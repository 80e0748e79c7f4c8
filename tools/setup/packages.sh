# System packages, by apt, only those missing.
python=${PYTHON:-python3}

# wanted_packages: the names, one per line
wanted_packages() {
  printf '%s\n' g++ cmake ninja-build ccache libgtest-dev zlib1g-dev libzstd-dev xz-utils ca-certificates
  llvm_packages
  # Another interpreter than the distribution's brings its own headers and venv.
  if ! python_is_complete; then
    printf '%s\n' python3 python3-dev python3-venv
  fi
}

python_is_complete() {
  command -v "$python" >/dev/null && "$python" - 2>/dev/null <<'PY'
import ensurepip, pathlib, sysconfig, venv
assert pathlib.Path(sysconfig.get_path("include"), "Python.h").exists()
PY
}

missing_packages() {
  local package
  for package in $(wanted_packages); do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      echo "$package"
  done
}

install_packages() {
  install_packages_as "$EUID"
}

install_packages_as() {
  if ! command -v apt-get >/dev/null; then
    require_tools_without_apt
    return
  fi
  [[ -z $(missing_packages) ]] || install_missing_packages "$1"
  if unpacks_llvm; then
    unpack_llvm
  fi
}

install_missing_packages() {
  local missing as_root=()
  mapfile -t missing < <(missing_packages)
  if (($1)); then
    if ! command -v sudo >/dev/null || ! sudo -n true 2>/dev/null; then
      without_root=1  # LLVM at least can do without
      [[ -n $(missing_packages) ]] || return 0
      fail "set-up expects root to install packages, but got user $(id -un); run \`sudo apt-get install --no-install-recommends ${missing[*]}\` and then ./dev again"
    fi
    as_root=(sudo -n)
  fi
  "${as_root[@]}" apt-get update || true  # a broken repository among several is not our business
  mapfile -t missing < <(missing_packages)  # now that it is known what is offered
  require_candidates "${missing[@]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install -y --no-install-recommends --no-remove "${missing[@]}"
}

# require_candidates package…: each is offered by a configured repository
require_candidates() {
  local package absent=()
  for package; do
    apt_offers "$package" || absent+=("$package")
  done
  ((${#absent[@]})) || return 0
  apt_has_lists ||
    fail "set-up expects a network connection to fetch packages, but got none; connect (or set http_proxy and https_proxy) and run ./dev again"
  fail "set-up expects the packages ${absent[*]}, but $(distribution) offers none; use Debian 12 with its security updates, or Ubuntu 24.04 or 26.04 with universe, or set MLIR_DIR and TILEWORK_LLVM_SOURCE to your own MLIR $mlir_major"
}

require_tools_without_apt() {
  local tool absent=()
  for tool in "$python" c++ cmake ninja; do
    command -v "$tool" >/dev/null || absent+=("$tool")
  done
  if ((${#absent[@]})) || [[ -z ${MLIR_DIR:-} || -z ${TILEWORK_LLVM_SOURCE:-} ]]; then
    fail "set-up expects Debian 12, Ubuntu 24.04 or Ubuntu 26.04, but got $(distribution); elsewhere install a C++17 compiler, cmake, ninja and Python 3.11, and set MLIR_DIR and TILEWORK_LLVM_SOURCE to an MLIR $mlir_major and its sources"
  fi
}

distribution() {
  (source /etc/os-release 2>/dev/null && echo "${PRETTY_NAME:-an unknown system}") || uname -s
}

require_python() {
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    fail "Tilework expects Python 3.11 or later, but got $("$python" --version 2>&1); set PYTHON to a later one"
}

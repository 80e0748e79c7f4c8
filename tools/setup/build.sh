# The environment in .venv, and Tilework in it, editable: Python edits take effect at once, C++ edits
# after ./dev build (an incremental ninja and an install of what changed).
venv="$root/.venv"
environment_stamp="$venv/environment"  # digest of what the first three steps depend on
install_stamp="$venv/editable"  # the same, once Tilework is installed on top
installed="$venv/installed"  # absent while what is installed may be behind what is built

# What a set-up depends on; when it changes, the set-up is run again.
set_up_digest() {
  {
    (cd "$root" && cat pyproject.toml cmake/*.cmake cmake/mlir-bindings/*
      cat tools/setup/{apt,llvm,packages,bindings,build}.sh tools/setup/requirements.py)
    echo "$mlir_dir ${PYTHON:-}"
  } | sha256sum | cut -d' ' -f1
}

# lock: one ./dev at a time sets up or builds in a checkout
lock() {
  mkdir -p "$root/build"
  exec 8>"$root/build/lock"
  if ! flock -n 8; then
    echo "waiting for another ./dev in this checkout" >&2
    flock 8
  fi
}

unlock() {
  exec 8>&-
}

# ensure_environment: what lint and fmt need
ensure_environment() {
  lock
  steps_total=3
  update_environment
  unlock
}

ensure_built() {
  lock
  export CCACHE_BASEDIR="$root" CCACHE_NOHASHDIR=1  # other checkouts find what this one compiled
  steps_total=4
  update_environment
  if ((step_number == 0)); then
    steps_total=1
  fi
  local digest
  digest=$(set_up_digest)
  if [[ $(cat "$install_stamp" 2>/dev/null) == "$digest" ]]; then
    build_incrementally
  else
    step "build Tilework" build install_tilework
    link_tools
    echo "$digest" >"$install_stamp"
    touch "$installed"
  fi
  unlock
  export PATH="$PATH:${mlir_dir%/lib/cmake/mlir}/bin"  # FileCheck, llvm-tblgen
}

update_environment() {
  if [[ $(cat "$environment_stamp" 2>/dev/null) != "$(set_up_digest)" ]]; then
    set_up_environment
  fi
}

set_up_environment() {
  [[ -d $venv ]] || require_disk "$root"
  step "install system packages" packages install_packages
  find_mlir
  local digest
  digest=$(set_up_digest)
  require_python
  step "install Python packages" python install_python_packages
  step "install MLIR's Python bindings (built once per machine, some minutes)" bindings \
    install_bindings
  echo "$digest" >"$environment_stamp"
}

install_python_packages() {
  [[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
  local requirements=()
  "$venv/bin/python" -m pip install 'tomli; python_version < "3.11"'
  mapfile -t requirements < <("$venv/bin/python" "$root/tools/setup/requirements.py" \
    "$root/pyproject.toml")
  "$venv/bin/python" -m pip install "${requirements[@]}"
}

install_tilework() {
  rm -f "$installed"
  MLIR_DIR="$mlir_dir" "$venv/bin/python" -m pip install --verbose --no-build-isolation --no-deps \
    --config-settings cmake.define.MLIR_DIR="$mlir_dir" --editable "$root"
}

# build_directory: as pyproject.toml's build-dir spells it, by interpreter and platform
build_directory() {
  "$venv/bin/python" -c 'import sys, sysconfig
python = f"cp{sys.version_info[0]}{sys.version_info[1]}"
platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
print(f"{sys.argv[1]}/build/{python}-{python}-{platform}")' "$root"
}

build_incrementally() {
  local build
  build=$(build_directory)
  if [[ -e $installed && $(ninja -C "$build" -n) == *'no work to do'* ]]; then
    return
  fi
  step "build Tilework" build ninja_and_install "$build"
}

ninja_and_install() {
  rm -f "$installed"
  ninja -C "$1"
  cmake --install "$1" --component Tilework --prefix "$("$venv/bin/python" -c \
    'import sysconfig; print(sysconfig.get_path("platlib"))')"
  touch "$installed"
}

# The tools on the environment's PATH are the build's own, so that a build is all they need.
link_tools() {
  local tool
  for tool in "$(build_directory)"/bin/*; do
    ln -sf "$tool" "$venv/bin/"
  done
}

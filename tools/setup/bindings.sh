# MLIR's Python bindings: built once per machine into the user's cache, installed in each checkout.

# The key names all that the wheel's contents depend on.
wheel_directory() {
  local digest
  digest=$(cd "$root/cmake" &&
    { cat mlir-bindings/* TileworkUseMLIR.cmake && echo "$mlir_dir"; } | sha256sum | cut -c1-12)
  echo "$cache/wheels/mlir-$(mlir_version)-$("$venv/bin/python" -c \
    'import sys, sysconfig as s; print(sys.implementation.cache_tag + "-" + s.get_platform())')-$digest"
}

# install_bindings: from the cache, or built into it
install_bindings() {
  require_mlir
  local directory
  directory=$(wheel_directory)
  mkdir -p "$cache"
  (
    flock 9  # another checkout may be building the same wheel
    if ! compgen -G "$directory/*.whl" >/dev/null; then
      build_bindings "$directory"
    fi
  ) 9>"$cache/lock"
  "$venv/bin/python" -m pip install --force-reinstall --no-deps "$directory"/*.whl
}

build_bindings() {
  local directory=$1 work="$cache/bindings-build" source
  source=${TILEWORK_LLVM_SOURCE:-$cache/llvm-project-$(mlir_version)}
  if [[ -z ${TILEWORK_LLVM_SOURCE:-} && ! -d $source ]]; then
    fetch_llvm_source "$source"
  fi
  rm -rf "$work"
  mkdir -p "$work/wheel"
  CCACHE_BASEDIR="$cache" CCACHE_NOHASHDIR=1 MLIR_DIR="$mlir_dir" "$venv/bin/python" -m pip wheel \
    --verbose --no-build-isolation --no-deps --wheel-dir "$work/wheel" \
    --config-settings build-dir="$work/build" \
    --config-settings cmake.define.MLIR_DIR="$mlir_dir" \
    --config-settings cmake.define.TILEWORK_LLVM_SOURCE="$source" \
    "$root/cmake/mlir-bindings"
  mkdir -p "$(dirname "$directory")"
  rm -rf "$directory"
  mv "$work/wheel" "$directory"
  rm -rf "$work"
}

# fetch_llvm_source directory: the part of LLVM's sources that distributions do not install, out of
# the distribution's source package of the very same upstream version; apt verifies it.
fetch_llvm_source() {
  command -v apt-get >/dev/null ||
    fail "set-up expects TILEWORK_LLVM_SOURCE to name the llvm-project $(mlir_version) sources, but got none"
  local directory=$1 version work="$cache/source" line offered
  version=$(mlir_version)
  while read -r line; do
    prepare_private_apt "$work" "$line"
    private_apt "$work" apt-get update || continue
    offered=$(private_apt "$work" apt-cache showsrc "llvm-toolchain-$mlir_major" || true)
    grep -E "^Version: ([0-9]+:)?$version[-~+]" <<<"$offered" || continue
    # The .dsc is missing on some mirrors, so only the tar is asked for.
    (cd "$work" && private_apt "$work" apt-get source --download-only --tar-only \
      "llvm-toolchain-$mlir_major")
    tar xJf "$work"/*.orig.tar.xz -C "$work" --wildcards '*/mlir/python' '*/mlir/lib/Bindings'
    mv "$work"/llvm-toolchain-*/ "$directory"
    rm -rf "$work"
    return
  done < <(source_lines)
  fail "set-up expects a source package of LLVM $version, but the configured repositories have none; set TILEWORK_LLVM_SOURCE to the llvm-project $version sources"
}

# source_lines: where the source package may be, likeliest first. The suite with the source may be
# another than the suite with the binaries. Any key this machine trusts may have signed it.
source_lines() {
  local keys debian indexes='$(REPO_URI) $(CODENAME) $(COMPONENT)'
  keys=$(compgen -G '/usr/share/keyrings/*.gpg' || true
    compgen -G '/etc/apt/keyrings/*.*' || true
    compgen -G '/etc/apt/trusted.gpg.d/*.*' || true)
  keys="[signed-by=$(paste -sd, <<<"$keys")]"
  debian=$(debian_archive debian)
  if [[ -n $debian ]]; then
    printf "deb-src $keys $debian %s main\n" trixie sid
  fi
  apt-get indextargets --format "deb-src $keys $indexes" 'Created-By: Packages' | sort -u
}

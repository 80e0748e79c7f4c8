# LLVM and MLIR: the distribution's packages, or Debian 12's unpacked in the user's cache.
cache="${XDG_CACHE_HOME:-$HOME/.cache}/tilework"
mlir_major=22
installed_mlir="/usr/lib/llvm-$mlir_major/lib/cmake/mlir"
unpacked_llvm="$cache/llvm-$mlir_major"

# find_mlir: sets mlir_dir; called again once packages are installed
find_mlir() {
  mlir_dir=${MLIR_DIR:-$installed_mlir}
  if [[ -z ${MLIR_DIR:-} && ! -d $installed_mlir && -d $unpacked_llvm ]]; then
    mlir_dir="$unpacked_llvm/usr/lib/llvm-$mlir_major/lib/cmake/mlir"
  fi
}
find_mlir

# llvm_packages: what apt has to install, one per line
llvm_packages() {
  if [[ -n ${MLIR_DIR:-} ]]; then
    return
  elif unpacks_llvm; then
    # The libraries that the unpacked ones load, and the keys that verify them.
    printf '%s\n' libedit2 libffi8 libxml2 libz3-4 debian-archive-keyring
    [[ -n $(configured_archive debian-security) ]] || echo debootstrap
  else
    printf '%s\n' "llvm-$mlir_major-dev" "libmlir-$mlir_major-dev" \
      "mlir-$mlir_major-tools" "llvm-$mlir_major-tools"
  fi
}

# unpacks_llvm: apt has lists, but none of them has MLIR; or apt may install nothing
unpacks_llvm() {
  [[ -z ${MLIR_DIR:-} ]] || return 1
  [[ $mlir_dir == "$unpacked_llvm"/* || -n ${without_root:-} ]] ||
    { apt_has_lists && ! apt_offers "libmlir-$mlir_major-dev"; }
}

# unpack_llvm: once per machine; apt fetches and verifies, nothing is installed
unpack_llvm() {
  mkdir -p "$cache"
  (
    flock 9  # another checkout may be unpacking it
    [[ -d $unpacked_llvm ]] || fetch_llvm
  ) 9>"$cache/lock"
}

# Debian 12's run wherever libc is 2.36 or later and the libraries they load have the same names.
fetch_llvm() {
  local work="$cache/llvm-packages" n=$mlir_major archive package
  archive=$(debian_archive debian-security)
  prepare_private_apt "$work" \
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive bookworm-security main"
  private_apt "$work" apt-get update || true
  apt_offers "libmlir-$n-dev" private_apt "$work" ||
    fail "set-up expects Debian's LLVM $n from $archive, but got none; connect (or set http_proxy and https_proxy), or set MLIR_DIR and TILEWORK_LLVM_SOURCE to your own MLIR $n"
  (cd "$work" && private_apt "$work" apt-get download "libllvm$n" "libmlir-$n" "libmlir-$n-dev" \
    "mlir-$n-tools" "llvm-$n" "llvm-$n-dev" "llvm-$n-linker-tools" "llvm-$n-runtime" \
    "llvm-$n-tools")
  for package in "$work"/*.deb; do
    dpkg-deb -x "$package" "$work/root"
  done
  require_loadable "$work/root/usr/lib/llvm-$n"
  mv "$work/root" "$unpacked_llvm"
  rm -rf "$work"
}

# require_loadable prefix: the system has every library, in a version that will do
require_loadable() {
  local absent
  absent=$( (ldd "$1/lib/libMLIR.so" "$1/bin/mlir-tblgen" 2>&1 || true) | grep -m1 'not found') ||
    return 0
  fail "set-up expects a system that can load Debian 12's LLVM $mlir_major, but got $(distribution), where ${absent#"${absent%%[![:space:]]*}"}; use Debian 12, Ubuntu 24.04 or Ubuntu 26.04, or set MLIR_DIR and TILEWORK_LLVM_SOURCE to your own MLIR $mlir_major"
}

mlir_version() {
  sed -nE 's/^set\(LLVM_PACKAGE_VERSION "?([0-9.]+).*/\1/p' \
    "$mlir_dir/../llvm/LLVMConfig.cmake" 2>/dev/null | head -1
}

require_mlir() {
  local version
  version=$(mlir_version)
  [[ $version == "$mlir_major".* ]] ||
    fail "Tilework expects MLIR $mlir_major, but got ${version:-none} in $mlir_dir; set MLIR_DIR to the lib/cmake/mlir of an MLIR $mlir_major (CMake: -DMLIR_DIR=)"
}

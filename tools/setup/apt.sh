# What apt knows, and an apt with lists of its own.

apt_has_lists() {
  [[ -n $(apt-get indextargets --format '$(FILENAME)' 'Created-By: Packages' |
    xargs -r ls 2>/dev/null) ]]
}

# apt_offers package [private_apt directory]
apt_offers() {
  local offered='Candidate: [^(]'
  [[ $("${@:2}" apt-cache policy "$1") =~ $offered ]]
}

# configured_archive name: where apt is told to find Debian's archive of that name, if it is
configured_archive() {
  local archives
  archives=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep "/$1/\$") || return 0
  echo "${archives%%$'\n'*}"
}

# prepare_private_apt directory source-line
prepare_private_apt() {
  rm -rf "$1"
  mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
  echo "$2" >"$1/src.list"
}

# private_apt directory command…: with lists and caches of its own, so that the system's stay
private_apt() {
  local work=$1
  "$2" -o Dir::Etc::sourcelist="$work/src.list" -o Dir::Etc::sourceparts=- \
    -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
    -o APT::Sandbox::User=root "${@:3}"
}

# debian_archive name: the one apt is configured with, else where debootstrap would fetch Debian
# from; nothing without either
debootstrap=/usr/sbin/debootstrap
debian_archive() {
  local archive mirror=
  archive=$(configured_archive "$1")
  if [[ -z $archive && -r $debootstrap ]]; then
    mirror=$(sed -nE 's/^DEF_MIRROR="(.*\/)debian"$/\1/p' "$debootstrap")
    archive=${mirror:+$mirror$1/}
  fi
  echo "$archive"
}

# shellcheck shell=bash
# What the scripts here share: packages, build folders, and steps that tell their seconds. Sourced by bash under
# `set -euo pipefail`; it changes to the root of the tree.
#   install_missing GROUP...        installs what packages.txt lists in these groups and the machine lacks
#   build PRESET [TARGET...]        configures and builds in build/PRESET; without the packages of group test, rhumb alone
#   step NAME COMMAND [ARGUMENT...] runs the command; prints its seconds, or at exit that it failed

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

say() { printf '%s\n' "$*" >&2; }

die() {
  say "${0##*/}: $*"
  exit 1
}

step() {
  current_step=$1
  local started=$SECONDS
  shift
  say "== $current_step"
  "$@"
  say "== $current_step: $((SECONDS - started)) s"
  current_step=
}

# At exit, since `if ! "$@"` in step would make bash forget `set -e` within the command.
current_step=
tell_failed_step() {
  if [[ $? -ne 0 && -n $current_step ]]; then say "== $current_step: FAILED"; fi
}
trap tell_failed_step EXIT

build() {
  local preset=$1 parts=()
  shift
  [[ -z $(missing test) ]] || parts=(-D RHUMB_TESTS=OFF -D RHUMB_BENCH=OFF)
  # All of it at once takes half the time; who works on it has configured it before.
  [[ -e build/$preset/CMakeCache.txt ]] || parts+=(-D RHUMB_UNITY=ON)
  cmake --preset "$preset" --log-level=WARNING "${parts[@]}" >&2
  cmake --build --preset "$preset" --parallel "$(nproc)" ${1:+--target "$@"} >&2
}

# The packages of these groups, each once.
packages() {
  local wanted=" $* " group package rest
  while read -r group package rest; do
    if [[ -n $package && $wanted == *" $group "* ]]; then printf '%s\n' "$package"; fi
  done <scripts/packages.txt | sort -u
}

# Of the packages that these groups list, those that are not installed.
missing() {
  comm -23 <(packages "$@") <(dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort -u)
}

as_root() {
  if [[ $EUID -eq 0 ]]; then "$@"; else sudo "$@"; fi
}

# Debian starts a server as soon as it is installed, which would take ports that are not ours to take. A machine
# with a policy of its own keeps it.
install_without_starting() (
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'as_root rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    as_root chmod 755 "$policy"
  fi
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
)

install_missing() {
  local needed offered=() package
  mapfile -t needed < <(missing "$@")
  mapfile -t offered < <(missing offered)
  [[ ${#needed[@]} -gt 0 ]] || return 0
  say "installing what is missing: ${needed[*]}"
  command -v apt-get >/dev/null || die "no apt-get here: install these by hand (their Debian 12 names)"
  [[ $EUID -eq 0 ]] || command -v sudo >/dev/null || die "to install them, run as root or install sudo"
  as_root apt-get update -q >&2 || die "apt-get update failed: are the package sources reachable?"
  for package in "${offered[@]}"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      say "and what is offered: $package"
      needed+=("$package")
    fi
  done
  install_without_starting "${needed[@]}" || die "apt-get could not install: ${needed[*]}"
}

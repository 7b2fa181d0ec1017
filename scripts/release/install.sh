#!/bin/sh
# Installs bbj-ingest-all: downloads the archive for this machine, checks its sum, and puts the executable into
# ~/.local/bin, or BBJ_INSTALL_DIR. BBJ_VERSION: another version. BBJ_RELEASE_URL: where archives and SHA256SUMS lie.
# Everything is in functions, so that a script that was cut on its way runs nothing.
set -eu

main() {
  # Filled in by the release.
  version=""
  release_url=""

  program=bbj-ingest-all
  [ $# -eq 0 ] ||
    fail "$1 is not understood: BBJ_INSTALL_DIR names another folder than ~/.local/bin, BBJ_VERSION another version"
  # Each version lies in a folder of its own.
  case $release_url in */v"$version") release_url=${release_url%"$version"}${BBJ_VERSION:-$version} ;; esac
  version=${BBJ_VERSION:-$version}
  url=${BBJ_RELEASE_URL:-$release_url}
  if [ -z "$version" ] || [ -z "$url" ]; then
    fail "this copy of the script is of no release; set BBJ_RELEASE_URL to the address of its files, and BBJ_VERSION"
  fi
  [ -n "${BBJ_INSTALL_DIR:-}" ] || [ -n "${HOME:-}" ] || fail "HOME is not set; set BBJ_INSTALL_DIR to a folder"
  folder=${BBJ_INSTALL_DIR:-$HOME/.local/bin}
  platform=$(platform_name)
  name=$program-$version-$platform
  archive=$name.tar.gz

  mkdir -p "$folder" || fail "the folder $folder cannot be made; set BBJ_INSTALL_DIR to another one"
  folder=$(cd "$folder" && pwd)
  # On the same file system, so that the executable is replaced at once or not at all.
  scratch=$(mktemp -d "$folder/.$program.XXXXXX" 2>/dev/null) ||
    fail "nothing can be written to $folder; set BBJ_INSTALL_DIR to another folder"
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP

  say "downloading $archive"
  download "$url/SHA256SUMS" "$scratch/SHA256SUMS"
  wanted=$(sed -n "s/^\([0-9a-f]\{64\}\) [ *]$archive\$/\1/p" "$scratch/SHA256SUMS")
  [ -n "$wanted" ] || fail "$url/SHA256SUMS does not name $archive: there is no executable for $platform of this version"
  download "$url/$archive" "$scratch/$archive"
  found=$(sum_of "$scratch/$archive")
  [ "$found" = "$wanted" ] || fail "$archive has the sum
  $found instead of
  $wanted
It is not what was released; nothing was installed."

  tar -xzf "$scratch/$archive" -C "$scratch" "$name/$program" || fail "$archive cannot be unpacked"
  tried=$("$scratch/$name/$program" version 2>&1) || fail "$program does not run on this machine: $tried
$(help_to_start "$platform")"
  mv -f "$scratch/$name/$program" "$folder/$program" || fail "$folder/$program cannot be replaced"
  say "$folder/$program is version $tried"
  case ":$PATH:" in
    *":$folder:"*)
      first=$(command -v "$program" || true)
      [ "$first" = "$folder/$program" ] || say "but $first comes first in your PATH"
      ;;
    *) say "$folder is not in your PATH; add to the profile of your shell:
  export PATH=\"$folder:\$PATH\"" ;;
  esac
}

platform_name() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) cpu=x64 ;;
    aarch64 | arm64) cpu=arm64 ;;
    *) fail "there is no executable for the processor $machine, only for x86_64 and arm64" ;;
  esac
  case $system in
    Linux)
      # A 32-bit system on such a processor.
      [ "$(getconf LONG_BIT 2>/dev/null || echo 64)" = 64 ] || fail "there is no executable for systems of 32 bits"
      if is_musl; then echo "linux-$cpu-musl"; else echo "linux-$cpu"; fi
      ;;
    Darwin)
      # A shell that Rosetta translates takes the processor for another one.
      [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || echo 0)" = 0 ] || cpu=arm64
      echo "darwin-$cpu"
      ;;
    MINGW* | MSYS* | CYGWIN*) fail "on Windows, unpack the .zip for windows-$cpu; this script does not" ;;
    *) fail "there is no executable for $system, only for Linux, macOS and Windows" ;;
  esac
}

# What the programs of this system are linked with; others may lie beside it.
is_musl() {
  [ -f /etc/alpine-release ] || case $(ldd --version 2>&1 || true) in *musl*) true ;; *) false ;; esac
}

help_to_start() {
  case $1 in
    *-musl) echo "It needs libstdc++; on Alpine: apk add libstdc++" ;;
    *-x64) echo "It needs a processor with SSE4.2, and on Linux the GNU C library 2.17 or later." ;;
  esac
}

download() {
  if command -v curl >/dev/null 2>&1; then
    if [ -t 2 ]; then shown=--progress-bar; else shown=--silent; fi
    curl --fail $shown --show-error --location --retry 2 --output "$2" "$1" || fail "$1 cannot be downloaded"
  elif command -v wget >/dev/null 2>&1; then
    # Its reason is in the last line of many.
    wget -t 3 -O "$2" "$1" 2>"$2.log" || fail "$1 cannot be downloaded: $(sed '/^$/d' "$2.log" | tail -n 1)"
  else
    fail "neither curl nor wget is here to download with"
  fi
}

sum_of() {
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null 2>&1; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    fail "neither sha256sum nor shasum is here to check the download with"
  fi
}

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "install.sh: $*"
  exit 1
}

main "$@"

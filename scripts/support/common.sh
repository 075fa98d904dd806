# shellcheck shell=bash
# What the scripts share: where the checkout is, which Debian packages are needed, and the release
# build. A script sources this file; it sets `root` and defines functions, and runs nothing by
# itself.

# The status of a script that could not do its job, apart from every status of dvmash itself.
export UNAVAILABLE=69

# The checkout, also when the script was called through a symbolic link or from another directory.
root=$(dirname -- "$(dirname -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")")")

# Prints the comment at the head of the script: what it is and how to call it.
show_header() { sed -n '1d; /^#/!q; s/^# \{0,1\}//p' "$0"; }

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

# Succeeds when the package, or what the scripts need of it, is there. Looks for the thing itself,
# not for the package, so that a toolchain that was installed in another way counts.
have_package() {
  case $1 in
    git | pkg-config | shellcheck | busted | parallel | zsh | fish | mkdocs | valgrind) command -v "$1" >/dev/null ;;
    libxml2-utils) command -v xmllint >/dev/null ;;
    ca-certificates) [ -e /etc/ssl/certs/ca-certificates.crt ] ;;
    g++) [ -e /usr/include/stdlib.h ] && compgen -G '/usr/lib/gcc/*/*/libstdc++.so' >/dev/null ;;
    liblua5.4-dev) pkg-config --exists lua5.4 2>/dev/null ;;
    libreadline-dev) [ -e /usr/include/readline/readline.h ] ;;
    lua-check) command -v luacheck >/dev/null ;;
    lua-busted) command -v busted >/dev/null ;;
    python3-*) /usr/bin/python3 -c "import ${1#python3-}" 2>/dev/null ;;
    lua5.4) command -v lua5.4 >/dev/null ;;
    *) dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed ;;
  esac
}

# Installs what is missing of the named packages, or says what to type and ends the script.
need_packages() {
  local package missing=() as_root=()
  for package; do
    have_package "$package" || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  local typed="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  if ! command -v apt-get >/dev/null; then
    say "needs what Debian calls: ${missing[*]}"
    say "there is no apt-get here; install the same from your system's packages, then try again"
    exit "$UNAVAILABLE"
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
      say "needs the packages ${missing[*]}, and installing them takes root; type as root:"
      say "  $typed"
      exit "$UNAVAILABLE"
    fi
    as_root=(sudo)
    # Without a terminal nobody can answer a password prompt.
    (: </dev/tty) 2>/dev/null || as_root=(sudo -n)
  fi
  say "installing the missing packages: ${missing[*]}"
  if ! "${as_root[@]}" apt-get update >&2 ||
    ! "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y --no-install-recommends "${missing[@]}" >&2; then
    say "could not install them; type as root, then try again:"
    say "  $typed"
    exit "$UNAVAILABLE"
  fi
}

# Installs what only some tests need; they are skipped where that is not possible.
want_packages() {
  (need_packages "$@") || say "going on without; what needs them is skipped"
}

# What building takes on a Debian 12 or 13 that has a Swift toolchain and nothing else.
need_build_packages() {
  need_packages git ca-certificates g++ pkg-config liblua5.4-dev libreadline-dev
  if ! type -P swift >/dev/null; then
    say "needs Swift 6.1 or newer: install it from https://www.swift.org/install and put it in PATH"
    exit "$UNAVAILABLE"
  fi
}

# The toolchain, which needs a home directory for its caches and gets one where the user has none.
run_swift() {
  if [ -w "${HOME:-}" ]; then
    swift "$@"
  else
    mkdir -p "$root/.build/home"
    HOME=$root/.build/home swift "$@"
  fi
}

# The release binary, made by build_release.
release_binary=$root/.build/release/dvmash

# Builds the release binary when a source is newer than the last build. Directories count too: their
# time changes when a file is added or removed. The stamp takes its time before the build, so an
# edit during the build is not lost.
build_release() {
  local stamp=$root/.build/release-build
  if [ -x "$release_binary" ] && [ -e "$stamp" ] &&
    [ -z "$(find "$root/Package.swift" "$root/Sources" -newer "$stamp" -print -quit)" ]; then
    return 0
  fi
  need_build_packages
  mkdir -p "$root/.build" || exit "$UNAVAILABLE"
  say "building the release binary (only after a change)"
  touch "$stamp.new"
  if ! run_swift build --package-path "$root" -c release --static-swift-stdlib \
    --product dvmash >&2; then
    say "the build failed; the compiler's messages are above"
    exit "$UNAVAILABLE"
  fi
  mv "$stamp.new" "$stamp"
}

# shellcheck shell=bash
# Finds a JDK 25 and Maven, and installs what is missing. Sourced by ./check, ./kv and other scripts; sets JAVA_HOME, PATH
# and MAVEN_OPTS.

# Says on standard error what is wrong, and ends the script.
die() {
  printf '%s: %s\n' "${0##*/}" "$1" >&2
  exit 1
}

# Whether the directory $1 is the home of a JDK 25: with a compiler, not only a runtime.
is_jdk_25() {
  [[ -n "$1" && -x "$1/bin/java" && -x "$1/bin/javac" && -r "$1/release" ]] &&
    grep -q '^JAVA_VERSION="25["._-]' "$1/release"
}

# The homes to try, one a line: JAVA_HOME, the java on PATH, and where installers put JDKs.
jdk_homes() {
  printf '%s\n' "${JAVA_HOME:-}"
  local java
  if java=$(command -v java) && java=$(readlink -f "$java"); then
    printf '%s\n' "${java%/bin/java}"
  fi
  printf '%s\n' /usr/lib/jvm/*25* "${HOME:-}"/.sdkman/candidates/java/25* \
    /Library/Java/JavaVirtualMachines/*25*/Contents/Home
}

find_jdk() {
  local home
  while read -r home; do
    if is_jdk_25 "$home"; then
      export JAVA_HOME=$home PATH="$home/bin:$PATH"
      return 0
    fi
  done < <(jdk_homes)
  return 1
}

has_jdk() {
  find_jdk
}

has_maven() {
  command -v mvn >/dev/null
}

# Whether this user is root, or can be without a password.
may_be_root() {
  [[ $(id -u) == 0 ]] || sudo -n true 2>/dev/null
}

as_root() {
  if [[ $(id -u) == 0 ]]; then "$@"; else sudo -n "$@"; fi
}

# Installs packages: apt_install WHY PACKAGE... Says in one line what it installs and why. Fails where there is no apt-get,
# or where this user would have to be asked for a password.
apt_install() {
  local why=$1 log
  shift
  command -v apt-get >/dev/null && may_be_root || return 1
  printf '%s: %s: installing %s with apt-get, which takes a minute\n' "${0##*/}" "$why" "$*" >&2
  log=$(mktemp)
  if as_root apt-get update -qq >"$log" 2>&1; then
    # A system without it may have Adoptium's packages.
    if ! apt-cache show openjdk-25-jdk-headless >/dev/null 2>&1; then
      set -- "${@/openjdk-25-jdk-headless/temurin-25-jdk}"
    fi
    if as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$@" >>"$log" 2>&1 </dev/null; then
      rm -f "$log"
      return 0
    fi
  fi
  printf '%s: apt-get could not install that. It said:\n' "${0##*/}" >&2
  tail -n 5 "$log" >&2
  rm -f "$log"
  return 1
}

# What somebody without these rights runs, to install the packages $@.
apt_command() {
  if command -v sudo >/dev/null; then
    printf 'sudo apt-get update && sudo apt-get install -y --no-install-recommends %s' "$*"
  else
    printf "su -c 'apt-get update && apt-get install -y --no-install-recommends %s'" "$*"
  fi
}

# Makes sure that a JDK 25 ("jdk") and Maven ("maven") are there, as far as they are asked for. Installs what is missing
# where it may; else says what to run, and ends the script.
need() {
  local what missing="" packages=()
  for what in "$@"; do
    "has_$what" && continue
    case "$what" in
      jdk) missing="no JDK 25" packages+=(openjdk-25-jdk-headless) ;;
      maven) missing="${missing:+$missing and }no Maven" packages+=(maven) ;;
    esac
  done
  if [[ -n "$missing" ]]; then
    missing="$missing found, but Ostler and KV are built by Maven and run on Java 25"
    apt_install "$missing" "${packages[@]}" || true
    for what in "$@"; do
      "has_$what" || say_what_to_install "$missing" "${packages[@]}"
    done
  fi
  if [[ " $* " == *" maven "* ]]; then maven_options; fi
}

say_what_to_install() {
  local missing=$1
  shift
  if command -v apt-get >/dev/null && ! may_be_root; then
    missing="$missing. Run this, then try again:

    $(apt_command "$@")
"
  fi
  die "$missing
Where no package has them: a JDK 25 is at https://adoptium.net, set JAVA_HOME to its directory; Maven (3.8.7 or later) is
at https://maven.apache.org, put its mvn on PATH."
}

# Maven's own libraries use Unsafe, and JDK 25 would say so on every run; and they end with a terminal's escape codes,
# whether a terminal is there or not. A build is too short for the optimizing compiler to pay.
maven_options() {
  local brief="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
  export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow -Djansi.noreset=true $brief ${MAVEN_OPTS:-}"
}

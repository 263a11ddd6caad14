# shellcheck shell=bash
# Finds a JDK 25 and Maven. Sourced by ./check and ./kv; sets JAVA_HOME, PATH and MAVEN_OPTS.

# Says on standard error what is missing, and ends the script.
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

# Installs the first of the packages $@ that apt has, where that can be done without asking anybody.
install_first_of() {
  [[ $(id -u) == 0 ]] && command -v apt-get >/dev/null || return 1
  printf '%s: nothing suitable is installed, trying apt: %s\n' "${0##*/}" "$*" >&2
  apt-get update -qq >&2 || return 1
  local package
  for package in "$@"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package" >&2 && return 0
    fi
  done
  return 1
}

# Both take "install" to install what is missing where they can.
need_jdk() {
  find_jdk && return
  [[ "${1:-}" == install ]] && install_first_of openjdk-25-jdk-headless temurin-25-jdk && find_jdk && return
  die "no JDK 25 found: looked at JAVA_HOME, the java on PATH, and /usr/lib/jvm/*25*.
Get one from your system's packages (openjdk-25-jdk-headless, temurin-25-jdk) or from
https://adoptium.net, and set JAVA_HOME to where it is."
}

need_maven() {
  if ! command -v mvn >/dev/null; then
    { [[ "${1:-}" == install ]] && install_first_of maven && command -v mvn >/dev/null; } ||
      die "no Maven found: mvn is not on PATH. Get 3.8.7 or later from your system's packages (maven)
or from https://maven.apache.org."
  fi
  # Maven's own libraries use Unsafe, and JDK 25 would say so on every run; and they end with a terminal's escape codes,
  # whether a terminal is there or not.
  export MAVEN_OPTS="--sun-misc-unsafe-memory-access=allow -Djansi.noreset=true ${MAVEN_OPTS:-}"
}

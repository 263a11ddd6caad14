# shellcheck shell=bash
# Sourced by the scripts beside it: finds a JDK 25 and Maven, builds what is stale, and sets java and classpath.

bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$bench")
source "$root/build/jdk.sh"
need jdk maven
java=$JAVA_HOME/bin/java

# Lets processes run on the library's own scheduler. OPENS= in the environment: on the JDK's.
opens=${OPENS---add-opens java.base/java.lang=ALL-UNNAMED}

# NOBUILD=1 runs what was built last.
if [[ -z "${NOBUILD:-}" || ! -r "$bench/target/classpath" ]]; then
  echo "building ..." >&2
  (cd "$root" && mvn -q -Pbench -pl bench -am -DskipTests process-classes) >&2 || die "the build failed"
fi
classpath=$bench/target/classes:$(cat "$bench/target/classpath")

# shellcheck shell=bash
# Builds the jars of a module from source, where they are older than it. Sourced by ./kv and bin/ostler, after build/jdk.sh.

# Makes sure of the jars of module $1, which is built from the modules $2..., and of a JDK to run them. Sets jars, a folder
# with a copy of them, so that a later build does not change them under a program that runs; and rebuilt, if they were.
# If beside is set, to one more module, then the jars in its folder cluster are in a folder of that name there. If among is
# set, to one more module, then its jar is among them.
built_jars() {
  local module=$1 name=${0##*/}
  shift
  jars=$root/$module/target/$name
  rebuilt=
  if fresh_jars "$@"; then
    need jdk
    return
  fi
  need jdk maven
  # One build at a time, where the system has flock; whoever waited finds it done.
  exec 9<"$root/build/jars.sh"
  if command -v flock >/dev/null; then flock 9; fi
  fresh_jars "$@" || build_jars "$module" "$name"
  exec 9<&-
  rebuilt=true
}

# Whether the jars are as new as all they were built from.
fresh_jars() {
  [[ -f "$jars/.built" ]] || return 1
  local newer
  newer=$(cd "$root" && find pom.xml .mvn/jvm.config "${@/%//pom.xml}" "${@/%//src/main}" -newer "$jars/.built" -print -quit)
  [[ -z "$newer" ]]
}

build_jars() {
  local module=$1 name=$2 beside=${beside:-} among=${among:-}
  echo "$name: building from source (the first time, Maven downloads its plugins and libraries)…" >&2
  local started=$root/$module/target/.$name-started
  mkdir -p "$root/$module/target"
  touch "$started"
  rm -rf "$root/$module/target/modules" ${beside:+"$root/$beside/target/cluster"} ${among:+"$root/$among/target/modules"}
  (cd "$root" && mvn -q -B -ntp -Dmaven.test.skip -Dspotless.check.skip package -pl "$module${beside:+,$beside}${among:+,$among}" -am) >&2 ||
    die "the build failed; its messages are above."
  rm -rf "$jars"
  cp -r "$root/$module/target/modules" "$jars"
  [[ -z "$among" ]] || cp "$root/$among/target/modules"/*.jar "$jars"
  [[ -z "$beside" ]] || cp -r "$root/$beside/target/cluster" "$jars/cluster"
  mv "$started" "$jars/.built"
}

# shellcheck shell=bash
# How Java runs KV. This is the only place where the options of the JVM are written: ./kv sources it to run what it built,
# and bin/kv of a distribution, which has a copy, to run what was unpacked.

# Whether these arguments, or the file of options that they name, ask for a store on several nodes.
asks_for_nodes() {
  [[ "${1:-}" == serve ]] || return 1
  local argument before='' file=''
  for argument; do
    case $argument in
      --cluster | --cluster=*) return 0 ;;
      --config=*) file=${argument#*=} ;;
      *) if [[ $before == --config ]]; then file=$argument; fi ;;
    esac
    before=$argument
  done
  [[ -n $file && -r $file ]] && grep -qE '^[[:space:]]*cluster[[:space:]]*[=:[:space:]]' "$file"
}

# Replaces this shell with KV: exec_kv JAVA DIRECTORY modules|classes OPTION ARGUMENTS...
# DIRECTORY has the jars. They are modules on the module path, or classes on the class path. Only on the class path can they
# be moved after an AOT cache was made of them. OPTION is one more option of the JVM, or empty. The jars for several nodes are
# in DIRECTORY/cluster, always for the class path, because some of them share packages. Only those who ask for nodes get them.
exec_kv() {
  local java=$1 jars=$2 how=$3 option=$4
  local options=(-XX:+UseCompactObjectHeaders) main=dev.ostler.kv.server.cli.Main
  shift 4

  # G1 stops everybody while it copies the new objects that live, and a command on very many names makes many of those. So
  # the space for new objects is small: what each processor copies in about 30 milliseconds. Large pages, where the system
  # gives them, make the copying cheaper, and every lookup among many buckets.
  if [[ "${KV_JAVA_OPTS:-}" != *-XX:+Use*GC* ]]; then
    local processors pages=/sys/kernel/mm/transparent_hugepage/enabled
    processors=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
    options+=(-XX:+UseG1GC "-XX:MaxNewSize=$((12 * (processors < 8 ? processors : 8)))m")
    if [[ -r "$pages" && "$(<"$pages")" != *"[never]"* ]]; then options+=(-XX:+UseTransparentHugePages); fi
  fi

  # Java cannot tell where its errors go; a bar that moves is for people only.
  if [[ -t 2 ]]; then options+=(-Ddev.ostler.kv.terminal=true); fi
  if [[ -n "$option" ]]; then options+=("$option"); fi

  local nodes=
  if asks_for_nodes "$@"; then
    nodes=$jars/cluster/*
    options+=(--sun-misc-unsafe-memory-access=allow)
  fi

  # Native code: RocksDB, the terminal, and the message to systemd. The library's scheduler needs to look into java.lang.
  if [[ $how == modules ]]; then
    options+=("--enable-native-access=dev.ostler.kv.server,rocksdbjni,org.jline.terminal.ffm${nodes:+,ALL-UNNAMED}"
      --add-opens java.base/java.lang=dev.ostler)
    if [[ -n $nodes ]]; then
      # A module path alone has only the modules of Java that its modules name.
      options+=(-cp "$nodes" --add-modules java.logging,java.management,java.naming,java.sql,jdk.management,jdk.unsupported)
    fi
    set -- -p "$jars" -m "dev.ostler.kv.server/$main" "$@"
  else
    options+=(--enable-native-access=ALL-UNNAMED --add-opens java.base/java.lang=ALL-UNNAMED
      "-Djava.library.path=$jars")
    # With other options than it was made with (a heap of over 32 GB, another collector) the JVM does without the cache.
    # It should not say so on every start; KV_JAVA_OPTS=-Xlog:aot makes it.
    if [[ -r "$jars/kv.aot" ]]; then options+=("-XX:AOTCache=$jars/kv.aot" -Xlog:aot=off,cds=off); fi
    set -- -cp "$jars/kv.jar${nodes:+:$nodes}" "$main" "$@"
  fi

  # shellcheck disable=SC2086 # Options are words.
  exec "$java" "${options[@]}" ${KV_JAVA_OPTS:-} "$@"
}

import org.jspecify.annotations.NullMarked;

/** A shell for Java whose every line runs in a process. */
@NullMarked
module dev.ostler.shell {
  requires static org.jspecify;
  requires transitive dev.ostler;
  requires transitive dev.ostler.kv;
  requires info.picocli;
  requires java.compiler;
  requires jdk.jshell;
  requires jdk.net;
  requires org.jline.reader;
  requires org.jline.terminal;

  exports dev.ostler.shell;

  opens dev.ostler.shell to
      info.picocli; // sets the fields of the commands
}

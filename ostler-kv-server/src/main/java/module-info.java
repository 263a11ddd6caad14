import org.jspecify.annotations.NullMarked;

/** Offers a store to others: the line protocol, RESP, and the command line. */
@NullMarked
module dev.ostler.kv.server {
  requires static org.jspecify;
  requires transitive dev.ostler.kv;
  requires info.picocli;

  exports dev.ostler.kv.server;

  opens dev.ostler.kv.server.cli to
      info.picocli; // sets the fields of the commands
}

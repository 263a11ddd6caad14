package dev.ostler.kv.server.resp.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.bucket.Entries;
import dev.ostler.kv.server.RespReader;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import dev.ostler.kv.server.resp.CommandSpec;
import dev.ostler.kv.server.resp.RespWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Runs commands on one bucket's entries without a server. Used by one thread. */
final class Commands {
  private Commands() {}

  static RespReader.Failure error(String text) {
    return new RespReader.Failure(text);
  }

  /** The error for a wrong number of arguments. */
  static RespReader.Failure wrongNumber(String command) {
    return error("ERR wrong number of arguments for '" + command + "' command");
  }

  static RespReader.Failure wrongType() {
    return error(CommandError.WRONG_TYPE);
  }

  /** The reply in this version of the protocol. */
  static @Nullable Object reply(int protocol, Entries entries, String... words) throws IOException {
    CommandSpec spec = AllCommands.ALL.find(words[0]);
    assertThat(spec).as(words[0]).isNotNull();
    var out = new RespWriter(protocol);
    ((CommandSpec.OfBucket) spec.body()).run(entries, Args.of(words), out);
    return new RespReader(new ByteArrayInputStream(out.toBytes())).next();
  }
}

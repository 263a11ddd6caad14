package dev.ostler.kv.server.resp;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.access.Access;
import dev.ostler.kv.server.args.Args;
import dev.ostler.kv.server.args.CommandError;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Predicate;

/** The filters of CLIENT LIST and CLIENT KILL. Used by one thread. */
public final class ClientFilter {
  private Predicate<RespClient> wanted = client -> true;
  private boolean skipsSelf = true;

  private ClientFilter() {}

  public boolean accepts(RespClient client) {
    return wanted.test(client);
  }

  /** Whether the filter excludes the client that asks. */
  public boolean skipsSelf() {
    return skipsSelf;
  }

  private void and(Predicate<RespClient> more) {
    wanted = wanted.and(more);
  }

  public static ClientFilter ofList(Args args) {
    var filter = new ClientFilter();
    if (args.count() == 2) {
      return filter;
    }
    if (args.is(2, "type") && args.count() == 4) {
      filter.type(args.get(3));
    } else if (args.is(2, "id") && args.count() > 3) {
      var ids = new HashSet<Long>();
      for (int i = 3; i < args.count(); i++) {
        ids.add(args.integer(i, "ERR Invalid client ID"));
      }
      filter.and(client -> ids.contains(client.info().id()));
    } else {
      throw CommandError.syntax();
    }
    return filter;
  }

  public static ClientFilter ofKill(Args args, Access access) {
    var filter = new ClientFilter();
    if (args.count() == 3) { // the old form with an address only
      String address = args.get(2);
      filter.and(client -> client.info().address().equals(address));
      filter.skipsSelf = false;
      return filter;
    }
    if (args.count() % 2 != 0) {
      throw CommandError.syntax();
    }
    for (int i = 2; i < args.count(); i += 2) {
      filter.option(args, i, access);
    }
    return filter;
  }

  private void option(Args args, int at, Access access) {
    String value = args.get(at + 1);
    switch (Bytes.lower(args.get(at))) {
      case "id" -> {
        long id = args.integer(at + 1, "ERR client-id should be greater than 0");
        if (id < 1) {
          throw new CommandError("ERR client-id should be greater than 0");
        }
        and(client -> client.info().id() == id);
      }
      case "addr" -> and(client -> client.info().address().equals(value));
      case "laddr" -> and(client -> client.info().localAddress().equals(value));
      case "type" -> type(value);
      case "user" -> {
        if (access.find(value).isEmpty()) {
          throw new CommandError("ERR No such user '" + value + "'");
        }
        and(client -> client.info().user().equals(value));
      }
      case "maxage" -> {
        long seconds = args.integer(at + 1, "ERR maxage is not an integer or out of range");
        long now = System.currentTimeMillis();
        and(client -> now - client.info().since() >= seconds * 1000);
      }
      case "skipme" -> {
        if (!args.is(at + 1, "yes") && !args.is(at + 1, "no")) {
          throw CommandError.syntax();
        }
        skipsSelf = args.is(at + 1, "yes");
      }
      default -> throw CommandError.syntax();
    }
  }

  /** Refuses unknown types. There are no masters or replicas. */
  private void type(String type) {
    if (!Set.of("normal", "master", "slave", "replica", "pubsub").contains(Bytes.lower(type))) {
      throw new CommandError("ERR Unknown client type '" + type + "'");
    }
    switch (Bytes.lower(type)) {
      case "normal" -> and(client -> !client.info().isSubscriber());
      case "pubsub" -> and(client -> client.info().isSubscriber());
      default -> and(client -> false);
    }
  }
}

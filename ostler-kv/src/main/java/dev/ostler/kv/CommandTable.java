package dev.ostler.kv;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All RESP commands there are, by name: the one place that dispatch, COMMAND and access rules look
 * at. Immutable once made; any thread.
 */
final class CommandTable {
  static final CommandTable ALL = all();

  private final Map<String, CommandSpec> byName = new LinkedHashMap<>();

  private CommandTable() {}

  private static CommandTable all() {
    var table = new CommandTable();
    ConnectionCommands.addTo(table);
    HashCommands.addTo(table);
    HashScanCommands.addTo(table);
    HashExCommands.addTo(table);
    FieldExpiryCommands.addTo(table);
    StringCommands.addTo(table);
    StringPartCommands.addTo(table);
    ManyStringCommands.addTo(table);
    CounterCommands.addTo(table);
    DumpCommands.addTo(table);
    KeyCommands.addTo(table);
    KeyspaceCommands.addTo(table);
    ExpiryCommands.addTo(table);
    ObjectCommands.addTo(table);
    StorageCommands.addTo(table);
    PubSubCommands.addTo(table);
    TransactionCommands.addTo(table);
    WatchCommands.addTo(table);
    return table;
  }

  /** Adds a command; called by who knows them, while the table is made. */
  CommandSpec add(CommandSpec spec) {
    if (byName.put(spec.name(), spec) != null) {
      throw new IllegalArgumentException("there is a command " + spec + " already");
    }
    return spec;
  }

  /** The command of this name, whatever its case; null if there is none. */
  @Nullable CommandSpec find(String name) {
    CommandSpec spec = byName.get(name);
    return spec != null ? spec : byName.get(Bytes.lower(name));
  }

  Collection<CommandSpec> commands() {
    return byName.values();
  }
}

package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.resp.CommandTable;

/** All RESP commands there are. Any thread. */
public final class AllCommands {
  /** By name, in the order in which COMMAND shows them. */
  public static final CommandTable ALL =
      CommandTable.of(
          ConnectionCommands::addTo,
          ClientCommands::addTo,
          CommandCommands::addTo,
          ConfigCommands::addTo,
          ServerCommands::addTo,
          AclCommands::addTo,
          HashCommands::addTo,
          HashScanCommands::addTo,
          HashExCommands::addTo,
          FieldExpiryCommands::addTo,
          StringCommands::addTo,
          StringPartCommands::addTo,
          ManyStringCommands::addTo,
          CounterCommands::addTo,
          DumpCommands::addTo,
          KeyCommands::addTo,
          KeyspaceCommands::addTo,
          ExpiryCommands::addTo,
          ObjectCommands::addTo,
          StorageCommands::addTo,
          PubSubCommands::addTo,
          TransactionCommands::addTo,
          WatchCommands::addTo,
          AloneCommands::addTo,
          ScriptCommands::addTo,
          LatencyCommands::addTo,
          AbsentCommands::addTo);

  private AllCommands() {}
}

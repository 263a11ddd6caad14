package dev.ostler.kv.server.resp.command;

import dev.ostler.kv.server.resp.CommandTable;

/** The table of all RESP commands. Any thread may use it. */
public final class AllCommands {
  /** All commands by name, in the order of COMMAND's reply. */
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
          BitCommands::addTo,
          BitFieldCommands::addTo,
          DigestCommands::addTo,
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
          ClusterCommands::addTo,
          NodeCommands::addTo,
          AloneCommands::addTo,
          ReplicationCommands::addTo,
          ScriptCommands::addTo,
          FunctionCommands::addTo,
          LatencyCommands::addTo,
          AbsentCommands::addTo);

  private AllCommands() {}
}

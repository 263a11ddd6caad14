package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Chunk;
import dev.ostler.kv.server.script.Script;
import dev.ostler.kv.server.script.ScriptHost;

/** A script in Lua. Immutable; any thread may run it. */
final class LuaScript implements Script {
  private final Machines machines;
  private final Chunk chunk;

  LuaScript(Machines machines, Chunk chunk) {
    this.machines = machines;
    this.chunk = chunk;
  }

  @Override
  public byte[] run(ScriptHost host) {
    Machine machine = machines.take();
    byte[] reply = machine.run(chunk, host); // a machine whose script has failed is not used again
    machines.giveBack(machine);
    return reply;
  }
}

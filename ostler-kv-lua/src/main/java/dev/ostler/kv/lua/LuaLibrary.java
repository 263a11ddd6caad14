package dev.ostler.kv.lua;

import dev.ostler.kv.lua.vm.Chunk;
import dev.ostler.kv.server.script.Script;
import dev.ostler.kv.server.script.ScriptHost;
import dev.ostler.kv.server.script.ScriptLibrary;
import java.util.List;

/**
 * A library in Lua. Immutable; any thread may use it.
 *
 * <p>Its code runs again before each call, in the machine that calls: so its variables begin anew,
 * and a function that was stopped leaves nothing in them.
 */
final class LuaLibrary implements ScriptLibrary {
  private final Machines machines;
  private final Chunk chunk;
  private final List<Function> functions;

  LuaLibrary(Machines machines, Chunk chunk, List<Function> functions) {
    this.machines = machines;
    this.chunk = chunk;
    this.functions = functions;
  }

  @Override
  public List<Function> functions() {
    return functions;
  }

  @Override
  public Script call(String name) {
    return new Call(name);
  }

  /** One of the functions, to be called. */
  private final class Call implements Script {
    private final String function;

    private Call(String function) {
      this.function = function;
    }

    @Override
    public byte[] run(ScriptHost host) {
      Machine machine = machines.take();
      byte[] reply = machine.call(chunk, function, host);
      machines.giveBack(machine);
      return reply;
    }
  }
}

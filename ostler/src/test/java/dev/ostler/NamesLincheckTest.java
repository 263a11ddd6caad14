package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The table of names does each of its operations at one moment, also while those who have the names
 * die: a name belongs to one, who lives, and who has no other.
 */
@Tag(Lincheck.TAG)
@Timeout(300)
class NamesLincheckTest {
  private static final int NAMES = 2;
  private static final int PROCESSES = 3;

  @Test
  void every_operation_is_one_step_in_every_interleaving() {
    Lincheck.modelCheck(Operations.class, Specification.class);
  }

  @Test
  void every_operation_is_one_step_on_this_machine() {
    Lincheck.stress(Operations.class, Specification.class);
  }

  /** Two names and three processes. Public, as Lincheck wishes. */
  @Param(name = "name", gen = IntGen.class, conf = "0:1")
  @Param(name = "process", gen = IntGen.class, conf = "0:2")
  public static class Operations {
    private final List<Name<?>> names = new ArrayList<>();
    private final List<Proc> processes = new ArrayList<>();

    public Operations() {
      for (int i = 0; i < NAMES; i++) {
        names.add(Name.unique("name " + i));
      }
      for (int i = 0; i < PROCESSES; i++) {
        processes.add(new ThreadProc("process " + i, null));
      }
    }

    /** Who has the name, if another has it; -1 if the process has it now, -2 if it may not. */
    @Operation
    public int claim(@Param(name = "name") int name, @Param(name = "process") int process) {
      try {
        Proc holder = names.get(name).claim(processes.get(process));
        return holder == null ? -1 : processes.indexOf(holder);
      } catch (IllegalArgumentException e) {
        return -2;
      }
    }

    @Operation
    public boolean release(@Param(name = "name") int name) {
      return Names.release(names.get(name));
    }

    @Operation
    public int whereis(@Param(name = "name") int name) {
      return processes.indexOf(names.get(name).resolve());
    }

    @Operation
    public boolean die(@Param(name = "process") int process) {
      return Death.of(processes.get(process), ExitReason.KILLED, null, null);
    }

    /** As whoever heard of the death does: its name is free at once. */
    @Operation
    public boolean isAlive(@Param(name = "process") int process) {
      return processes.get(process).isAlive();
    }

    @Validate
    public void theDeadHaveNoNames() {
      for (Proc process : processes) {
        Death.of(process, ExitReason.KILLED);
      }
      for (Name<?> name : names) {
        if (name.resolve() != null || Names.release(name)) {
          throw new AssertionError(name + " leads to " + name.resolve());
        }
      }
    }
  }

  /** The same, done by one at a time. */
  public static class Specification {
    private static final int NOBODY = -1;

    private final int[] holders = {NOBODY, NOBODY};
    private final boolean[] dead = new boolean[PROCESSES];

    public int claim(int name, int process) {
      if (dead[process] || has(process)) {
        return -2;
      }
      if (holders[name] != NOBODY) {
        return holders[name];
      }
      holders[name] = process;
      return -1;
    }

    public boolean release(int name) {
      boolean held = holders[name] != NOBODY;
      holders[name] = NOBODY;
      return held;
    }

    public int whereis(int name) {
      return holders[name];
    }

    public boolean die(int process) {
      boolean lived = !dead[process];
      dead[process] = true;
      for (int name = 0; name < NAMES; name++) {
        if (holders[name] == process) {
          holders[name] = NOBODY;
        }
      }
      return lived;
    }

    public boolean isAlive(int process) {
      return !dead[process];
    }

    private boolean has(int process) {
      return holders[0] == process || holders[1] == process;
    }
  }
}

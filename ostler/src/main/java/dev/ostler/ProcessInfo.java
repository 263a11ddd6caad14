package dev.ostler;

import java.util.List;
import java.util.Optional;

/**
 * The state of a process, read from outside. The parts may be from slightly different moments.
 *
 * @param pid the process
 * @param label its label
 * @param name the name it has
 * @param busy whether it runs, or is about to
 * @param suspended whether it is a suspended server
 * @param trapsExits whether it traps exits
 * @param queued how many messages wait, not counting the one being handled
 * @param links the processes it is linked to
 * @param ancestors its parent, that one's parent, and so on
 */
public record ProcessInfo(
    Pid pid,
    String label,
    Optional<Name<?>> name,
    boolean busy,
    boolean suspended,
    boolean trapsExits,
    int queued,
    List<Pid> links,
    List<Pid> ancestors) {

  static ProcessInfo of(Proc process) {
    Aux aux = process.peekAux();
    return new ProcessInfo(
        process,
        process.label(),
        aux == null ? Optional.empty() : Optional.ofNullable(aux.name),
        process.isBusy(),
        process.isSuspended(),
        process.traps(),
        process.queued(),
        process.linked(),
        Ancestors.list(process.ancestors));
  }
}

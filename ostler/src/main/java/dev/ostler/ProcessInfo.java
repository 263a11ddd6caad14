package dev.ostler;

import java.util.List;
import java.util.Optional;

/**
 * A look at a process from outside; each part is true at some moment of the look.
 *
 * @param pid the process
 * @param label what it is called
 * @param name the name it has
 * @param busy whether it runs, or is about to
 * @param suspended whether it is a suspended server
 * @param trapsExits whether it traps exits
 * @param queued how many messages wait, not counting the one being handled
 * @param links whom it is linked to
 * @param ancestors who started it, and who started that one
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

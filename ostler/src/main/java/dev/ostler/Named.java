package dev.ostler;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The common part of the specs of supervisors and registries: their name, and the options for their
 * own supervisor. An immutable value.
 */
record Named<P>(
    @Nullable Name<P> name,
    @Nullable Object id,
    @Nullable String label,
    Restart restart,
    Shutdown shutdown,
    boolean significant) {

  Named() {
    this(null, null, null, Restart.PERMANENT, Shutdown.INFINITY, false);
  }

  Named<P> name(Name<P> changed) {
    Objects.requireNonNull(changed, "name");
    return new Named<>(changed, id, label, restart, shutdown, significant);
  }

  Named<P> id(Object changed) {
    Objects.requireNonNull(changed, "id");
    return new Named<>(name, changed, label, restart, shutdown, significant);
  }

  Named<P> label(String changed) {
    Objects.requireNonNull(changed, "label");
    return new Named<>(name, id, changed, restart, shutdown, significant);
  }

  Named<P> restart(Restart changed) {
    Objects.requireNonNull(changed, "restart");
    return new Named<>(name, id, label, changed, shutdown, significant);
  }

  Named<P> shutdown(Shutdown changed) {
    Objects.requireNonNull(changed, "shutdown");
    return new Named<>(name, id, label, restart, changed, significant);
  }

  Named<P> significant(boolean changed) {
    return new Named<>(name, id, label, restart, shutdown, changed);
  }

  /** The server, called and named so. */
  <T> ServerChild<P, T> on(ServerChild<P, T> server, String defaultLabel) {
    ServerChild<P, T> child = server.restart(restart).shutdown(shutdown);
    if (significant) {
      child = child.significant();
    }
    if (label != null || name == null) {
      child = child.label(label == null ? defaultLabel : label);
    }
    if (id != null) {
      child = child.id(id);
    }
    return name == null ? child : child.named(name);
  }

  /** The spec of a supervisor. */
  <T> ChildSpec<T> spec(ServerChild<P, T> server) {
    return server.spec().kind(ChildSpec.Kind.SUPERVISOR);
  }
}

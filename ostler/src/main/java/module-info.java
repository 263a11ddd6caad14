import org.jspecify.annotations.NullMarked;

/** Supervised processes for Java: servers, supervisors, registries, links and monitors. */
@NullMarked
module dev.ostler {
  requires static org.jspecify;

  exports dev.ostler;
}

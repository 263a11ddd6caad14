import org.jspecify.annotations.NullMarked;

/** Supervised processes for Java: servers, supervisors, registries, links and monitors. */
@NullMarked
module dev.ostler {
  requires static org.jspecify;
  requires static jdk.jfr; // for JfrObserver alone, which is loaded only if it is there

  exports dev.ostler;
}

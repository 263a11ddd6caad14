import org.jspecify.annotations.NullMarked;

/** Marked as the modules of the library are, so that the mark is tested as well. */
@NullMarked
module dev.ostler.canary {
  requires static org.jspecify;

  exports dev.ostler.canary;
}

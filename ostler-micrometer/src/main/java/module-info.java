import org.jspecify.annotations.NullMarked;

/** Binds the metrics of processes to a registry of Micrometer. */
@NullMarked
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer's choice
module dev.ostler.micrometer {
  requires static org.jspecify;
  requires transitive dev.ostler;
  requires transitive micrometer.core;

  exports dev.ostler.micrometer;
}

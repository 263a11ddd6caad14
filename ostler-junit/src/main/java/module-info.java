import org.jspecify.annotations.NullMarked;

/** A JUnit extension: each test is a process of its own, and leaves none behind. */
@NullMarked
module dev.ostler.junit {
  requires java.management;
  requires jdk.management;
  requires static org.jspecify;
  requires transitive dev.ostler;
  requires transitive org.junit.jupiter.api;

  exports dev.ostler.junit;
}

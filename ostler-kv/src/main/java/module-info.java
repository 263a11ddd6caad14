import org.jspecify.annotations.NullMarked;

/** A key-value store whose every bucket is a supervised process. */
@NullMarked
module dev.ostler.kv {
  requires static org.jspecify;
  requires transitive dev.ostler;
  requires info.picocli;
  requires tools.jackson.core;

  exports dev.ostler.kv;

  uses dev.ostler.kv.BucketStore.Engine;

  opens dev.ostler.kv to
      info.picocli; // sets the fields of the commands
}

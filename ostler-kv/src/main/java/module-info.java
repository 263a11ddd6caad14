import org.jspecify.annotations.NullMarked;

/** A key-value store whose every bucket is a supervised process. */
@NullMarked
module dev.ostler.kv {
  requires static org.jspecify;
  requires transitive dev.ostler;

  exports dev.ostler.kv;
}

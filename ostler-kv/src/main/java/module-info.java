import org.jspecify.annotations.NullMarked;

/** A key-value store whose every bucket is a supervised process. */
@NullMarked
@SuppressWarnings("module") // the server's module is built after this one
module dev.ostler.kv {
  requires static org.jspecify;
  requires transitive dev.ostler;
  requires tools.jackson.core;

  exports dev.ostler.kv;
  exports dev.ostler.kv.bucket to
      dev.ostler.kv.server;
  exports dev.ostler.kv.bytes to
      dev.ostler.kv.server;
  exports dev.ostler.kv.figures to
      dev.ostler.kv.server;
  exports dev.ostler.kv.journal to
      dev.ostler.kv.server;
  exports dev.ostler.kv.portable to
      dev.ostler.kv.server;

  uses dev.ostler.kv.BucketStore.Engine;
}

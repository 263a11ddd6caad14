import org.jspecify.annotations.NullMarked;

/** Shows the processes of a running program: a page, JSON, and tools for assistants, over HTTP. */
@NullMarked
@SuppressWarnings({
  "module", // the store's server is built after this one
  "requires-automatic" // OpenTelemetry's choice
})
module dev.ostler.observer {
  requires static io.opentelemetry.api;
  requires static io.opentelemetry.context;
  requires static org.jspecify;
  requires transitive dev.ostler;
  requires transitive jdk.httpserver;
  requires tools.jackson.core;

  exports dev.ostler.observer;
  exports dev.ostler.observer.http to
      dev.ostler.kv.server;
}

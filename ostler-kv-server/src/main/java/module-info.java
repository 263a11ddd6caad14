import org.jspecify.annotations.NullMarked;

/** Offers a store to others: the line protocol, RESP, metrics, and the command line. */
@NullMarked
@SuppressWarnings({
  "requires-automatic",
  "module"
}) // HdrHistogram and the libraries of Prometheus are no modules yet
module dev.ostler.kv.server {
  requires static org.jspecify;
  requires transitive dev.ostler.kv;
  requires transitive dev.ostler.observer;
  requires HdrHistogram;
  requires info.picocli;
  requires io.prometheus.metrics.config;
  requires io.prometheus.metrics.model;
  requires io.prometheus.writer.text;
  requires java.management;
  requires java.net.http;
  requires jdk.httpserver;
  requires org.jline.reader;
  requires org.jline.terminal;
  requires tools.jackson.core;

  exports dev.ostler.kv.server;
  exports dev.ostler.kv.server.script to
      dev.ostler.kv.lua;

  uses dev.ostler.kv.Cluster.Engine;
  uses dev.ostler.kv.server.script.ScriptEngine;

  opens dev.ostler.kv.server.cli to
      info.picocli; // sets the fields of the commands
}

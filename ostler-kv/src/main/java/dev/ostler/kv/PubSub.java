package dev.ostler.kv;

/** Who listens to which channel. Any thread. */
final class PubSub {}

package dev.ostler.kv.server.bench;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How many clients there are, how fast they send, and for how long. Immutable; any thread may use
 * it.
 *
 * @param pipeline how many requests a client sends before it waits for their replies
 * @param duration how long is measured; unless it is a number of requests
 * @param rate the requests a second of all clients; if absent, as fast as the server answers
 * @param replyTime a client that waits longer for a reply gives up
 */
public record Schedule(
    int clients,
    int pipeline,
    Duration warmUp,
    Optional<Duration> duration,
    OptionalLong requests,
    Optional<Double> rate,
    Duration replyTime) {}

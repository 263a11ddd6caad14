package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.tls.TlsKeys;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How RESP is offered. Immutable.
 *
 * @param address where, as it was asked for: the port may be 0 for any
 * @param maxClients how many clients there may be at a time
 * @param mostClients how many the operating system has files for
 * @param drainTime how long clients may take to read their last replies
 * @param clients what they have to know, and how much they may use
 * @param tls for clients that encrypt, and then all do; null for none
 */
public record RespOptions(
    InetSocketAddress address,
    int maxClients,
    int mostClients,
    Duration drainTime,
    ClientSettings clients,
    @Nullable TlsKeys tls) {}

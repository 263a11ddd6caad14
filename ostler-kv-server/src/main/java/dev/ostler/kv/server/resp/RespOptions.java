package dev.ostler.kv.server.resp;

import dev.ostler.kv.server.tls.TlsKeys;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of the RESP endpoint. Immutable; any thread may use it.
 *
 * @param address the address that was asked for, with port 0 for any port
 * @param maxClients the largest number of clients at a time
 * @param mostClients the number of clients for which the operating system has files
 * @param drainTime how long clients may take to read their last replies
 * @param clients what clients must present, and how much they may use
 * @param tls the keys for TLS, which then all clients must use; null for none
 * @param role what the server is for a store on several nodes; null for any other store
 */
public record RespOptions(
    InetSocketAddress address,
    int maxClients,
    int mostClients,
    Duration drainTime,
    ClientSettings clients,
    @Nullable TlsKeys tls,
    @Nullable NodeRole role) {}

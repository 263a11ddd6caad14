/**
 * The admin endpoint: metrics and health over HTTP. Its door is {@code AdminEndpoint}.
 *
 * <p>The endpoint's process only answers that it lives: that is how {@code Health} knows that the
 * runtime works. Requests run on virtual threads of the HTTP server ({@code HttpListener}), which
 * ask the store as any other thread does. {@code Metrics} makes the text of one request; {@code
 * Hosts} decides which requests are answered at all.
 */
package dev.ostler.kv.server.admin;

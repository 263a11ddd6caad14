/**
 * The admin endpoint: metrics and health over HTTP, beside the observer's page. Its door is {@code
 * AdminEndpoint}.
 *
 * <p>The endpoint's process only answers that it lives: that is how {@code Health} knows that the
 * runtime works. Requests run on virtual threads of the HTTP server ({@code HttpListener}), which
 * ask the store as any other thread does. {@code Metrics} makes the text of one request. All other
 * paths are the observer's ({@code dev.ostler.observer.Site}).
 */
package dev.ostler.kv.server.admin;

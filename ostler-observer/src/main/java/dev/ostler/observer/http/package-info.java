/**
 * The JDK's HTTP server, with what it lacks: it survives a full heap ({@code HttpListener}), knows
 * its names ({@code Hosts}), and limits what clients use up ({@code HttpLimits}, {@code
 * AnswerTime}). For this module, and the admin endpoint of KV.
 */
package dev.ostler.observer.http;

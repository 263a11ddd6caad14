/**
 * The observer: what a running system is made of, and how it does, over HTTP. Its doors are {@code
 * Observer}, which opens a port, {@code Site}, for a program with an HTTP server of its own, and
 * {@code Panel}, by which a program adds tables.
 *
 * <p>A request meets {@code Site}, {@code Guard} (who may ask), {@code Api} (which question), and
 * one class for each question, such as {@code ProcessRows}. It runs on a virtual thread of its own,
 * and waits for no process longer than a second. {@code Sampler} has the only thread that works
 * without a request, and only while somebody looks. {@code Happenings} subscribes to the runtime's
 * events.
 *
 * <p>Texts of users' values are made by {@code dev.ostler.Inspection}, which has them shown as
 * {@code formatStatus} says, and gives up those that take long.
 */
package dev.ostler.observer;

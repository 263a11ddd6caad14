/**
 * {@code ostler shell}: Java that is typed, compiled by JShell, and run in a process.
 *
 * <p>The thread that reads owns what was typed, {@code Snippets}, and compiles. The code itself
 * runs in the process of {@code ShellProcess}, one piece after another. What is typed sees {@link
 * dev.ostler.shell.Commands} and {@link dev.ostler.shell.Store}.
 */
package dev.ostler.shell;

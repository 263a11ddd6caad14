/**
 * {@code ostler shell}: Java that is typed, compiled by JShell, and run in a process.
 *
 * <p>The thread that reads owns what was typed, {@code Snippets}, and compiles. The code itself
 * runs in the process of {@code ShellProcess}, one piece after another. What is typed sees {@link
 * dev.ostler.shell.Commands} and {@link dev.ostler.shell.Store}.
 *
 * <p>A program that has other things to do lets the shell in by {@link
 * dev.ostler.shell.ShellSocket}. Then all of this is in that program, in an {@code
 * AttachedSession}, and {@code ostler shell --attach} is only the terminal, an {@code
 * AttachedShell}.
 */
package dev.ostler.shell;

package dev.ostler.kv.server.args;

import dev.ostler.CallException;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Refusal;
import dev.ostler.kv.bytes.Bytes;

/**
 * The refusal of a RESP command. The message is Redis's error: the code, then the text. It has no
 * stack trace, because it is a reply and not a failure. A command throws it before it has changed
 * anything.
 */
public final class CommandError extends Refusal {
  public static final String SYNTAX = "ERR syntax error";
  public static final String NOT_INTEGER = "ERR value is not an integer or out of range";
  public static final String NOT_FLOAT = "ERR value is not a valid float";
  public static final String WRONG_TYPE =
      "WRONGTYPE Operation against a key holding the wrong kind of value";
  public static final String NO_SUCH_KEY = "ERR no such key";

  /** Shared, because there may be no memory to create another when it is thrown. */
  // it has no stack trace, and nothing is added to it
  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final CommandError NO_MEMORY =
      new CommandError("OOM clients take as much memory as they may. Ask for less at a time.");

  /** Shared for the same reason. */
  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final CommandError NOT_KNOWN =
      new CommandError("OOM there was no memory to finish the command: it may have been done");

  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final CommandError FAILED_UNDONE =
      new CommandError("ERR the command failed, and nothing of it was done; the log says why");

  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final CommandError FAILED_NOT_KNOWN =
      new CommandError("ERR the command failed, and may have been done; the log says why");

  private final boolean last;

  public CommandError(String message) {
    this(message, false);
  }

  private CommandError(String message, boolean last) {
    super(message);
    this.last = last;
  }

  /** An error after which nothing more is read from the client. */
  public static CommandError last(String message) {
    return new CommandError(message, true);
  }

  public boolean isLast() {
    return last;
  }

  /** The message: code and text. */
  public String text() {
    return String.valueOf(getMessage());
  }

  /** There is no memory for the command or its reply; nothing was changed. */
  public static CommandError noMemory() {
    return NO_MEMORY;
  }

  /** This was thrown while the command ran; nothing was changed. */
  public static CommandError undone(Throwable why) {
    return why instanceof VirtualMachineError ? NO_MEMORY : FAILED_UNDONE;
  }

  /** The change was made, but this was thrown in what follows it. */
  public static CommandError notKnown(Throwable why) {
    return why instanceof VirtualMachineError ? NOT_KNOWN : FAILED_NOT_KNOWN;
  }

  public static CommandError syntax() {
    return new CommandError(SYNTAX);
  }

  /** An unknown subcommand, or a wrong number of arguments for it. */
  public static CommandError wrongWords(Args args, String command) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP."
            .formatted(args.get(1), command));
  }

  public static CommandError wrongType() {
    return new CommandError(WRONG_TYPE);
  }

  /** The error reply for an exception of the store. */
  public static String words(RuntimeException refusal) {
    return switch (refusal) {
      case KvException.NotKept _ -> "MISCONF " + Bytes.of(String.valueOf(refusal.getMessage()));
      case KvException.BucketGone _ ->
          "ERR the bucket ended before it replied: the command may or may not have been done";
      case KvException.Undone e when e.getCause() instanceof OutOfMemoryError ->
          "OOM the command needs more memory than there is, and nothing of it was done";
      case KvException _ -> "ERR " + Bytes.of(String.valueOf(refusal.getMessage()));
      case CallException.Timeout _ -> "ERR no reply in time: the command may still be done";
      default -> "ERR the store does not answer: " + Bytes.of(String.valueOf(refusal.getMessage()));
    };
  }
}

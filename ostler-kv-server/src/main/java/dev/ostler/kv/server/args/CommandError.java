package dev.ostler.kv.server.args;

import dev.ostler.CallException;
import dev.ostler.kv.KvException;
import dev.ostler.kv.bucket.Refusal;
import dev.ostler.kv.bytes.Bytes;

/**
 * What a RESP command is refused with: Redis's own words, code first. Has no stack: it is an
 * answer, and no failure. A command throws it before it has changed anything.
 */
public final class CommandError extends Refusal {
  public static final String SYNTAX = "ERR syntax error";
  public static final String NOT_INTEGER = "ERR value is not an integer or out of range";
  public static final String NOT_FLOAT = "ERR value is not a valid float";
  public static final String WRONG_TYPE =
      "WRONGTYPE Operation against a key holding the wrong kind of value";
  public static final String NO_SUCH_KEY = "ERR no such key";

  /** One for all: when it is thrown there may be no memory to make another. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // it has no stack, and nothing is added to it
  private static final CommandError NO_MEMORY =
      new CommandError("OOM clients take as much memory as they may. Ask for less at a time.");

  /** One for all, too. */
  @SuppressWarnings("StaticAssignmentOfThrowable")
  private static final CommandError NOT_KNOWN =
      new CommandError("OOM there was no memory to finish the command: it may have been done");

  private final boolean last;

  public CommandError(String message) {
    this(message, false);
  }

  private CommandError(String message, boolean last) {
    super(message);
    this.last = last;
  }

  /** After which nothing more is read from the client. */
  public static CommandError last(String message) {
    return new CommandError(message, true);
  }

  public boolean isLast() {
    return last;
  }

  /** The words without their type. */
  public String text() {
    return String.valueOf(getMessage());
  }

  /** There is no memory for the command or its reply. */
  public static CommandError noMemory() {
    return NO_MEMORY;
  }

  /** There was no memory for what follows its change. */
  public static CommandError notKnown() {
    return NOT_KNOWN;
  }

  public static CommandError syntax() {
    return new CommandError(SYNTAX);
  }

  /** Too many words after a subcommand, the second word. */
  public static CommandError wrongWords(Args args, String command) {
    return new CommandError(
        "ERR unknown subcommand or wrong number of arguments for '%s'. Try %s HELP."
            .formatted(args.get(1), command));
  }

  public static CommandError wrongType() {
    return new CommandError(WRONG_TYPE);
  }

  /** What clients are told of what the store refuses. */
  public static String words(RuntimeException refusal) {
    return switch (refusal) {
      case KvException.NotKept _ -> "MISCONF " + Bytes.of(String.valueOf(refusal.getMessage()));
      case KvException.BucketGone _ ->
          "ERR the bucket ended before it answered: whether the command was done is not known";
      case KvException.Undone e when e.getCause() instanceof OutOfMemoryError ->
          "OOM the command needs more memory than there is, and nothing of it was done";
      case KvException _ -> "ERR " + Bytes.of(String.valueOf(refusal.getMessage()));
      case CallException.Timeout _ -> "ERR no answer in time: the command may yet be done";
      default -> "ERR the store does not answer: " + Bytes.of(String.valueOf(refusal.getMessage()));
    };
  }
}

package dev.ostler.kv;

/**
 * What the store refuses, or cannot do. Its subclasses say what the caller can do about it.
 *
 * <p>Thrown on the caller's thread. A call that takes too long, or whose thread is interrupted,
 * throws a {@link dev.ostler.CallException} instead, as any call to a server does.
 */
public abstract sealed class KvException extends RuntimeException {
  private KvException(String message) {
    super(message);
  }

  private KvException(String message, Throwable cause) {
    super(message, cause);
  }

  /** There are as many buckets, or keys in the bucket, as there may be: delete some first. */
  public static final class LimitReached extends KvException {
    public LimitReached(String what, int limit) {
      super(what + ": there are " + limit + " already, the limit");
    }
  }

  /** A name, key or value is longer than it may be. Nothing was changed. */
  public static final class TooLong extends KvException {
    TooLong(String what, int limit, long found) {
      super(what + " has " + found + " bytes in UTF-8, and may have " + limit);
    }
  }

  /** The bucket has ended, or ended before it answered: look it up again, or create it. */
  public static final class BucketGone extends KvException {
    public BucketGone(String name) {
      super("the bucket " + name + " has ended");
    }

    public BucketGone(String name, Throwable cause) {
      super("the bucket " + name + " has ended", cause);
    }
  }

  /** A command on several buckets failed half-way, and was undone: nothing was changed. */
  public static final class Undone extends KvException {
    public Undone(Throwable cause) {
      super("the command failed, and nothing of it was done: " + cause, cause);
    }
  }

  /** The bucket is one value, as Redis's SET makes it, and no map. Nothing was changed. */
  public static final class NoMap extends KvException {
    public NoMap(String name) {
      super("the bucket " + name + " holds one value, and no keys");
    }
  }

  /** The bucket's process did not start; the cause says why. No other bucket is concerned. */
  public static final class NotCreated extends KvException {
    public NotCreated(String name, Throwable cause) {
      super("the bucket " + name + " was not created: " + cause.getMessage(), cause);
    }
  }

  /** The store is closed, or does not come back after a failure: nobody answers. */
  public static final class Unavailable extends KvException {
    public Unavailable(String why, Throwable cause) {
      super(why, cause);
    }
  }

  /**
   * What is changed cannot be kept: the message says why. While the disk is full, the change was
   * not made, nothing can be changed, and that goes on by itself when there is room again. After a
   * failure of the disk nothing can be changed until the store is opened again. What is sure to be
   * kept can be read in both cases.
   */
  public static final class NotKept extends KvException {
    public NotKept(String why) {
      super(why);
    }

    public NotKept(Throwable cause) {
      super(
          cause instanceof NotKept ? words(cause) : "changes cannot be kept: " + words(cause),
          cause);
    }

    private static String words(Throwable cause) {
      String message = cause.getMessage();
      return message == null ? cause.toString() : message;
    }
  }

  /**
   * What a store keeps cannot be opened, or not read: the message names the place, and says why.
   */
  public static final class NotReadable extends KvException {
    public NotReadable(String what, Throwable cause) {
      super(what + ": " + cause.getMessage(), cause);
    }

    /** With what can be done about it. */
    public NotReadable(NotReadable refused, String advice) {
      super(refused.getMessage() + " " + advice, refused);
    }
  }

  /** The address and port cannot be listened on: they are taken, or are not this machine's. */
  public static final class CannotListen extends KvException {
    /**
     * For the endpoint that failed.
     *
     * @param endpoint its name
     * @param where as in {@code 127.0.0.1:4040}
     */
    public CannotListen(String endpoint, String where, Throwable cause) {
      super(
          "the endpoint " + endpoint + " cannot listen on " + where + ": " + cause.getMessage(),
          cause);
    }
  }

  /** TLS was asked for, and cannot be offered: the message names the file, and what is wrong. */
  public static final class NoTls extends KvException {
    public NoTls(String why) {
      super("cannot offer TLS: " + why);
    }
  }
}

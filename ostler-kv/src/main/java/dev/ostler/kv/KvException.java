package dev.ostler.kv;

/**
 * A request that the store refuses or cannot fulfil. The subclasses say what the caller can do.
 *
 * <p>Thrown on the caller's thread. A call that times out, or whose thread is interrupted, throws a
 * {@link dev.ostler.CallException} instead, as any call to a server does.
 */
public abstract sealed class KvException extends RuntimeException {
  private KvException(String message) {
    super(message);
  }

  private KvException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The limit of buckets, or of keys in a bucket, is reached: delete some first. */
  public static final class LimitReached extends KvException {
    public LimitReached(String what, int limit) {
      super(what + ": there are " + limit + " already, the limit");
    }
  }

  /** A name, key or value is too long. Nothing was changed. */
  public static final class TooLong extends KvException {
    TooLong(String what, int limit, String found) {
      super(what + " has " + found + ", and may have " + limit);
    }
  }

  /** The bucket has ended, perhaps before it replied: look it up again, or create it. */
  public static final class BucketGone extends KvException {
    public BucketGone(String name) {
      super("the bucket " + name + " has ended");
    }

    public BucketGone(String name, Throwable cause) {
      super("the bucket " + name + " has ended", cause);
    }
  }

  /** An operation or a transaction failed and was undone: nothing was changed. */
  public static final class Undone extends KvException {
    public Undone(Throwable cause) {
      super("the command failed, and nothing of it was done: " + cause, cause);
    }
  }

  /**
   * The bucket is a single value, as Redis's SET creates it, and not a map. Nothing was changed.
   */
  public static final class NoMap extends KvException {
    public NoMap(String name) {
      super("the bucket " + name + " holds one value, and no keys");
    }
  }

  /** A key does not hold a number that can be added to. Nothing was changed. */
  public static final class NoNumber extends KvException {
    public NoNumber(String bucket, String why) {
      super("a key of the bucket " + bucket + " cannot be incremented: " + why);
    }
  }

  /**
   * A watch cannot begin after the given change, because not all later ones are known any more:
   * read the bucket again, and watch it from then on.
   */
  public static final class Gap extends KvException {
    Gap(String bucket, long from, long last) {
      super(
          "not all changes of the bucket "
              + bucket
              + " after "
              + from
              + " are known any more; the last one is "
              + last);
    }
  }

  /** The bucket's process did not start; the cause says why. Other buckets are not affected. */
  public static final class NotCreated extends KvException {
    public NotCreated(String name, Throwable cause) {
      super("the bucket " + name + " was not created: " + cause.getMessage(), cause);
    }
  }

  /** The store is closed, or one of its processes was not restarted after a failure. */
  public static final class Unavailable extends KvException {
    public Unavailable(String why, Throwable cause) {
      super(why, cause);
    }
  }

  /**
   * Changes cannot become durable; the message says why. While the disk is full, the store refuses
   * changes, and accepts them again by itself once there is room. After a failure of the disk it
   * refuses changes until it is opened again. In both cases durable contents can be read.
   */
  public static final class NotKept extends KvException {
    public NotKept(String why) {
      super(why);
    }

    public NotKept(Throwable cause) {
      super(
          cause instanceof NotKept
              ? words(cause)
              : "changes cannot become durable: " + words(cause),
          cause);
    }

    private static String words(Throwable cause) {
      String message = cause.getMessage();
      return message == null ? cause.toString() : message;
    }
  }

  /** A durable store cannot be opened or read; the message names the place, and says why. */
  public static final class NotReadable extends KvException {
    public NotReadable(String what, Throwable cause) {
      super(what + ": " + cause.getMessage(), cause);
    }

    /** Adds to a message what the user can do. */
    public NotReadable(NotReadable refused, String advice) {
      super(refused.getMessage() + " " + advice, refused);
    }
  }

  /** An endpoint cannot listen: the port is taken, or the address is not this machine's. */
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

  /** TLS cannot be offered; the message names the file, and says what is wrong. */
  public static final class NoTls extends KvException {
    public NoTls(String why) {
      super("cannot offer TLS: " + why);
    }
  }
}

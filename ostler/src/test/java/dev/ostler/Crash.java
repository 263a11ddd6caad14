package dev.ostler;

import java.util.Random;

/**
 * Tells a member to crash, one way or another. What it throws, and what the report of it shows, has
 * a text that fails now and then.
 */
final class Crash implements Member.Order {
  private final Brittle brittle;
  private final ExitReason reason;

  private Crash(Brittle brittle, ExitReason reason) {
    this.brittle = brittle;
    this.reason = reason;
  }

  static Crash any(MemberSystem system, Random random) {
    var brittle = new Brittle(system);
    return new Crash(
        brittle,
        switch (random.nextInt(4)) {
          case 0 -> new ExitReason.Crash(new BrokenException(brittle));
          case 1 -> new ExitReason.Crash(new BrokenError(brittle));
          case 2 -> new ExitReason.Crash(new OutOfMemoryError("a crash"));
          default -> ExitReason.of(brittle);
        });
  }

  /** Why the member will have ended. */
  ExitReason reason() {
    return reason;
  }

  @Override
  public void obey(Member member) {
    now();
  }

  /** Ends the process that runs here. */
  void now() {
    switch (reason) {
      case ExitReason.Crash(RuntimeException cause) -> throw cause;
      case ExitReason.Crash(Error cause) -> throw cause;
      default -> Self.exit(reason);
    }
  }

  @Override
  public String toString() {
    return brittle.toString();
  }

  /** Something of a user's whose text fails now and then; equal to itself alone. */
  static final class Brittle {
    private final MemberSystem system;

    Brittle(MemberSystem system) {
      this.system = system;
    }

    void touch() {
      system.failNowAndThen();
    }

    @Override
    public String toString() {
      touch();
      return "brittle";
    }
  }

  private static final class BrokenException extends RuntimeException {
    private final transient Brittle brittle;

    BrokenException(Brittle brittle) {
      this.brittle = brittle;
    }

    @Override
    public String getMessage() {
      return brittle.toString();
    }
  }

  private static final class BrokenError extends Error {
    private final transient Brittle brittle;

    BrokenError(Brittle brittle) {
      this.brittle = brittle;
    }

    @Override
    public String toString() {
      return brittle.toString();
    }
  }
}

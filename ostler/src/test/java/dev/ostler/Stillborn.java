package dev.ostler;

/** A {@link MemberServer} whose start fails. */
record Stillborn(Crash crash) implements GenServer<Integer, Call<Stillborn, ?>, Cast<Stillborn>> {
  @Override
  public Init<Integer> init() {
    crash.now();
    return Init.ok(0);
  }
}

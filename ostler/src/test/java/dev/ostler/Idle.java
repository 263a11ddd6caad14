package dev.ostler;

import java.util.concurrent.CountDownLatch;

/** Answers, and counts what timers send. */
record Idle(CountDownLatch fired) implements GenServer<Boolean, Idle.Ask, Cast<Idle>> {
  record Ask(int number) implements Call<Idle, Integer> {}

  @Override
  public Init<Boolean> init() {
    return Init.ok(true);
  }

  @Override
  public Next<Boolean> handleCall(Ask ask, From<?> from, Boolean state) {
    return ask.reply(ask.number(), state);
  }

  @Override
  public Next<Boolean> handleInfo(Object message, Boolean state) {
    fired.countDown();
    return Next.noReply(state);
  }
}

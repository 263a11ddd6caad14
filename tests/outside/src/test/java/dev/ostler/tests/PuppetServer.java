package dev.ostler.tests;

import dev.ostler.Call;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.MonitorRef;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.StatusReport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;

/**
 * A server that does what each message tells it to; its state is the list of what it heard.
 *
 * <p>For tests of servers: the test says in one place what is asked and what the server does.
 */
final class PuppetServer
    implements GenServer<List<Object>, PuppetServer.Ask<?>, PuppetServer.Tell> {

  /** What to do with a message, or with a continuation. */
  @FunctionalInterface
  interface Step {
    Next<List<Object>> next(List<Object> heard) throws Exception;
  }

  /** What to do with a request. */
  @FunctionalInterface
  interface Answer<R> {
    Next<List<Object>> to(Ask<R> ask, From<?> from, List<Object> heard) throws Exception;
  }

  /** What to do at the end. */
  @FunctionalInterface
  interface Farewell {
    void say(ExitReason reason, List<Object> heard) throws Exception;
  }

  /** A request that brings its own answer. */
  record Ask<R>(Object what, Answer<R> answer) implements Call<PuppetServer, R> {
    private Next<List<Object>> perform(From<?> from, List<Object> heard) throws Exception {
      return answer.to(this, from, heard);
    }

    @Override
    public String toString() {
      return what.toString();
    }
  }

  /** A cast that brings what is to be done. */
  record Tell(String what, Step step) implements Cast<PuppetServer> {
    @Override
    public String toString() {
      return what;
    }
  }

  private Callable<Init<List<Object>>> init = () -> Init.ok(List.of());
  private Farewell farewell = (reason, heard) -> {};
  private UnaryOperator<StatusReport> format = report -> report;
  private Pid audience = Processes.NOBODY;

  PuppetServer onInit(Callable<Init<List<Object>>> begin) {
    init = begin;
    return this;
  }

  PuppetServer onTerminate(Farewell last) {
    farewell = last;
    return this;
  }

  PuppetServer onFormat(UnaryOperator<StatusReport> show) {
    format = show;
    return this;
  }

  /** Passes on each plain message it hears. */
  PuppetServer telling(Pid listener) {
    audience = listener;
    return this;
  }

  /** Does not start; the type of what fails does not tell a state. */
  static Init<List<Object>> stop(ExitReason reason) {
    return Init.stop(reason);
  }

  static <R> Ask<R> ask(String what, Answer<R> answer) {
    return new Ask<>(what, answer);
  }

  /** Asks for what the server computes. */
  static <R> Ask<R> compute(String what, Callable<R> computation) {
    return ask(what, (ask, from, heard) -> ask.reply(computation.call(), heard));
  }

  /** Asks for all it heard. */
  static Ask<List<Object>> heard() {
    return ask("heard", (ask, from, heard) -> ask.reply(heard, heard));
  }

  /** A request it hears and answers with its text. */
  static Ask<String> question(String text) {
    return ask(text, (ask, from, heard) -> ask.reply(text, and(heard, text)));
  }

  /** Lets it monitor another process. */
  static Ask<MonitorRef> watch(Pid pid) {
    return compute("watch", () -> Self.monitor(pid));
  }

  /** A cast it hears. */
  static Tell note(String text) {
    return new Tell(text, heard -> Next.noReply(and(heard, text)));
  }

  static Tell tell(String what, Step step) {
    return new Tell(what, step);
  }

  /** A message to {@code send}, or to continue with, that brings what is to be done. */
  static Step step(Step step) {
    return step;
  }

  /** What was heard, and one thing more. */
  static List<Object> and(List<Object> heard, Object more) {
    var all = new ArrayList<>(heard);
    all.add(more);
    return List.copyOf(all);
  }

  @Override
  public Init<List<Object>> init() throws Exception {
    return init.call();
  }

  @Override
  public Next<List<Object>> handleCall(Ask<?> request, From<?> from, List<Object> heard)
      throws Exception {
    return request.perform(from, heard);
  }

  @Override
  public Next<List<Object>> handleCast(Tell message, List<Object> heard) throws Exception {
    return message.step().next(heard);
  }

  @Override
  public Next<List<Object>> handleInfo(Object message, List<Object> heard) throws Exception {
    if (message instanceof Step step) {
      return step.next(heard);
    }
    audience.send(message);
    return Next.noReply(and(heard, message));
  }

  @Override
  public Next<List<Object>> handleContinue(Object continuation, List<Object> heard)
      throws Exception {
    return continuation instanceof Step step
        ? step.next(heard)
        : Next.noReply(and(heard, continuation));
  }

  @Override
  public void terminate(ExitReason reason, List<Object> heard) throws Exception {
    farewell.say(reason, heard);
  }

  @Override
  public StatusReport formatStatus(StatusReport status) {
    return format.apply(status);
  }
}

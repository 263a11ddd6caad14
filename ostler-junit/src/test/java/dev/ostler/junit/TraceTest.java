package dev.ostler.junit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.Agent;
import dev.ostler.Call;
import dev.ostler.CallException;
import dev.ostler.Cast;
import dev.ostler.ExitReason;
import dev.ostler.From;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Processes;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Task;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a trace has of a server's messages. */
@ExtendWith(OstlerExtension.class)
class TraceTest {

  /** Adds up. */
  record Sum() implements GenServer<Integer, Sum.Add, Sum.Note> {
    record Add(int number) implements Call<Sum, Integer> {}

    record Note(int number) implements Cast<Sum> {}

    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Add add, From<?> from, Integer sum) {
      return add.reply(sum + add.number(), sum + add.number());
    }

    @Override
    public Next<Integer> handleCast(Note note, Integer sum) {
      return Next.noReply(sum + note.number());
    }

    @Override
    public Next<Integer> handleInfo(Object message, Integer sum) {
      return Next.noReply(sum);
    }
  }

  private static ServerRef<Sum> start() {
    return GenServer.of(Sum::new).start();
  }

  // X11
  @Test
  void has_what_was_asked_and_answered_in_order() {
    var sum = start();
    Pid test = Self.pid();
    var trace =
        Trace.tracing(
            sum,
            () -> {
              sum.call(new Sum.Add(1));
              sum.cast(new Sum.Note(2));
              sum.send("hello");
              sum.call(new Sum.Add(3));
            });
    assertThat(trace.steps())
        .containsExactly(
            new Trace.Call(test, new Sum.Add(1)),
            new Trace.Reply(test, 1),
            new Trace.Cast(new Sum.Note(2)),
            new Trace.Message("hello"),
            new Trace.Call(test, new Sum.Add(3)),
            new Trace.Reply(test, 6));
  }

  // X11
  @Test
  void has_what_was_sent_last_but_not_yet_handled() {
    var sum = start();
    assertThat(Trace.tracing(sum, () -> sum.cast(new Sum.Note(1))).steps())
        .containsExactly(new Trace.Cast(new Sum.Note(1)));
  }

  // X11
  @Test
  void has_nothing_of_before_and_after() {
    var sum = start();
    sum.cast(new Sum.Note(1));
    var trace = Trace.tracing(sum, () -> sum.call(new Sum.Add(2)));
    sum.call(new Sum.Add(3));
    assertThat(trace.steps())
        .containsExactly(
            new Trace.Call(Self.pid(), new Sum.Add(2)), new Trace.Reply(Self.pid(), 3));
  }

  // X11
  @Test
  void tells_who_called() throws Exception {
    var sum = start();
    var outside = new FutureTask<>(() -> sum.call(new Sum.Add(2)));
    var task = Task.async(() -> sum.call(Self.receive(Sum.Add.class)));
    Pid other = task.pid().orElseThrow();
    var trace =
        Trace.tracing(
            sum,
            () -> {
              other.send(new Sum.Add(1));
              task.await();
              Thread.ofPlatform().daemon().start(outside);
              outside.get();
            });
    assertThat(trace.steps())
        .containsExactly(
            new Trace.Call(other, new Sum.Add(1)),
            new Trace.Reply(other, 1),
            new Trace.Call(Processes.OUTSIDE, new Sum.Add(2)),
            new Trace.Reply(Processes.OUTSIDE, 3));
  }

  // X11
  @Test
  void has_what_came_until_the_server_ended() {
    var sum = start();
    var trace =
        Trace.tracing(
            sum,
            () -> {
              sum.call(new Sum.Add(1));
              sum.stop();
            });
    assertThat(trace.steps()).hasSize(2);
    assertThatThrownBy(() -> Trace.tracing(sum, () -> {}))
        .isInstanceOf(CallException.NoProcess.class);
  }

  // X11
  @Test
  void may_be_of_an_agent() {
    Agent<Integer> agent = Agent.start(() -> 7);
    var trace = Trace.tracing(agent.pid(), () -> agent.<Integer>get(n -> n));
    assertThat(trace.steps()).hasSize(2).contains(new Trace.Reply(Self.pid(), 7));
  }

  // X12
  @Test
  void ends_with_what_the_action_throws() {
    var sum = start();
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                Trace.tracing(
                    sum,
                    () -> {
                      sum.pid().exit(ExitReason.KILL);
                      throw new IllegalStateException("no");
                    }))
        .withMessage("no");
  }

  // X12
  @Test
  void does_not_disturb_another_one() {
    var sum = start();
    var outer =
        Trace.tracing(
            sum,
            () -> {
              var inner = Trace.tracing(sum, () -> sum.call(new Sum.Add(1)));
              assertThat(inner.steps()).hasSize(2);
              sum.call(new Sum.Add(2));
            });
    assertThat(outer.steps()).hasSize(4);
  }
}

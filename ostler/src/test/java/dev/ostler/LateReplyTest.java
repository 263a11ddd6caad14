package dev.ostler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens between the moment time runs out and the moment the caller gives up. */
@ParameterizedClass
@ValueSource(booleans = {false, true})
class LateReplyTest {
  @Parameter boolean direct;

  private final CompletableFuture<From<String>> from = new CompletableFuture<>();
  private ServerRef<Deferring> server;

  record Ask() implements Call<Deferring, String> {}

  /** Puts every answer off. */
  private static final class Deferring implements GenServer<Integer, Ask, Cast<Deferring>> {
    private final CompletableFuture<From<String>> from;

    Deferring(CompletableFuture<From<String>> from) {
      this.from = from;
    }

    @Override
    public Init<Integer> init() {
      return Init.ok(0);
    }

    @Override
    public Next<Integer> handleCall(Ask request, From<?> asked, Integer state) {
      from.complete(request.from(asked));
      return Next.noReply(state);
    }
  }

  /** Time passes when somebody looks a second time; something happens just before. */
  private static final class Jump implements Clock {
    private final Runnable before;
    private int looks;

    Jump(Runnable before) {
      this.before = before;
    }

    @Override
    public long nanos() {
      if (looks++ == 0) {
        return 0;
      }
      before.run();
      return Duration.ofHours(2).toNanos();
    }

    @Override
    public Future<?> after(long nanos, Runnable action) {
      throw new AssertionError("no timer is set");
    }

    @Override
    public void park(Object blocker, long nanos) {
      throw new AssertionError("nobody parks");
    }
  }

  @BeforeEach
  void start() {
    Processes.attach();
    var child = GenServer.of(() -> new Deferring(from));
    server = (direct ? child.direct() : child).start();
  }

  @AfterEach
  void end() {
    server.pid().exit(ExitReason.KILL);
    Processes.detach();
  }

  private String callWhile(Runnable timeRunsOut) {
    ((Proc) Self.pid()).clock(new Jump(timeRunsOut));
    return server.call(new Ask(), Duration.ofHours(1));
  }

  // G24
  @Test
  void a_reply_that_comes_then_is_the_answer() {
    assertThat(callWhile(() -> from.join().reply("just in time"))).isEqualTo("just in time");
  }

  @Test
  void without_a_reply_the_timeout_says_that_the_answer_was_put_off() {
    assertThat(
            catchThrowableOfType(CallException.Timeout.class, () -> callWhile(from::join))
                .getMessage())
        .contains("within 3600000 ms")
        .contains("deferred the reply");
  }
}

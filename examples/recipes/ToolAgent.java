import dev.ostler.*;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;

/**
 * Answers a question by a language model that may use tools. One process is one conversation.
 *
 * <p>The model and each tool run in tasks: they are slow, and they fail. A tool that crashes, or
 * takes too long, becomes a line of the conversation, and the model decides what to do. If the
 * model fails, the agent ends, and the one who asked hears why.
 */
record ToolAgent(Model model, Map<String, Function<String, String>> tools, Duration limit)
    implements GenServer<ToolAgent.State, ToolAgent.Ask, Cast<ToolAgent>> {

  /** Says what to do next, from what was said so far. */
  interface Model {
    Step next(List<String> said);
  }

  sealed interface Step {
    record UseTool(String tool, String input) implements Step {}

    record Answer(String text) implements Step {}
  }

  record Ask(String question) implements Call<ToolAgent, String> {}

  private record TooLong(Task<?> task) {}

  /** What was said, who waits for the answer, and the task that runs now. */
  static final class State {
    final TaskSupervisor workers = TaskSupervisor.of().startLink();
    final List<String> said = new ArrayList<>();
    From<String> asker;
    Task<?> running;
    boolean thinks;
  }

  @Override
  public Init<State> init() {
    return Init.ok(new State());
  }

  @Override
  public Next<State> handleCall(Ask ask, From<?> from, State state) {
    state.asker = ask.from(from);
    state.said.add("user: " + ask.question());
    return think(state);
  }

  private Next<State> think(State state) {
    List<String> said = List.copyOf(state.said);
    return run(state, true, () -> model.next(said));
  }

  private Next<State> run(State state, boolean thinks, Callable<?> work) {
    state.thinks = thinks;
    state.running = state.workers.asyncNoLink(work);
    Self.sendAfter(new TooLong(state.running), limit);
    return Next.noReply(state);
  }

  @Override
  public Next<State> handleInfo(Object message, State state) {
    return switch (message) {
      case TaskReply(var ref, var value) when ref == state.running.ref() -> {
        Self.demonitor(ref, true);
        yield state.thinks
            ? follow((Step) value.orElseThrow(), state)
            : heard(value.orElse("nothing"), state);
      }
      case Down down when down.ref() == state.running.ref() -> failed(down.reason(), state);
      case TooLong(var task) when task == state.running -> {
        task.kill();
        yield failed(ExitReason.TIMEOUT, state);
      }
      default -> Next.noReply(state); // about a task that is over
    };
  }

  private Next<State> follow(Step step, State state) {
    return switch (step) {
      case Step.UseTool(var tool, var input) -> {
        state.said.add("model: " + tool + "(" + input + ")");
        yield run(state, false, () -> tools.get(tool).apply(input));
      }
      case Step.Answer(var text) -> {
        state.asker.reply(text);
        state.said.add("model: " + text);
        state.said.forEach(IO::println);
        yield Next.stop(ExitReason.NORMAL, state);
      }
    };
  }

  private Next<State> heard(Object result, State state) {
    state.said.add("tool: " + result);
    return think(state);
  }

  private Next<State> failed(ExitReason reason, State state) {
    return state.thinks ? Next.stop(reason, state) : heard("failed, " + reason, state);
  }

  /** Stands for a model: asks the weather service, and the almanac if that fails. */
  private static Step model(List<String> said) {
    String last = said.getLast();
    if (last.startsWith("user: ")) {
      return new Step.UseTool("weather", "Berlin");
    }
    return last.startsWith("tool: failed")
        ? new Step.UseTool("almanac", "November")
        : new Step.Answer("Take an umbrella: " + last.substring("tool: ".length()));
  }

  static void main() {
    Processes.attach();
    Map<String, Function<String, String>> tools =
        Map.of(
            "weather", city -> { throw new IllegalStateException("503"); },
            "almanac", month -> "rain in " + month);
    DynamicSupervisor agents = DynamicSupervisor.of().start();
    ServerRef<ToolAgent> agent =
        agents.startChild(
            GenServer.of(() -> new ToolAgent(ToolAgent::model, tools, Duration.ofSeconds(5)))
                .restart(Restart.TEMPORARY));
    Self.monitor(agent.pid());
    agent.call(new Ask("Will it rain?"), Duration.ofSeconds(30));
    Self.receive(Down.class);
  }
}

/* Prints:
user: Will it rain?
model: weather(Berlin)
tool: failed, crash: java.lang.IllegalStateException: 503
model: almanac(November)
tool: rain in November
model: Take an umbrella: rain in November
*/

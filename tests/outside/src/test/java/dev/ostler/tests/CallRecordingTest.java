package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ostler.CallException;
import dev.ostler.CallRecording;
import dev.ostler.CallRecording.Span;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerRef;
import dev.ostler.Sys;
import dev.ostler.Task;
import dev.ostler.junit.OstlerExtension;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What a recording of calls tells: who called whom, in which callback, and when. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(value = Kind.class, names = "DEADLINE", mode = EnumSource.Mode.EXCLUDE)
class CallRecordingTest {
  @Parameter Kind kind;

  private static PuppetServer.Ask<String> calling(
      ServerRef<PuppetServer> other, PuppetServer.Ask<String> what) {
    return PuppetServer.compute("calling", () -> other.call(what));
  }

  private static CallRecording record(int most) {
    return CallRecording.start(most, Downs.LONG);
  }

  /** What was recorded of calls of these servers, once they are done with all of it. */
  @SafeVarargs
  private static List<Span> of(CallRecording recording, ServerRef<PuppetServer>... servers) {
    var pids = new ArrayList<Pid>();
    for (ServerRef<PuppetServer> each : servers) {
      pids.add(each.pid());
      Sys.status(each.pid(), Downs.LONG);
    }
    return recording.spans().stream().filter(span -> pids.contains(span.server())).toList();
  }

  // M29
  @Test
  void has_a_call_through_three_servers_as_three_nested_spans() {
    ServerRef<PuppetServer> one = kind.of(PuppetServer::new).label("one").start();
    ServerRef<PuppetServer> two = kind.of(PuppetServer::new).label("two").start();
    ServerRef<PuppetServer> three = kind.of(PuppetServer::new).label("three").start();
    try (var recording = record(100)) {
      one.call(calling(two, calling(three, PuppetServer.question("well?"))));
      List<Span> spans = of(recording, one, two, three);
      assertThat(spans).extracting(Span::label).containsExactly("one", "two", "three");
      assertThat(spans).extracting(Span::server).containsExactly(one.pid(), two.pid(), three.pid());
      assertThat(spans)
          .extracting(span -> span.caller().orElseThrow())
          .containsExactly(Self.pid(), one.pid(), two.pid());
      assertThat(spans)
          .extracting(span -> span.parent().orElse(0L))
          .containsExactly(0L, spans.get(0).id(), spans.get(1).id());
      assertThat(spans).extracting(Span::request).containsOnly(PuppetServer.Ask.class.getName());
      for (int i = 0; i < 3; i++) {
        assertThat(times(spans.get(i))).isSorted();
        assertThat(spans.get(i).ended().orElseThrow())
            .isGreaterThanOrEqualTo(spans.get(i).began().orElseThrow());
      }
      for (int i = 1; i < 3; i++) { // within the callback of the one before
        Span outer = spans.get(i - 1);
        Span inner = spans.get(i);
        assertThat(inner.called()).isGreaterThanOrEqualTo(outer.began().orElseThrow());
        assertThat(inner.replied().orElseThrow()).isLessThanOrEqualTo(outer.ended().orElseThrow());
      }
    }
  }

  private static List<Duration> times(Span span) {
    return List.of(span.called(), span.began().orElseThrow(), span.replied().orElseThrow());
  }

  // M29
  @Test
  void has_no_parent_for_what_is_called_in_another_callback() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    ServerRef<PuppetServer> other = kind.start();
    try (var recording = record(100)) {
      try (var held = Held.hold(server)) {
        server.cast(
            PuppetServer.tell(
                "calls",
                heard -> {
                  other.call(PuppetServer.question("from a cast"));
                  return Next.noReply(heard);
                }));
        assertThat(held).isNotNull();
      }
      Sys.status(server.pid(), Downs.LONG);
      assertThat(of(recording, other))
          .singleElement()
          .satisfies(
              span -> {
                assertThat(span.parent()).isEmpty();
                assertThat(span.caller()).contains(server.pid());
              });
    }
  }

  // M29
  @Test
  void has_the_right_parent_however_many_call_at_once() {
    ServerRef<PuppetServer> front = kind.start();
    ServerRef<PuppetServer> back = kind.start();
    try (var recording = record(10_000)) {
      var callers = new ArrayList<Task<String>>();
      for (int i = 0; i < 20; i++) {
        callers.add(
            Task.async(
                () -> {
                  for (int j = 0; j < 50; j++) {
                    front.call(calling(back, PuppetServer.question("well?")));
                    back.call(PuppetServer.question("well?"));
                  }
                  return "done";
                }));
      }
      callers.forEach(each -> each.await(Downs.LONG));
      List<Span> all = of(recording, front, back);
      assertThat(all).hasSize(3_000);
      Map<Long, Span> byId = all.stream().collect(Collectors.toMap(Span::id, Function.identity()));
      assertThat(all)
          .allMatch(
              span -> span.caller().orElseThrow().equals(front.pid()) == span.parent().isPresent());
      var parents = all.stream().flatMap(span -> span.parent().stream()).toList();
      assertThat(parents).hasSize(1_000).doesNotHaveDuplicates();
      assertThat(parents).allMatch(id -> byId.get(id).server().equals(front.pid()));
    }
  }

  // M29
  @Test
  void has_calls_that_got_no_reply() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    try (var recording = record(100)) {
      try (var held = Held.hold(server)) {
        assertThatThrownBy(() -> server.call(PuppetServer.heard(), Duration.ZERO))
            .isInstanceOf(CallException.Timeout.class);
        Span late = recording.spans().getLast();
        assertThat(late.began()).isEmpty();
        assertThat(late.ended()).isEmpty();
        assertThat(late.replied()).isPresent();
        assertThat(held).isNotNull();
      }
      assertThat(of(recording, server).getLast().ended()).isPresent(); // it was handled later
    }
  }

  // M30
  @Test
  void ends_by_itself_after_so_many_calls_or_when_its_time_is_over() {
    ServerRef<PuppetServer> server = kind.start();
    try (var recording = record(3)) {
      for (int i = 0; i < 5; i++) {
        assertThat(recording.isOver()).isEqualTo(i >= 3);
        server.call(PuppetServer.question("well?"));
      }
      assertThat(recording.awaitEnd(Duration.ZERO)).isTrue();
      assertThat(of(recording, server)).hasSize(3);
    }
    try (var recording = CallRecording.start(100, Duration.ofNanos(1))) {
      assertThat(recording.awaitEnd(Downs.LONG)).isTrue();
      server.call(PuppetServer.question("well?"));
      assertThat(of(recording, server)).isEmpty();
    }
    assertThatIllegalArgumentException().isThrownBy(() -> record(0));
    assertThatIllegalArgumentException().isThrownBy(() -> record(100_001));
  }

  // M30
  @Test
  void does_not_disturb_another_one() {
    ServerRef<PuppetServer> server = kind.start();
    ServerRef<PuppetServer> other = kind.start();
    try (var whole = record(100)) {
      server.call(PuppetServer.question("one"));
      var brief = record(100);
      server.call(calling(other, PuppetServer.question("two")));
      brief.close();
      server.call(PuppetServer.question("three"));
      assertThat(of(whole, server, other)).hasSize(4);
      assertThat(of(brief, server, other)).hasSize(2);
      assertThat(of(brief, server, other))
          .extracting(Span::id)
          .isEqualTo(of(whole, server, other).subList(1, 3).stream().map(Span::id).toList());
    }
  }

  // M30
  @Test
  void has_no_parent_that_it_has_not_recorded() throws Exception {
    ServerRef<PuppetServer> server = kind.start();
    ServerRef<PuppetServer> other = kind.start();
    try (var all = record(100)) {
      var inner = new ArrayList<Span>();
      server.call(
          PuppetServer.compute(
              "records",
              () -> {
                try (var recording = record(100)) {
                  other.call(PuppetServer.question("well?"));
                  return inner.addAll(of(recording, other));
                }
              }));
      assertThat(inner).singleElement().matches(span -> span.parent().isEmpty());
      assertThat(of(all, other)).singleElement().matches(span -> span.parent().isPresent());
    }
  }
}

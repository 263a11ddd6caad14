package dev.ostler.tests;

import static dev.ostler.tests.PuppetServer.compute;
import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.CallRecording;
import dev.ostler.Carried;
import dev.ostler.DynamicSupervisor;
import dev.ostler.ExitReason;
import dev.ostler.Init;
import dev.ostler.Name;
import dev.ostler.Next;
import dev.ostler.Pid;
import dev.ostler.Self;
import dev.ostler.ServerChild;
import dev.ostler.ServerRef;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import dev.ostler.Task;
import dev.ostler.TaskSupervisor;
import dev.ostler.junit.OstlerExtension;
import dev.ostler.junit.Supervised;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Scoped values that calls carry. */
@ExtendWith(OstlerExtension.class)
@ParameterizedClass
@EnumSource(Kind.class)
class CarriedTest {
  private static final ScopedValue<String> TENANT = ScopedValue.newInstance();
  private static final ScopedValue<Integer> ATTEMPT = ScopedValue.newInstance();

  @Parameter Kind kind;

  private Carried context;

  @BeforeEach
  void carry() {
    context = Carried.values(TENANT, ATTEMPT);
  }

  @AfterEach
  void close() {
    context.close();
  }

  private static String tenant() {
    return TENANT.orElse("nobody");
  }

  private static PuppetServer.Ask<String> whose() {
    return compute("whose", CarriedTest::tenant);
  }

  private static <T> T as(String tenant, Callable<T> work) throws Exception {
    return ScopedValue.where(TENANT, tenant).<T, Exception>call(work::call);
  }

  // C01
  @Test
  void a_call_is_handled_with_what_is_bound_for_its_caller() throws Exception {
    var server = kind.start();
    assertThat(as("acme", () -> server.call(whose()))).isEqualTo("acme");
    assertThat(as("zoo", () -> server.call(whose()))).isEqualTo("zoo");
    assertThat(server.call(whose())).isEqualTo("nobody");
  }

  // C01
  @Test
  void a_call_carries_each_value_that_is_bound() throws Exception {
    var server = kind.start();
    var both = compute("both", () -> tenant() + ATTEMPT.orElse(0));
    String seen = as("acme", () -> ScopedValue.where(ATTEMPT, 2).call(() -> server.call(both)));
    assertThat(seen).isEqualTo("acme2");
  }

  // C01
  @Test
  void a_call_in_a_callback_carries_it_on() throws Exception {
    var last = kind.start();
    var first = kind.start();
    var asks = compute("asks", () -> last.call(whose()));
    assertThat(as("acme", () -> first.call(asks))).isEqualTo("acme");
  }

  // C01
  @Test
  void a_request_that_is_sent_carries_it() throws Exception {
    var server = kind.start();
    assertThat(as("acme", () -> server.sendRequest(whose())).await()).isEqualTo("acme");
  }

  // C01
  @Test
  void a_call_carries_it_while_calls_are_recorded() throws Exception {
    var server = kind.start();
    try (var recording = CallRecording.start(10, Deaths.PATIENCE)) {
      assertThat(as("acme", () -> server.call(whose()))).isEqualTo("acme");
      assertThat(recording.spans()).hasSize(1);
    }
  }

  // C02
  @Test
  void a_cast_is_handled_with_what_is_bound_for_its_sender() throws Exception {
    var server = kind.start();
    var tells = telling(Self.pid());
    as(
        "acme",
        () -> {
          server.cast(tells);
          server.castPriority(tells);
          return tells;
        });
    assertThat(Self.receive()).isEqualTo("acme");
    assertThat(Self.receive()).isEqualTo("acme");
    server.cast(tells);
    assertThat(Self.receive()).isEqualTo("nobody");
  }

  private static PuppetServer.Tell telling(Pid pid) {
    return PuppetServer.tell(
        "tells",
        heard -> {
          pid.send(tenant());
          return Next.noReply(heard);
        });
  }

  // C03
  @Test
  void what_is_bound_for_one_caller_is_not_for_another_that_came_meanwhile() throws Exception {
    var server = kind.start();
    var tells = telling(Self.pid());
    var busy =
        compute(
            "busy",
            () -> {
              Outside.does(() -> server.cast(tells)); // which waits until this is done
              return tenant();
            });
    assertThat(as("acme", () -> server.call(busy))).isEqualTo("acme");
    assertThat(Self.receive()).isEqualTo("nobody");
  }

  // C04
  @Test
  void tasks_work_with_what_is_bound_for_who_starts_them(Supervised supervised) throws Exception {
    var tasks = supervised.start(TaskSupervisor.of());
    Pid test = Self.pid();
    assertThat(as("acme", () -> Task.async(CarriedTest::tenant)).await()).isEqualTo("acme");
    assertThat(as("acme", () -> tasks.async(CarriedTest::tenant)).await()).isEqualTo("acme");
    as("acme", () -> Task.start(() -> tellTenant(test)));
    assertThat(Self.receive(String.class)).isEqualTo("acme");
    as("acme", () -> Task.startLink(() -> tellTenant(test)));
    assertThat(Self.receive(String.class)).isEqualTo("acme");
    as("acme", () -> tasks.startChild(() -> tellTenant(test)));
    assertThat(Self.receive(String.class)).isEqualTo("acme");
  }

  private static Pid tellTenant(Pid pid) {
    pid.send(tenant());
    return pid;
  }

  // C05
  @Test
  void the_init_of_a_supervised_child_sees_nothing_of_who_had_it_started(Supervised supervised)
      throws Exception {
    var supervisor = supervised.start(DynamicSupervisor.of());
    var child = as("acme", () -> supervisor.startChild(sees(Name.unique("child"))));
    assertThat(child.call(PuppetServer.heard())).containsExactly("nobody");
  }

  // C05
  @Test
  void the_init_of_a_child_sees_the_same_at_its_first_start_in_a_callback_as_at_a_restart()
      throws Exception {
    Name<PuppetServer> name = Name.unique("child");
    var starts =
        compute("starts", () -> Supervisor.of(Strategy.ONE_FOR_ONE).child(sees(name)).start());
    var server = kind.start();
    Supervisor supervisor = as("acme", () -> server.call(starts));
    assertThat(name.call(PuppetServer.heard())).containsExactly("nobody");
    var ref = Self.monitor(name);
    name.pid().exit(ExitReason.KILL);
    Downs.reason(ref);
    assertThat(supervisor.count().active()).isEqualTo(1); // answers after the restart
    assertThat(name.call(PuppetServer.heard())).containsExactly("nobody");
  }

  private ServerChild<PuppetServer, ServerRef<PuppetServer>> sees(Name<PuppetServer> name) {
    return kind.of(() -> new PuppetServer().onInit(() -> Init.ok(List.of(tenant())))).named(name);
  }

  // C06
  @Test
  void nothing_is_carried_once_the_context_is_closed() throws Exception {
    var server = kind.start();
    context.close();
    String seen = as("acme", () -> server.sendRequest(whose()).await());
    assertThat(seen).isEqualTo("nobody");
  }
}

import dev.ostler.*;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Who is there. A user is there as long as one of the processes lives that serve them.
 *
 * <p>Nobody says goodbye: the server watches the processes. A user with two devices goes when the
 * second one has gone.
 */
record Presence(Registry<String, Void> watchers)
    implements GenServer<Map<MonitorRef, String>, Presence.Who, Presence.Here> {

  /** Users that are there, in order. */
  record Who() implements Call<Presence, List<String>> {}

  /** This process serves this user. */
  record Here(String user, Pid device) implements Cast<Presence> {}

  /** What watchers are told. */
  sealed interface Change {
    record Came(String user) implements Change {}

    record Went(String user) implements Change {}
  }

  /** Tells the calling process of all later changes. */
  static void watch(Registry<String, Void> watchers) {
    watchers.register("changes", null);
  }

  @Override
  public Init<Map<MonitorRef, String>> init() {
    return Init.ok(new HashMap<>());
  }

  @Override
  public Next<Map<MonitorRef, String>> handleCall(
      Who request, From<?> from, Map<MonitorRef, String> devices) {
    Collection<String> users = new TreeSet<>(devices.values());
    return request.reply(List.copyOf(users), devices);
  }

  @Override
  public Next<Map<MonitorRef, String>> handleCast(Here here, Map<MonitorRef, String> devices) {
    boolean isNew = !devices.containsValue(here.user());
    devices.put(Self.monitor(here.device()), here.user());
    if (isNew) {
      tell(new Change.Came(here.user()));
    }
    return Next.noReply(devices);
  }

  @Override
  public Next<Map<MonitorRef, String>> handleInfo(
      Object message, Map<MonitorRef, String> devices) {
    if (message instanceof Down down
        && devices.remove(down.ref()) instanceof String user
        && !devices.containsValue(user)) {
      tell(new Change.Went(user));
    }
    return Next.noReply(devices);
  }

  private void tell(Change change) {
    watchers.dispatch("changes", all -> all.forEach(each -> each.pid().send(change)));
  }

  static void main() {
    Processes.attach();
    Registry<String, Void> watchers = Registry.<String, Void>duplicate().start();
    Presence.watch(watchers);
    var presence = GenServer.of(() -> new Presence(watchers)).start();

    Pid phone = Processes.spawn("phone", Self::receive);
    Pid laptop = Processes.spawn("laptop", Self::receive);
    presence.cast(new Here("zoe", phone));
    presence.cast(new Here("zoe", laptop));
    IO.println(Self.receive(Change.class));
    phone.exit(ExitReason.KILL);
    IO.println(presence.call(new Who()));
    laptop.exit(ExitReason.KILL);
    IO.println(Self.receive(Change.class));
    IO.println(presence.call(new Who()));
  }
}

/* Prints:
Came[user=zoe]
[zoe]
Went[user=zoe]
[]
*/

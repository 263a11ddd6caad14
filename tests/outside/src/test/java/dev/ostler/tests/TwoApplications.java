package dev.ostler.tests;

import dev.ostler.Application;
import dev.ostler.Child;
import dev.ostler.GenServer;
import dev.ostler.Init;
import dev.ostler.Self;
import dev.ostler.Strategy;
import dev.ostler.Supervisor;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A program of two applications, which say what stops; to be run in a JVM of its own. */
final class TwoApplications {
  private static final FileOutputStream OUT = new FileOutputStream(FileDescriptor.out);

  private TwoApplications() {}

  public static void main(String[] arguments) throws IOException {
    Application.start("first", Application.Type.PERMANENT, tree("a", "b"));
    Application second = Application.start("second", Application.Type.PERMANENT, tree("c", "d"));
    say("started");
    second.await();
  }

  private static Child<?> tree(String one, String other) {
    return Supervisor.of(Strategy.ONE_FOR_ONE).child(witness(one)).child(witness(other));
  }

  private static Child<?> witness(String name) {
    return GenServer.of(
            () ->
                new PuppetServer()
                    .onInit(
                        () -> {
                          Self.trapExits(true);
                          return Init.ok(List.of());
                        })
                    .onTerminate((reason, heard) -> say(name + " " + reason)))
        .id(name);
  }

  private static void say(String line) throws IOException {
    OUT.write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}

package dev.ostler.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ostler shell --script}: it ends at the first error, and tells where that is. */
class ScriptTest {
  @TempDir Path folder;

  private record Ran(int code, String out, String err) {}

  private static Ran run(String... arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int code = Main.run(new PrintWriter(out), new PrintWriter(err), arguments);
    return new Ran(code, out.toString(), err.toString());
  }

  private Ran script(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("tour.jsh"), text);
    Ran ran = run("shell", "--script", file.toString());
    return new Ran(ran.code(), ran.out(), ran.err().replace(folder + "/", ""));
  }

  @Test
  void runs_what_could_be_typed() throws IOException {
    Path result = folder.resolve("result");
    Ran ran =
        script(
            """
            // Semicolons may be left out at the ends of lines.
            int twice(int n) {
              return later(n) * 2; // declared below
            }

            int later(int n) { return n; }
            var agent = Agent.start(() -> 1); agent.update(n -> twice(n))
            agent.stop()
            Files.writeString(Path.of("%s"), "" + self().isAlive() + agent.pid().isAlive())
            """
                .formatted(result));

    assertThat(ran).isEqualTo(new Ran(0, "", ""));
    assertThat(result).hasContent("truefalse");
  }

  @Nested
  class Ends_with_1_and_tells_the_line_of {
    @Test
    void what_the_compiler_refuses() throws IOException {
      Ran ran = script("var a = 1;\n\nint b =\n  a +\n  nothing;\nSystem.exit(3);\n");

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err())
          .isEqualTo(
              """
              tour.jsh:5: error: cannot find symbol
                symbol:   variable nothing
                  nothing;
                  ^^^^^^^
              """);
    }

    @Test
    void an_exception_inside_a_statement_of_several_lines() throws IOException {
      Ran ran =
          script(
              """
              /* The line that throws
                 is not the first one. */
              int half(int n) {

                return 1 / n;
              }
              for (int i = 1; i >= 0; i--) {
                half(2);
                half(i);
              }
              """);

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err())
          .isEqualTo(
              """
              tour.jsh:5: ArithmeticException: / by zero
                at tour.jsh:5 in half
                at tour.jsh:9
              """);
    }

    @Test
    void a_name_that_is_unknown_when_it_is_used() throws IOException {
      Ran ran = script("void f() { g(); }\n\nf();\nvoid g() {}\n");

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).startsWith("tour.jsh:1: f() needs method g()\n").contains("tour.jsh:3");
    }

    @Test
    void a_name_that_nobody_declares() throws IOException {
      Ran ran = script("var a = 1;\nvoid f() { g(); }\na++;\n");

      assertThat(ran).isEqualTo(new Ran(1, "", "tour.jsh:2: f() needs method g()\n"));
    }

    @Test
    void what_is_not_complete() throws IOException {
      Ran ran = script("var a = 1;\nif (a > 0) {\n");

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).startsWith("tour.jsh:2: error: reached end of file while parsing");
    }

    @Test
    void an_end_of_its_process() throws IOException {
      Ran ran = script("var a = 1;\nSelf.exit(ExitReason.of(\"tired\"));\nSystem.exit(3);\n");

      assertThat(ran.code()).isEqualTo(1);
      assertThat(ran.err()).containsPattern("tour.jsh:2: the shell's process <0.\\d+> has ended\n");
    }
  }

  @Test
  void that_is_not_there_ends_with_1() {
    Ran ran = run("shell", "--script", folder.resolve("none").toString());

    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.err()).contains("none cannot be read");
  }

  @Test
  void help_names_the_options_and_misuse_ends_with_2() {
    assertThat(run("shell", "--help").out()).contains("--script", "--class-path");
    assertThat(run("shell", "--scrpt").code()).isEqualTo(2);
    assertThat(run().code()).isEqualTo(2);
  }
}

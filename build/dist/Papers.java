import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Writes what a distribution says of the command line: the man page {@code kv.1}, an example of a
 * configuration, {@code kv.conf}, and the completion for bash, {@code kv.bash}. All are made of the
 * options themselves, so that they cannot say anything else.
 *
 * <p>{@code java -cp 'JARS' Papers.java DIRECTORY VERSION DATE}
 */
final class Papers {
  private static final String CLI = "dev.ostler.kv.server.cli.";
  private static final int WIDTH = 100;

  private final CommandLine kv;

  private Papers(CommandLine kv) {
    this.kv = kv;
  }

  public static void main(String[] arguments) throws Exception {
    var top = Class.forName(CLI + "Main$Top");
    var kv = new CommandLine(CommandLine.defaultFactory().create(top)).setCommandName("kv");
    var papers = new Papers(kv);
    var directory = Path.of(arguments[0]);
    write(directory, "kv.1", papers.manPage(arguments[1], arguments[2]));
    write(directory, "kv.conf", papers.configuration());
    write(directory, "kv.bash", AutoComplete.bash("kv", kv).replaceFirst("^#!.*\n", ""));
  }

  private static void write(Path directory, String name, String text) throws IOException {
    Files.writeString(directory.resolve(name), text);
  }

  // The man page.

  private String manPage(String version, String date) {
    var page = new StringBuilder();
    page.append(".TH KV 1 \"%s\" \"KV %s\" \"User Commands\"\n".formatted(date, version));
    page.append(".SH NAME\nkv \\- a key-value store whose every bucket is a supervised process\n");
    page.append(".SH SYNOPSIS\n");
    commands().forEach(command -> page.append(synopsis(command)));
    page.append(".SH COMMANDS\n");
    commands().forEach(command -> page.append(section(command)));
    return page.append(
            """
            .SH FILES
            .TP
            .I /etc/kv/kv.conf
            The options of the service, one on each line, as \\fIline\\-port = 4041\\fR.
            .TP
            .I /etc/default/kv
            The environment of the service.
            .TP
            .I /var/lib/kv
            The data of the service.
            .SH ENVIRONMENT
            .TP
            .B KV_JAVA_OPTS
            More options for the JVM, separated by spaces, such as \\fI\\-Xmx4g\\fR.
            .SH EXIT STATUS
            0 for success, 1 for a failure, 2 for incorrect usage. A server that ends on SIGTERM ends with 0.
            .SH SEE ALSO
            .BR redis\\-cli (1),
            .BR systemctl (1)
            """)
        .toString();
  }

  private Collection<CommandSpec> commands() {
    return kv.getSubcommands().values().stream().map(CommandLine::getCommandSpec).toList();
  }

  private static String synopsis(CommandSpec command) {
    return ".B kv %s\n[\\fIOPTIONS\\fR]%s\n.br\n"
        .formatted(command.name(), positional(command).map(Papers::roff).collect(joined()));
  }

  private static String section(CommandSpec command) {
    var text = new StringBuilder(".SS kv %s\n".formatted(command.name()));
    text.append(roff(String.join(" ", command.usageMessage().description()))).append('\n');
    command.positionalParameters().stream()
        .filter(parameter -> !parameter.hidden())
        .forEach(
            parameter ->
                text.append(".TP\n\\fI%s\\fR\n".formatted(roff(parameter.paramLabel())))
                    .append(described(parameter)));
    command.options().stream()
        .filter(option -> !option.hidden())
        .forEach(
            option ->
                text.append(".TP\n%s\n".formatted(heading(option))).append(described(option)));
    return text.toString();
  }

  private static Stream<String> positional(CommandSpec command) {
    return command.positionalParameters().stream()
        .filter(parameter -> !parameter.hidden())
        .map(
            parameter ->
                (parameter.arity().min() == 0 ? "[%s]" : "%s")
                    .formatted(parameter.paramLabel() + (parameter.arity().max() > 1 ? "..." : "")));
  }

  private static java.util.stream.Collector<CharSequence, ?, String> joined() {
    return Collectors.joining(" ", " ", "");
  }

  private static String heading(OptionSpec option) {
    String names =
        Stream.of(option.names())
            .map(name -> "\\fB" + roff(name) + "\\fR")
            .collect(Collectors.joining(", "));
    return option.arity().max() == 0 ? names : names + "=\\fI" + roff(option.paramLabel()) + "\\fR";
  }

  private static String described(ArgSpec argument) {
    return roff(String.join(" ", argument.description())) + "\n";
  }

  /** Text in which roff sees no request and no escape. */
  private static String roff(String text) {
    String escaped = text.replace("%n", " ").replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }

  // The configuration.

  private String configuration() throws ReflectiveOperationException {
    var text =
        new StringBuilder(
            """
            # Options of kv serve, one on each line. Each is explained in kv(1). What begins with # is not set.

            # The directory of the data.
            data = /var/lib/kv
            """);
    Map<String, OptionSpec> options =
        kv.getSubcommands().get("serve").getCommandSpec().optionsMap();
    for (String name : settable()) {
      if (!name.equals("data")) {
        OptionSpec option = options.get("--" + name);
        text.append('\n').append(comment(String.join(" ", option.description())));
        text.append("#%s = %s\n".formatted(name, example(option)));
      }
    }
    return text.toString();
  }

  /** The options that a file may set: the server has their list. */
  @SuppressWarnings("unchecked")
  private static List<String> settable() throws ReflectiveOperationException {
    var field = Class.forName(CLI + "ServeCommand").getDeclaredField("OPTIONS");
    field.setAccessible(true);
    return (List<String>) field.get(null);
  }

  private static String example(OptionSpec option) {
    if (option.defaultValue() != null) {
      return option.defaultValue();
    }
    return option.arity().max() == 0 || option.isOption() && "true".equals(option.fallbackValue())
        ? "true"
        : option.paramLabel();
  }

  private static String comment(String text) {
    var lines = new StringBuilder("#");
    int column = 1;
    for (String word : text.replace("%n", " ").split(" +")) {
      if (column + 1 + word.length() > WIDTH) {
        lines.append("\n#");
        column = 1;
      }
      lines.append(' ').append(word);
      column += 1 + word.length();
    }
    return lines.append('\n').toString();
  }
}

package dev.ostler.shell;

import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.function.Consumer;

/**
 * One shell, as what is typed in it sees it: where it prints, and what the program gives it.
 *
 * <p>The process of the shell is bound to its session. Any thread may print.
 */
final class Session {
  private static final ScopedValue<Session> CURRENT = ScopedValue.newInstance();

  /** The session of a program that is nothing but a shell. */
  static final Session OWN =
      new Session(
          text -> System.out.println(text),
          text -> System.out.println(text),
          Map.of(),
          List.of("import static dev.ostler.shell.Store.*;"));

  /**
   * A value that the program gives to what is typed.
   *
   * @param type its type there
   */
  record Given(Class<?> type, Object value) {}

  private final Consumer<String> printed;
  private final Consumer<String> told;
  private final Map<String, Given> given;
  private final List<String> declarations;

  private Session(
      Consumer<String> printed,
      Consumer<String> told,
      Map<String, Given> given,
      List<String> declarations) {
    this.printed = printed;
    this.told = told;
    this.given = given;
    this.declarations = declarations;
  }

  /**
   * The session of a shell in a program that does other things, too.
   *
   * @param printed gets what the shell itself prints; it may wait
   * @param told gets what other threads have to say; it does not wait, and throws when the shell
   *     has ended
   * @param given by name
   */
  static Session in(Consumer<String> printed, Consumer<String> told, Map<String, Given> given) {
    return new Session(
        printed,
        told,
        Map.copyOf(given),
        given.entrySet().stream()
            .map(each -> declaration(each.getKey(), each.getValue().type()))
            .toList());
  }

  private static String declaration(String name, Class<?> type) {
    String typed = type.getCanonicalName();
    return "%s %s = (%s) given(\"%s\");".formatted(typed, name, typed, name);
  }

  /** The session whose process runs this. */
  static Session current() {
    return CURRENT.orElse(OWN);
  }

  /** Runs what belongs to this session. */
  void run(Runnable body) {
    ScopedValue.where(CURRENT, this).run(body);
  }

  /** Prints a text, for the shell's own threads. */
  void print(String text) {
    printed.accept(text);
  }

  /** Prints a text, for all other threads. */
  void tell(String text) {
    told.accept(text);
  }

  /** What is declared before anything is typed. */
  List<String> declarations() {
    return declarations;
  }

  Object given(String name) {
    Given found = given.get(name);
    if (found == null) {
      throw new NoSuchElementException(
          "the program gives " + given.keySet().stream().sorted().toList() + ", and not " + name);
    }
    return found.value();
  }
}

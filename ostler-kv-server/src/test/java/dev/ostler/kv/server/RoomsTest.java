package dev.ostler.kv.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packages of the store and its server depend on each other in one direction only. */
class RoomsTest {
  private static final String LIBRARY = "dev.ostler.kv";
  private static final String SERVER = "dev.ostler.kv.server";

  /**
   * Values that the packages below the exported one use, although that one uses these packages: the
   * values that users pass and get, and the storage interface. Only {@code Store} uses {@code Kv},
   * so that endpoints can get it.
   */
  private static final Set<String> VALUES =
      Set.of("KvException", "Limits", "Sync", "BucketStore", "Change");

  private static final JavaClasses MAIN =
      importer()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .withImportOption(location -> !location.contains("-tests.jar"))
          .importPackages(LIBRARY);

  private static final Map<String, Set<String>> USES = uses(MAIN);

  /**
   * One that does not read the classes of libraries and of the JDK, which takes most of its time.
   */
  private static ClassFileImporter importer() {
    ArchConfiguration.get().setResolveMissingDependenciesFromClassPath(false);
    return new ClassFileImporter();
  }

  private static Map<String, Set<String>> uses(JavaClasses classes) {
    var uses = new TreeMap<String, Set<String>>();
    for (JavaClass type : classes) {
      if (isOurs(type)) {
        Set<String> used = uses.computeIfAbsent(type.getPackageName(), name -> new TreeSet<>());
        for (Dependency use : type.getDirectDependenciesFromSelf()) {
          JavaClass target = use.getTargetClass().getBaseComponentType();
          if (isOurs(target)
              && !target.getPackageName().equals(type.getPackageName())
              && !isValue(type, target)) {
            used.add(target.getPackageName());
          }
        }
      }
    }
    return uses;
  }

  private static boolean isOurs(JavaClass type) {
    return type.getPackageName().startsWith(LIBRARY)
        && !type.getPackageName().startsWith(LIBRARY + ".rocksdb")
        && !type.getSimpleName().equals("package-info");
  }

  private static boolean isValue(JavaClass from, JavaClass target) {
    String name = outermost(target);
    return target.getPackageName().equals(LIBRARY)
        && (VALUES.contains(name) || (name.equals("Kv") && outermost(from).equals("Store")));
  }

  private static String outermost(JavaClass type) {
    String name = type.getName().substring(type.getPackageName().length() + 1);
    int inner = name.indexOf('$');
    return inner < 0 ? name : name.substring(0, inner);
  }

  /** The packages that cannot be ordered so that each depends only on earlier ones. */
  private static Set<String> circle(Map<String, Set<String>> uses) {
    var left = new TreeMap<>(uses);
    while (left.values().removeIf(used -> used.stream().noneMatch(left::containsKey))) {
      // What remains may have lost its last dependency.
    }
    return left.keySet();
  }

  @Test
  void there_are_some() {
    assertThat(USES).containsKeys(LIBRARY, SERVER, LIBRARY + ".bucket", SERVER + ".resp");
  }

  @Test
  void they_depend_on_each_other_in_one_direction_only() {
    assertThat(circle(USES)).isEmpty();
  }

  @Test
  void a_planted_circle_is_found() {
    var planted = new TreeMap<>(USES);
    var used = new TreeSet<>(planted.get(LIBRARY + ".bytes"));
    used.add(SERVER + ".cli");
    planted.put(LIBRARY + ".bytes", used);
    assertThat(circle(planted)).contains(LIBRARY + ".bytes", LIBRARY + ".bucket", SERVER + ".cli");
  }

  @Test
  void a_circle_of_compiled_classes_is_found(@TempDir Path folder) throws IOException {
    Path one =
        source(
            folder.resolve("One.java"), "one", "public class One { dev.ostler.kv.two.Two two; }");
    Path two =
        source(
            folder.resolve("Two.java"), "two", "public class Two { dev.ostler.kv.one.One one; }");
    var compiler = ToolProvider.getSystemJavaCompiler();
    assertThat(compiler.run(null, null, null, one.toString(), two.toString())).isZero();

    assertThat(circle(uses(importer().importPath(folder))))
        .containsExactly(LIBRARY + ".one", LIBRARY + ".two");
  }

  private static Path source(Path file, String room, String type) throws IOException {
    return Files.writeString(file, "package " + LIBRARY + "." + room + ";\n" + type);
  }

  @Test
  void the_library_does_not_know_the_server() {
    assertThat(USES)
        .allSatisfy(
            (room, used) -> {
              if (!room.startsWith(SERVER)) {
                assertThat(used).noneMatch(name -> name.startsWith(SERVER));
              }
            });
  }

  @Test
  void access_rules_know_neither_commands_nor_sessions() {
    assertThat(USES.get(SERVER + ".access")).noneMatch(name -> name.contains(".resp"));
  }

  /** What only its own package uses is package-private. The exported packages are for users. */
  @Test
  void what_is_public_is_used_by_another_package_or_its_tests() {
    // Tests use constants of these two. The compiler copies constants, so no class depends on them.
    var used = new TreeSet<>(Set.of(LIBRARY + ".bucket.History", SERVER + ".line.LineReader"));
    for (JavaClass type : importer().importPackages(LIBRARY)) {
      for (Dependency use : type.getDirectDependenciesFromSelf()) {
        JavaClass target = use.getTargetClass().getBaseComponentType();
        if (isOurs(target) && !target.getPackageName().equals(type.getPackageName())) {
          used.add(target.getPackageName() + "." + outermost(target));
        }
      }
    }
    assertThat(MAIN)
        .filteredOn(type -> isOurs(type) && type.isTopLevelClass())
        .filteredOn(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
        .filteredOn(type -> !Set.of(LIBRARY, SERVER).contains(type.getPackageName()))
        .extracting(JavaClass::getName)
        .isNotEmpty()
        .filteredOn(name -> !used.contains(name))
        .isEmpty();
  }

  /** ARCHITECTURE has a line for each package: its name, its content, and its dependencies. */
  @Test
  void architecture_shows_them_as_they_are() throws IOException {
    var row = Pattern.compile("^\\| `(dev\\.ostler\\.kv[a-z.]*)` \\|[^|]*\\|([^|]*)\\|$");
    String text = Files.readString(Path.of("").toAbsolutePath().resolveSibling("ARCHITECTURE.md"));
    Map<String, Set<String>> shown =
        text.lines()
            .map(row::matcher)
            .filter(match -> match.matches())
            .collect(
                Collectors.toMap(
                    match -> match.group(1),
                    match ->
                        Pattern.compile("`([a-z.]+)`")
                            .matcher(match.group(2))
                            .results()
                            .map(used -> "dev.ostler." + used.group(1))
                            .collect(Collectors.toCollection(TreeSet::new)),
                    (one, other) -> one,
                    TreeMap::new));
    assertThat(shown).isEqualTo(USES);
  }
}

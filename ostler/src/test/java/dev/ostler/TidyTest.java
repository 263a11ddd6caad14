package dev.ostler;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.ExportsTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.ModuleTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.lang.module.ModuleDescriptor.Requires;
import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The house style, as far as a machine can read it: over the sources of every module. */
class TidyTest {

  private static final Map<String, List<String>> EXPORTS =
      Map.of(
          "dev.ostler", List.of("dev.ostler"),
          "dev.ostler.junit", List.of("dev.ostler.junit"),
          "dev.ostler.observer", List.of("dev.ostler.observer"),
          "dev.ostler.micrometer", List.of("dev.ostler.micrometer"),
          "dev.ostler.kv", List.of("dev.ostler.kv"),
          "dev.ostler.kv.server", List.of("dev.ostler.kv.server"),
          "dev.ostler.kv.rocksdb", List.of("dev.ostler.kv.rocksdb"),
          "dev.ostler.shell", List.of("dev.ostler.shell"));

  /** What one module shows to another, and to nobody else. */
  private static final Map<String, List<String>> SHARES =
      Map.of(
          "dev.ostler.observer",
          List.of("dev.ostler.observer.http"),
          "dev.ostler.kv.server",
          List.of("dev.ostler.kv.server.script"),
          "dev.ostler.kv",
          List.of(
              "dev.ostler.kv.bucket",
              "dev.ostler.kv.bytes",
              "dev.ostler.kv.figures",
              "dev.ostler.kv.journal",
              "dev.ostler.kv.portable"));

  private static final Pattern VAGUE =
      Pattern.compile(".*(Utils?|Helpers?|Manager|Impl|Service|Context|Actor|Handler)");

  /** Spelled so that it does not find itself. */
  private static final Pattern UNFINISHED =
      Pattern.compile("\\b(TO" + "DO|FIX" + "ME|XX" + "X)\\b");

  private static final Pattern REFLECTIVE =
      Pattern.compile("forName|newInstance|get(Declared)?(Field|Method|Constructor)s?");

  private static final List<Source> SOURCES = Source.all();
  private static final Path CLASSES = Source.root().resolve("ostler/target/classes");

  @Test
  void reads_the_sources_of_the_library() {
    assertThat(SOURCES).anyMatch(source -> source.file().endsWith("dev/ostler/TidyTest.java"));
    assertThat(SOURCES).anyMatch(source -> !source.isTest() && source.module().equals("ostler"));
  }

  @Nested
  class Modules {

    @Test
    void export_exactly_the_agreed_packages() {
      assertThat(exports(tree -> tree.getModuleNames() == null)).isEqualTo(EXPORTS);
    }

    @Test
    void share_exactly_the_agreed_packages_with_each_other() {
      assertThat(exports(tree -> tree.getModuleNames() != null)).isEqualTo(SHARES);
    }

    private Map<String, List<String>> exports(Predicate<ExportsTree> which) {
      return find(ExportsTree.class, source -> !source.isTest()).stream()
          .filter(found -> which.test(found.tree()))
          .collect(
              groupingBy(
                  found -> ((ModuleTree) found.parent()).getName().toString(),
                  mapping(found -> found.tree().getPackageName().toString(), toList())));
    }

    @Test
    void of_the_library_need_nothing_but_java_base_to_run() {
      var module = ModuleFinder.of(CLASSES).find("dev.ostler").orElseThrow();

      assertThat(module.descriptor().requires())
          .filteredOn(requires -> !requires.modifiers().contains(Requires.Modifier.STATIC))
          .extracting(Requires::name)
          .containsExactly("java.base");
    }
  }

  @Nested
  class The_library {

    private static final JavaClasses TYPES = new ClassFileImporter().importPath(CLASSES);

    /** Save for what writes into recordings of JFR, where there is JFR, in a class of its own. */
    @Test
    void uses_nothing_outside_java_base() {
      Set<String> base = Object.class.getModule().getPackages();

      assertThat(strangers(type -> base.contains(type.getPackageName())))
          .allMatch(use -> use.contains("dev.ostler.JfrObserver") && use.contains("jdk.jfr."));
    }

    /** Save for what the scheduler needs of the JDK, in a class of its own. */
    @Test
    void does_without_reflection() {
      assertThat(strangers(type -> !type.getPackageName().equals("java.lang.reflect")))
          .allMatch(use -> use.contains("dev.ostler.OpenedThreads"));
      assertThat(TYPES.stream().flatMap(type -> type.getMethodCallsFromSelf().stream()))
          .filteredOn(call -> call.getTargetOwner().isEquivalentTo(Class.class))
          .filteredOn(call -> REFLECTIVE.matcher(call.getName()).matches())
          .filteredOn(call -> !call.getOriginOwner().isEquivalentTo(OpenedThreads.class))
          .isEmpty();
    }

    /** The uses of types neither its own, nor annotations for the compiler, nor allowed. */
    private List<String> strangers(Predicate<JavaClass> allowed) {
      var own = Set.of("dev.ostler", "org.jspecify.annotations");
      return TYPES.stream()
          .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
          .filter(use -> !own.contains(target(use).getPackageName()))
          .filter(use -> !target(use).isPrimitive() && !allowed.test(target(use)))
          .map(Dependency::getDescription)
          .toList();
    }

    private JavaClass target(Dependency use) {
      return use.getTargetClass().getBaseComponentType();
    }

    @Test
    void prints_nothing() {
      Predicate<Source> library =
          source ->
              !source.isTest()
                  && !List.of("ostler-kv-server", "ostler-shell").contains(source.module());
      var printed = new ArrayList<String>();
      find(MemberSelectTree.class, library).stream()
          .filter(found -> Set.of("System.out", "System.err").contains(found.tree().toString()))
          .forEach(found -> printed.add(found.place()));
      find(MethodInvocationTree.class, library).stream()
          .filter(found -> called(found.tree()).equals("printStackTrace"))
          .filter(found -> found.tree().getArguments().isEmpty())
          .forEach(found -> printed.add(found.place()));

      assertThat(printed).isEmpty();
    }
  }

  @Nested
  class Names {

    @Test
    void say_what_a_class_is() {
      assertThat(find(ClassTree.class, source -> true))
          .filteredOn(found -> VAGUE.matcher(found.tree().getSimpleName()).matches())
          .extracting(found -> found.place() + " " + found.tree().getSimpleName())
          .isEmpty();
    }
  }

  @Nested
  class Tests {

    @Test
    void never_sleep() {
      var sleeps = new ArrayList<String>();
      find(MethodInvocationTree.class, Source::isTest).stream()
          .filter(found -> called(found.tree()).equals("sleep"))
          .forEach(found -> sleeps.add(found.place()));
      find(MemberReferenceTree.class, Source::isTest).stream()
          .filter(found -> found.tree().getName().contentEquals("sleep"))
          .forEach(found -> sleeps.add(found.place()));

      assertThat(sleeps).isEmpty();
    }
  }

  @Nested
  class Comments {

    @Test
    void leave_nothing_to_be_done() {
      assertThat(SOURCES).filteredOn(source -> UNFINISHED.matcher(source.text()).find()).isEmpty();
    }

    @Test
    void open_every_public_type_with_a_sentence() {
      assertThat(find(ClassTree.class, source -> !source.isTest()))
          .filteredOn(found -> isPublic(found.path()))
          .filteredOn(found -> !opensWithSentence(found))
          .extracting(found -> found.place() + " " + found.tree().getSimpleName())
          .isEmpty();
    }

    private boolean opensWithSentence(Found<?> found) {
      return found
          .source()
          .javadoc(found.path())
          .map(
              comment ->
                  comment.getFirstSentence().stream().map(Object::toString).collect(joining()))
          .orElse("")
          .endsWith(".");
    }

    /** Whether code outside the module can see the type: it is public, and all around it is. */
    private boolean isPublic(TreePath path) {
      if (!(path.getLeaf() instanceof ClassTree type)) {
        return path.getParentPath() == null || isPublic(path.getParentPath());
      }
      boolean inInterface =
          path.getParentPath().getLeaf() instanceof ClassTree outer
              && outer.getKind() == Tree.Kind.INTERFACE;
      return (inInterface || type.getModifiers().getFlags().contains(Modifier.PUBLIC))
          && isPublic(path.getParentPath());
    }
  }

  private static String called(MethodInvocationTree call) {
    return switch (call.getMethodSelect()) {
      case IdentifierTree unqualified -> unqualified.getName().toString();
      case MemberSelectTree qualified -> qualified.getIdentifier().toString();
      default -> "";
    };
  }

  /** A piece of a source file, and the way down to it. */
  private record Found<T extends Tree>(Source source, T tree, TreePath path) {
    Tree parent() {
      return path.getParentPath().getLeaf();
    }

    String place() {
      return source.place(tree);
    }
  }

  private static <T extends Tree> List<Found<T>> find(Class<T> type, Predicate<Source> where) {
    var found = new ArrayList<Found<T>>();
    for (Source source : SOURCES) {
      if (where.test(source)) {
        new TreePathScanner<Void, Void>() {
          @Override
          public Void scan(Tree tree, Void nothing) {
            if (type.isInstance(tree) && getCurrentPath() != null) {
              found.add(new Found<>(source, type.cast(tree), new TreePath(getCurrentPath(), tree)));
            }
            return super.scan(tree, nothing);
          }
        }.scan(new TreePath(source.unit()), null);
      }
    }
    return found;
  }
}

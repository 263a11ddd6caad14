package dev.ostler.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each recipe in examples/recipes prints what the comment at its end says. */
class RecipesTest {
  private static final Path RECIPES = Project.root().resolve("examples/recipes");
  private static final Pattern PRINTS =
      Pattern.compile("/\\* Prints:\n(?<text>.*)\\*/\\s*$", Pattern.DOTALL);

  private static ClassLoader programs = RecipesTest.class.getClassLoader();

  @BeforeAll
  static void compile() throws IOException {
    var texts = new ArrayList<MemoryCompiler.Text>();
    for (String recipe : recipes()) {
      texts.add(new MemoryCompiler.Text(recipe + ".java", text(recipe)));
    }
    try (var compiler = new MemoryCompiler()) {
      programs = compiler.compile(texts);
    }
  }

  static List<String> recipes() throws IOException {
    try (Stream<Path> files = Files.list(RECIPES)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".java"))
          .map(name -> name.replace(".java", ""))
          .sorted()
          .toList();
    }
  }

  private static String text(String recipe) throws IOException {
    return Files.readString(RECIPES.resolve(recipe + ".java"));
  }

  @ParameterizedTest
  @MethodSource("recipes")
  void a_recipe_prints_what_it_says(String recipe) throws Exception {
    var prints = PRINTS.matcher(text(recipe));
    assertThat(prints.find()).isTrue();

    String printed = Printed.by(programs.loadClass(recipe), "main");

    assertThat(Printed.comparable(printed)).isEqualTo(Printed.comparable(prints.group("text")));
  }

  @Test
  void the_list_of_recipes_has_each_of_them() throws IOException {
    String list = Files.readString(RECIPES.resolve("README.md"));
    assertThat(recipes()).isNotEmpty().allSatisfy(each -> assertThat(list).contains(each));
  }
}

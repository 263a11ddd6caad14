package dev.ostler;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.source.doctree.DocCommentTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * One source file of the project, parsed but not compiled, so that rules about the text can be
 * tests.
 */
record Source(String module, boolean isTest, Path file, CompilationUnitTree unit, DocTrees trees) {

  private static final List<String> MODULES =
      List.of(
          "ostler",
          "ostler-junit",
          "ostler-observer",
          "ostler-micrometer",
          "ostler-kv",
          "ostler-kv-rocksdb",
          "ostler-kv-raft",
          "ostler-kv-server",
          "ostler-kv-lua",
          "ostler-shell",
          "tests/outside",
          "tests/browser",
          "tests/clients",
          "tests/fuzz",
          "tests/torture");

  /** Every source file of every module. */
  static List<Source> all() {
    Path root = root();
    var sources = new ArrayList<Source>();
    for (String module : MODULES) {
      sources.addAll(parse(root, module, false));
      sources.addAll(parse(root, module, true));
    }
    return List.copyOf(sources);
  }

  /** The folder of the whole project, from wherever in it the tests run. */
  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException(
            "no folder .mvn here or above: " + Path.of("").toAbsolutePath());
      }
    }
    return folder;
  }

  private static List<Source> parse(Path root, String module, boolean isTest) {
    Path folder = root.resolve(module).resolve(isTest ? "src/test/java" : "src/main/java");
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (Stream<Path> files = Files.walk(folder);
        var manager = compiler.getStandardFileManager(null, null, UTF_8)) {
      List<Path> java = files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
      if (java.isEmpty()) {
        return List.of();
      }
      var units = manager.getJavaFileObjectsFromPaths(java);
      var task = (JavacTask) compiler.getTask(null, manager, null, null, null, units);
      var trees = DocTrees.instance(task);
      var sources = new ArrayList<Source>();
      for (CompilationUnitTree unit : task.parse()) {
        Path file = root.relativize(Path.of(unit.getSourceFile().toUri()));
        sources.add(new Source(module, isTest, file, unit, trees));
      }
      return sources;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String text() {
    try {
      return unit.getSourceFile().getCharContent(true).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The number of the line the tree starts on, without its Javadoc. */
  long firstLine(Tree tree) {
    return unit.getLineMap().getLineNumber(positions().getStartPosition(unit, tree));
  }

  /** How many lines the tree spans, without its Javadoc; none if it is not in the file. */
  long lines(Tree tree) {
    long end = positions().getEndPosition(unit, tree);
    return end < 0 ? 0 : unit.getLineMap().getLineNumber(end) - firstLine(tree) + 1;
  }

  Optional<DocCommentTree> javadoc(TreePath path) {
    return Optional.ofNullable(trees.getDocCommentTree(path));
  }

  /** Where the tree is, as a reader would look for it. */
  String place(Tree tree) {
    return file + ":" + firstLine(tree);
  }

  private SourcePositions positions() {
    return trees.getSourcePositions();
  }

  @Override
  public String toString() {
    return file.toString();
  }
}

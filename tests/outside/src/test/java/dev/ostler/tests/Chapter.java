package dev.ostler.tests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A Markdown document whose blocks of Java are one program; or a source file, with the examples in
 * its Javadoc. Immutable.
 *
 * <p>A block that begins with a comment such as {@code // Counter.java} is a file. The other blocks
 * of Java are statements of one method, in their order. A block {@code output} is what the
 * statements before it print. Each line of the program keeps the number that it has in the
 * document, so that errors and stacks lead there.
 *
 * <p>A document whose name begins with a number continues those of smaller numbers in its folder:
 * it has their files, too, unless it has files with these names itself.
 */
record Chapter(Path file, List<Block> blocks) {
  private static final Pattern FENCE = Pattern.compile("```(?<language>\\w*)");
  private static final String SNIPPET = " * <pre>{@code";
  private static final Pattern FILE_NAME = Pattern.compile("// (?<type>\\w+)\\.java");
  private static final Pattern NUMBERED = Pattern.compile("\\d+-.*\\.md");
  private static final String IMPORTS = "import module java.base; import dev.ostler.*; ";

  /** What ends the output of a block. */
  static final char END_OF_BLOCK = 1;

  /** A block between fences; {@code fence} is the number of the line with the first one. */
  record Block(String language, int fence, List<String> lines) {
    boolean isFile() {
      return language.equals("java") && FILE_NAME.matcher(lines.getFirst()).matches();
    }

    boolean isStatements() {
      return language.equals("java") && !isFile();
    }

    boolean isOutput() {
      return language.equals("output");
    }

    String text() {
      return lines.stream().map(line -> line + "\n").collect(Collectors.joining());
    }
  }

  static Chapter read(Path file) throws IOException {
    List<String> lines = Files.readAllLines(file);
    return new Chapter(file, file.toString().endsWith(".java") ? inJavadoc(lines) : fenced(lines));
  }

  private static List<Block> fenced(List<String> lines) {
    var blocks = new ArrayList<Block>();
    for (int at = 0; at < lines.size(); at++) {
      var fence = FENCE.matcher(lines.get(at));
      if (fence.matches()) {
        int end = at + 1 + lines.subList(at + 1, lines.size()).indexOf("```");
        blocks.add(new Block(fence.group("language"), at + 1, lines.subList(at + 1, end)));
        at = end;
      }
    }
    return List.copyOf(blocks);
  }

  private static List<Block> inJavadoc(List<String> lines) {
    var blocks = new ArrayList<Block>();
    for (int at = 0; at < lines.size(); at++) {
      if (lines.get(at).endsWith(SNIPPET)) {
        int end = at + 1 + lines.subList(at + 1, lines.size()).indexOf(" * }</pre>");
        List<String> code =
            lines.subList(at + 1, end).stream()
                .map(line -> line.replaceFirst(" \\* ?", ""))
                .toList();
        blocks.add(new Block("java", at + 1, code));
        at = end;
      }
    }
    return List.copyOf(blocks);
  }

  boolean hasJava() {
    return blocks.stream().anyMatch(block -> block.language().equals("java"));
  }

  /** The texts to compile: one for each file, and a class {@code Statements}. */
  List<MemoryCompiler.Text> sources() throws IOException {
    var sources = new TreeMap<String, MemoryCompiler.Text>();
    for (Chapter each : earlier()) {
      each.addFiles(sources);
    }
    addFiles(sources);
    sources.put("", text(statements()));
    return List.copyOf(sources.values());
  }

  private List<Chapter> earlier() throws IOException {
    var earlier = new ArrayList<Chapter>();
    String name = file.getFileName().toString();
    if (NUMBERED.matcher(name).matches()) {
      try (Stream<Path> others = Files.list(file.getParent())) {
        for (Path other : others.sorted().toList()) {
          String itsName = other.getFileName().toString();
          if (NUMBERED.matcher(itsName).matches() && itsName.compareTo(name) < 0) {
            earlier.add(read(other));
          }
        }
      }
    }
    return earlier;
  }

  private void addFiles(Map<String, MemoryCompiler.Text> sources) {
    for (Block block : blocks) {
      if (block.isFile()) {
        sources.put(block.lines().getFirst(), text(file(block)));
      }
    }
  }

  private MemoryCompiler.Text text(String text) {
    return new MemoryCompiler.Text(file.getFileName().toString(), text);
  }

  /** The types of files that are tests for JUnit. */
  List<String> tests() {
    return blocks.stream()
        .filter(Block::isFile)
        .map(block -> block.lines().getFirst().replaceAll("\\W|java$", ""))
        .filter(type -> type.endsWith("Test"))
        .toList();
  }

  private static String file(Block block) {
    return "\n".repeat(block.fence() - 1) + IMPORTS + "\n" + block.text();
  }

  private String statements() {
    Predicate<String> isImport = line -> line.startsWith("import ");
    var code = new StringBuilder(IMPORTS);
    blocks.stream()
        .filter(Block::isStatements)
        .flatMap(block -> block.lines().stream().filter(isImport))
        .forEach(code::append);
    code.append("class Statements { static void run() throws Exception {\n");
    int line = 2;
    for (Block block : blocks) {
      if (block.isStatements()) {
        code.append("\n".repeat(block.fence() + 1 - line));
        block.lines().forEach(each -> code.append(isImport.test(each) ? "" : each).append('\n'));
        code.append("IO.print((char) ").append((int) END_OF_BLOCK).append(");\n");
        line = block.fence() + block.lines().size() + 2;
      }
    }
    return code.append("}}\n").toString();
  }
}

package dev.ostler.tests;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where the project is that the tests belong to. Any thread. */
final class Project {
  private Project() {}

  /** Its root: the folder with Maven's own. */
  static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}

package dev.ostler.shell;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where the shell keeps files of this user. */
final class StateFolder {
  private StateFolder() {}

  /** {@code ~/.local/state/ostler}, or below {@code XDG_STATE_HOME}. It may not be there. */
  static Path of() {
    @Nullable String state = System.getenv("XDG_STATE_HOME");
    Path folder =
        state == null || state.isEmpty()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return folder.resolve("ostler");
  }
}

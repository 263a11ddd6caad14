package dev.ostler.kv.server.access;

import dev.ostler.kv.bytes.Bytes;
import dev.ostler.kv.server.args.CommandError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The file of users, with one user on each line: {@code user NAME RULE ...}. Any thread that may
 * block can use it.
 *
 * <p>A file is read as a whole, or not at all.
 */
public final class AclFile {
  private static final String NONE =
      "ERR This Redis instance is not configured to use an ACL file. You may want to specify users"
          + " via the ACL SETUSER command and then issue a CONFIG REWRITE (assuming you have a"
          + " Redis configuration file set) in order to store users in the Redis configuration.";

  private final @Nullable Path path;

  /** Uses the file at this path; null if the server has none. */
  public AclFile(@Nullable Path path) {
    this.path = path;
  }

  private Path path() {
    if (path == null) {
      throw new CommandError(NONE);
    }
    return path;
  }

  /**
   * Reads the users of a file.
   *
   * @throws IllegalArgumentException if it cannot be read, or has an invalid line; the message says
   *     where
   */
  public static Map<String, Rights> read(Path file, GuardedCommand.Table commands) {
    var users = new LinkedHashMap<String, Rights>();
    try {
      int number = 0;
      for (String line : Files.readAllLines(file, StandardCharsets.ISO_8859_1)) {
        number++;
        add(file + ":" + number, line.strip(), commands, users);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read the file of users " + file, e);
    }
    return users;
  }

  private static void add(
      String place, String line, GuardedCommand.Table commands, Map<String, Rights> users) {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    List<String> words = List.of(line.split("\\s+"));
    if (!words.getFirst().equals("user") || words.size() < 2) {
      throw new IllegalArgumentException(
          place + ": expected user NAME RULE ..., and found " + words.getFirst());
    }
    var rules = new RightsRules(commands, Rights.none(false), false);
    try {
      words.subList(2, words.size()).forEach(rules::add);
    } catch (CommandError e) {
      throw new IllegalArgumentException(place + ": " + e.text().replaceFirst("^ERR ", ""), e);
    }
    if (users.put(words.get(1), rules.rights()) != null) {
      throw new IllegalArgumentException(place + ": the user " + words.get(1) + " is there twice");
    }
  }

  /**
   * Reads the file again.
   *
   * @throws CommandError if there is no such file, or it cannot be read
   */
  public Map<String, Rights> load(GuardedCommand.Table commands) {
    try {
      return read(path(), commands);
    } catch (IllegalArgumentException e) {
      throw new CommandError("ERR " + Bytes.of(String.valueOf(e.getMessage())));
    }
  }

  /**
   * Replaces the file with the current users.
   *
   * @throws CommandError if there is no such file, or it cannot be written
   */
  public void save(Access access) {
    Path file = path();
    var text = new StringBuilder();
    access.accounts().forEach(account -> text.append(account.line()).append('\n'));
    try {
      Path beside = Path.of(file + ".new");
      Files.deleteIfExists(beside);
      Files.createFile(
          beside,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(beside, text, StandardCharsets.ISO_8859_1);
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new CommandError("ERR There was an error trying to save the ACLs: " + e.getMessage());
    }
  }
}

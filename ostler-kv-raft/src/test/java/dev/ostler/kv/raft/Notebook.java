package dev.ostler.kv.raft;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A replica that writes each command down as a line, and one that is there already not again: a
 * client that was not told whether its command is done sends it once more. A notebook outlives its
 * node as a disk would.
 */
final class Notebook implements Replica, ReplicatedLog.Listener {
  private final List<String> lines = new ArrayList<>();
  private final List<Long> indexes = new ArrayList<>(); // of apply, as they came
  private long applied;
  private int installed;
  private @Nullable Leadership leadership;
  private Optional<String> leader = Optional.empty();
  private @Nullable Throwable failure;
  private final Object changes;

  /**
   * An empty one.
   *
   * @param changes is notified, too, when the node leads or follows
   */
  Notebook(Object changes) {
    this.changes = changes;
  }

  @Override
  public synchronized long applied() {
    return applied;
  }

  @Override
  public synchronized void apply(long index, List<ByteBuffer> commands) throws IOException {
    for (ByteBuffer command : commands) {
      String line = UTF_8.decode(command).toString();
      if (line.equals("unwritable")) {
        throw new IOException("cannot write this down");
      }
      if (!lines.contains(line)) {
        lines.add(line);
      }
    }
    indexes.add(index);
    applied = index;
    notifyAll();
  }

  @Override
  public synchronized void snapshot(Path directory) throws IOException {
    Files.writeString(directory.resolve("applied"), String.valueOf(applied));
    Files.write(directory.resolve("lines"), lines);
  }

  @Override
  public synchronized void install(Path directory) throws IOException {
    lines.clear();
    lines.addAll(Files.readAllLines(directory.resolve("lines")));
    applied = Long.parseLong(Files.readString(directory.resolve("applied")));
    installed++;
    notifyAll();
  }

  @Override
  public void leads(Leadership now) {
    change(now, Optional.empty());
  }

  @Override
  public void follows(Optional<String> now) {
    change(null, now);
  }

  private void change(@Nullable Leadership nowLeads, Optional<String> nowFollows) {
    synchronized (this) {
      leadership = nowLeads;
      leader = nowFollows;
      notifyAll();
    }
    synchronized (changes) {
      changes.notifyAll();
    }
  }

  @Override
  public synchronized void failed(Throwable why) {
    failure = why;
    notifyAll();
  }

  // --- For tests

  /** Waits until all that was told so far has made this true. */
  synchronized Notebook await(Predicate<Notebook> expected) throws InterruptedException {
    while (!expected.test(this)) {
      wait();
    }
    return this;
  }

  synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  synchronized List<Long> indexes() {
    return List.copyOf(indexes);
  }

  synchronized int installed() {
    return installed;
  }

  synchronized @Nullable Leadership leadership() {
    return leadership;
  }

  synchronized Optional<String> leader() {
    return leader;
  }

  synchronized @Nullable Throwable failure() {
    return failure;
  }

  @Override
  public void removed() {}

  @Override
  public void notice(String line) {}
}

package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import dev.ostler.kv.BucketStore.Head;
import dev.ostler.kv.BucketStore.Kind;
import dev.ostler.kv.Change;
import dev.ostler.kv.Limits;
import dev.ostler.kv.Sync;
import dev.ostler.kv.journal.ForwardingStore;
import dev.ostler.kv.journal.Journal;
import dev.ostler.kv.journal.MemoryStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The changes of a bucket come to the engine in their order, however they are appended. */
class PendingWritesTest {
  private static final Head HEAD = new Head(Kind.HASH, false, 0, 0);

  private final List<Change> kept = new ArrayList<>(); // of which only the engine's thread adds
  private final Journal journal =
      new Journal(
          new ForwardingStore(new MemoryStore()) {
            @Override
            public void append(List<Write> group) throws java.io.IOException {
              group.forEach(each -> kept.add(each.change()));
              super.append(group);
            }
          },
          Sync.EVERYSEC,
          (why, doubtful) -> {});
  private final PendingWrites pending = new PendingWrites("b", Environment.of(Limits.DEFAULT));
  private long seq;

  @BeforeEach
  void isThere() {
    pending.begin(HEAD);
  }

  @AfterEach
  void close() throws IOException {
    journal.close();
  }

  private void put(String value) {
    pending.add(++seq, new Change.Put("k", value), "", HEAD);
  }

  private void putAlone(String value) {
    put(value);
    var _ = pending.appendTo(journal);
  }

  private List<Change> kept() throws IOException {
    journal.close(); // and so what it has appended can be seen
    return kept;
  }

  @Test
  void those_that_are_appended_with_others_come_before_the_next() throws IOException {
    putAlone("1");
    put("2");
    var _ = journal.append(List.copyOf(pending.writes()));
    pending.appended();
    putAlone("3");

    assertThat(kept()).endsWith(new Change.Put("k", "3"));
  }

  @Test
  void those_that_are_appended_together_come_before_the_next() throws IOException {
    putAlone("1");
    put("2");
    pending.add(++seq, new Change.Put("l", "2"), "", HEAD);
    var _ = pending.appendTo(journal);
    putAlone("3");

    assertThat(kept()).endsWith(new Change.Put("k", "3"));
  }
}

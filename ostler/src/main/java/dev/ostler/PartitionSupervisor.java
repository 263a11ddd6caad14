package dev.ostler;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Several of the same process, so that one is not the bottleneck: a key always leads to the same
 * one.
 *
 * <p>Any thread may use it. A restarted partition is found again under its keys. After {@code
 * PartitionSupervisor} of Elixir.
 *
 * @param <T> what is held of a partition, such as a {@link ServerRef}
 */
public final class PartitionSupervisor<T> {
  private final Supervisor supervisor;
  private final AtomicReferenceArray<@Nullable T> partitions;

  // Under this object's lock when written.
  private volatile int active;

  private PartitionSupervisor(Supervisor supervisor, AtomicReferenceArray<@Nullable T> partitions) {
    this.supervisor = supervisor;
    this.partitions = partitions;
    this.active = partitions.length();
  }

  /** A supervisor to be started, with as many partitions as there are processors. */
  public static <T> Spec<T> of(Child<T> partition) {
    Objects.requireNonNull(partition, "partition");
    return of(index -> partition);
  }

  /** As {@link #of(Child)}, with a child of its own for each partition, numbered from 0. */
  public static <T> Spec<T> of(IntFunction<? extends Child<T>> partition) {
    return new Spec<>(
        Objects.requireNonNull(partition, "partition"),
        Runtime.getRuntime().availableProcessors(),
        Supervisor.of(Strategy.ONE_FOR_ONE).label("partition supervisor"));
  }

  /**
   * How the partitions are to be run. An immutable value.
   *
   * @param <T> what is held of a partition
   */
  public static final class Spec<T> implements Child<PartitionSupervisor<T>> {
    private final IntFunction<? extends Child<T>> partition;
    private final int count;
    private final Supervisor.Spec supervisor;

    private Spec(IntFunction<? extends Child<T>> partition, int count, Supervisor.Spec supervisor) {
      this.partition = partition;
      this.count = count;
      this.supervisor = supervisor;
    }

    /**
     * So many partitions.
     *
     * @param partitions at least 1
     */
    public Spec<T> partitions(int partitions) {
      if (partitions < 1) {
        throw new IllegalArgumentException(
            "a partition supervisor needs at least 1 partition, not " + partitions);
      }
      return new Spec<>(partition, partitions, supervisor);
    }

    /** As {@link Supervisor.Spec#intensity}. */
    public Spec<T> intensity(int restarts, java.time.Duration within) {
      return new Spec<>(partition, count, supervisor.intensity(restarts, within));
    }

    /** What its own supervisor calls it; by default generated. */
    public Spec<T> id(Object id) {
      return new Spec<>(partition, count, supervisor.id(id));
    }

    /** The supervisor's name, until it ends. */
    public Spec<T> named(Name<Supervisor> name) {
      return new Spec<>(partition, count, supervisor.named(name));
    }

    @Override
    public ChildSpec<PartitionSupervisor<T>> spec() {
      ChildSpec<Supervisor> outer = supervisor.spec();
      return new ChildSpec<>(
          outer.id(),
          Starter.of(linked -> linked ? startLink() : start(), PartitionSupervisor::pid),
          outer.restart(),
          outer.shutdown(),
          outer.kind(),
          outer.significant(),
          outer.backoff());
    }

    @Override
    public PartitionSupervisor<T> start() {
      var table = new AtomicReferenceArray<@Nullable T>(count);
      return shown(children(table).start(), table);
    }

    @Override
    public PartitionSupervisor<T> startLink() {
      var table = new AtomicReferenceArray<@Nullable T>(count);
      return shown(children(table).startLink(), table);
    }

    /** What its process shows to all threads, from before its first partition starts. */
    @SuppressWarnings("unchecked")
    private static <T> PartitionSupervisor<T> shown(
        Supervisor supervisor, AtomicReferenceArray<@Nullable T> table) {
      Aux aux = ((Proc) supervisor.pid()).aux();
      Object exposed = aux.exposed;
      if (exposed == null) {
        exposed = new PartitionSupervisor<>(supervisor, table);
        aux.exposed = exposed;
      }
      return (PartitionSupervisor<T>) exposed;
    }

    /** Each partition enters itself into the table whenever it is started. */
    private Supervisor.Spec children(AtomicReferenceArray<@Nullable T> table) {
      Supervisor.Spec all = supervisor;
      for (int i = 0; i < count; i++) {
        int index = i;
        ChildSpec<T> inner = partition.apply(i).spec();
        all =
            all.child(
                new ChildSpec<>(
                    index,
                    () -> {
                      var _ = shown(Supervisor.current(), table);
                      ChildSpec.Started<T> started = inner.run();
                      table.set(index, started.handle());
                      return started;
                    },
                    inner.restart(),
                    inner.shutdown(),
                    inner.kind(),
                    inner.significant(),
                    inner.backoff()));
      }
      return all;
    }
  }

  /**
   * The partitions of the supervisor that has this name.
   *
   * @throws NoProcessException if no process has it, or the one that has it has no partitions
   */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  public static <T> PartitionSupervisor<T> at(Name<Supervisor> name) {
    Aux aux = ((Proc) name.pid()).peekAux();
    if (aux != null && aux.exposed instanceof PartitionSupervisor<?> found) {
      return (PartitionSupervisor<T>) found;
    }
    throw new NoProcessException(name + " is no partition supervisor");
  }

  /** The supervisor's process. */
  public Pid pid() {
    return supervisor.pid();
  }

  /** How many partitions keys lead to. */
  public int partitions() {
    mustLive();
    return active;
  }

  private void mustLive() {
    if (!pid().isAlive()) {
      throw new NoProcessException("the partition supervisor " + pid() + " has ended");
    }
  }

  /**
   * The partition a key leads to: an integer by its remainder, anything else by its hash.
   *
   * @throws NoProcessException if the supervisor has ended, or the partition chose not to start
   * @throws IllegalStateException if it has zero partitions
   */
  public T partition(Object key) {
    mustLive();
    int count = active;
    if (count == 0) {
      throw new IllegalStateException("the partition supervisor " + pid() + " has zero partitions");
    }
    return running(index(key, count));
  }

  private T running(int index) {
    T partition = partitions.get(index);
    if (partition == null) {
      throw new NoProcessException(
          "partition " + index + " of the supervisor " + pid() + " chose not to start");
    }
    return partition;
  }

  private static int index(Object key, int count) {
    return switch (key) {
      case Integer number -> (int) (Math.abs((long) number) % count);
      case Long number -> (int) Math.abs(number % count);
      default -> {
        int hash = key.hashCode();
        yield Math.floorMod(hash ^ (hash >>> 16), count);
      }
    };
  }

  /** All partitions that keys lead to, in order. */
  public List<T> all() {
    mustLive();
    var all = new ArrayList<T>();
    for (int i = 0; i < active; i++) {
      all.add(running(i));
    }
    return all;
  }

  /** As {@link Supervisor#children}: the ids are the numbers of the partitions. */
  public List<Supervisor.ChildInfo> children() {
    return supervisor.children();
  }

  /** As {@link Supervisor#count}. */
  public Supervisor.Count count() {
    return supervisor.count();
  }

  /**
   * Changes to how many partitions keys lead to. Fewer: keys lead elsewhere first, then the others
   * are stopped; more: they are started first.
   *
   * @param count from 0 to the number it was started with
   * @return how many there were
   * @throws StartException if a partition does not start: keys lead where they led before
   */
  public synchronized int resize(int count) {
    if (count < 0 || count > partitions.length()) {
      throw new IllegalArgumentException(
          "the number of partitions must be between 0 and "
              + partitions.length()
              + ", got: "
              + count);
    }
    mustLive();
    int before = active;
    for (int i = before; i < count; i++) {
      restart(i);
    }
    active = count;
    for (int i = count; i < before; i++) {
      supervisor.terminateChild(i);
    }
    return before;
  }

  private void restart(int index) {
    try {
      supervisor.restartChild(index);
    } catch (ChildException.Running | ChildException.Restarting left) {
      return; // by a resize that failed at a later partition
    }
  }

  /** Stops the partitions, and itself. */
  public void stop() {
    supervisor.stop();
  }

  @Override
  public String toString() {
    return "PartitionSupervisor[" + supervisor + "]";
  }
}

package dev.ostler.kv.raft;

import dev.ostler.kv.BucketStore;
import dev.ostler.kv.Cluster;
import dev.ostler.kv.KvConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A {@link KvNode} whose endpoints know the other nodes. Any thread may use it. */
final class RaftCluster implements Cluster, KvNode.Offer {
  private final String name;
  private final List<Member> members;
  private final Host host;
  private volatile @Nullable KvNode node; // null until its log is about to open

  RaftCluster(String name, List<Member> members, Host host) {
    this.name = name;
    this.members = List.copyOf(members);
    this.host = host;
  }

  void open(RaftConfig config, Path directory, BucketStore.Engine engine) throws IOException {
    var _ = KvNode.open(config, directory, engine, this, made -> node = made);
  }

  private KvNode node() {
    return Objects.requireNonNull(node, "the node is open");
  }

  private Optional<Member> member(String wanted) {
    return members.stream().filter(each -> each.name().equals(wanted)).findAny();
  }

  // --- What the node asks

  @Override
  public KvConfig leading(KvConfig store) {
    return host.leading(this, store);
  }

  @Override
  public Optional<KvConfig> following() {
    return Optional.of(host.following(this, KvConfig.inMemory()));
  }

  @Override
  public void leaderIs(Optional<String> leader) {
    host.leaderIs(leader.flatMap(this::member));
  }

  // --- What endpoints ask

  @Override
  public List<Member> members() {
    return members;
  }

  @Override
  public Member self() {
    return member(name).orElseThrow();
  }

  @Override
  public Optional<Member> leader() {
    KvNode now = node;
    return now == null ? Optional.empty() : now.leader().flatMap(this::member);
  }

  @Override
  public long term() {
    KvNode now = node;
    return now == null ? 0 : now.progress().term();
  }

  @Override
  public long applied() {
    KvNode now = node;
    return now == null ? 0 : Math.max(0, now.progress().applied());
  }

  @Override
  public long size() {
    KvNode now = node;
    return now == null ? 0 : now.size();
  }

  @Override
  public List<Follower> followers() {
    KvNode now = node;
    return now == null
        ? List.of()
        : now.progress().followers().stream()
            .flatMap(
                each ->
                    member(each.name()).stream()
                        .map(known -> new Follower(known, each.index(), each.silentMillis())))
            .toList();
  }

  @Override
  public CompletableFuture<Void> ended() {
    return node().ended();
  }

  @Override
  public void close() throws IOException {
    node().close();
  }
}

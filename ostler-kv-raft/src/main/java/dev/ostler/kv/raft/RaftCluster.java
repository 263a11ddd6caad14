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
  private final Member self;
  private final List<Member> first; // as the node was told
  private final boolean encrypted;
  private final Host host;
  private volatile @Nullable KvNode node; // null until its log is about to open

  RaftCluster(String name, List<Member> members, boolean encrypted, Host host) {
    this.encrypted = encrypted;
    this.first = List.copyOf(members);
    this.self = first.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
    this.host = host;
  }

  void open(RaftConfig config, Path directory, BucketStore.Engine engine) throws IOException {
    var _ = KvNode.open(config, directory, engine, this, made -> node = made);
  }

  private KvNode node() {
    return Objects.requireNonNull(node, "the node is open");
  }

  private Optional<Member> member(String wanted) {
    return members().stream().filter(each -> each.name().equals(wanted)).findAny();
  }

  private Member known(RaftConfig.Member member) {
    int port = member.clientPort() > 0 ? member.clientPort() : toldPort(member.name());
    return new Member(member.name(), member.host(), port, member.port());
  }

  /** The port for clients, of a node that the log knows without. */
  private int toldPort(String name) {
    return first.stream()
        .filter(each -> each.name().equals(name))
        .map(Member::port)
        .findAny()
        .orElse(0);
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
    host.leaderIs(leader.flatMap(this::member), term());
  }

  @Override
  public void notice(String line) {
    host.notice(line);
  }

  // --- What endpoints ask

  @Override
  public List<Member> members() {
    KvNode now = node;
    return now == null ? first : now.members().stream().map(this::known).toList();
  }

  @Override
  public Member self() {
    return member(self.name()).orElse(self);
  }

  @Override
  public boolean isEncrypted() {
    return encrypted;
  }

  @Override
  public Optional<Member> leader() {
    KvNode now = node;
    return now == null ? Optional.empty() : now.leader().flatMap(this::member);
  }

  @Override
  public long term() {
    return progress().term();
  }

  @Override
  public long applied() {
    return Math.max(0, progress().applied());
  }

  @Override
  public long committed() {
    return Math.max(0, progress().committed());
  }

  @Override
  public long elections() {
    return progress().elections();
  }

  @Override
  public long size() {
    KvNode now = node;
    return now == null ? 0 : now.size();
  }

  @Override
  public List<Follower> followers() {
    return progress().followers().stream()
        .flatMap(
            each ->
                member(each.name()).stream()
                    .map(
                        known ->
                            new Follower(
                                known, each.index(), each.silentMillis(), each.behindBytes())))
        .toList();
  }

  private ReplicatedLog.Progress progress() {
    KvNode now = node;
    return now == null ? ReplicatedLog.Progress.NONE : now.progress();
  }

  // --- Operations

  @Override
  public CompletableFuture<Void> add(Member member) {
    return node().add(RaftEngine.member(member));
  }

  @Override
  public CompletableFuture<Void> remove(Member member) {
    return node().remove(member.name());
  }

  @Override
  public CompletableFuture<Void> transfer(Member to) {
    return node().transfer(to.name());
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    return node().snapshot();
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

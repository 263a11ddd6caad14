package dev.ostler.kv.server;

import dev.ostler.kv.Cluster;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A node that says what a test wants, and notes what it is told to do. A test's thread uses it. */
final class FakeNode implements Cluster {
  static final Member N1 = new Member("n1", "127.0.0.1", 7001, 17001);
  static final Member N2 = new Member("n2", "127.0.0.1", 7002, 17002);
  static final Member N3 = new Member("n3", "127.0.0.1", 7003, 17003);

  final List<String> done = new ArrayList<>();
  volatile List<Member> members = List.of(N1, N2, N3);
  volatile Optional<Member> leader = Optional.of(N1);
  volatile long committed = 100;
  volatile List<Follower> followers = List.of(follower(N2, 100, 20), follower(N3, 90, 30));
  volatile Optional<Throwable> failure = Optional.empty(); // of what it is told to do

  static Follower follower(Member member, long index, long silentMillis) {
    return new Follower(member, index, silentMillis, 1000 * (100 - index));
  }

  private <R> CompletableFuture<R> note(String what, R result) {
    done.add(what);
    return failure
        .<CompletableFuture<R>>map(CompletableFuture::failedFuture)
        .orElseGet(() -> CompletableFuture.completedFuture(result));
  }

  @Override
  public List<Member> members() {
    return members;
  }

  @Override
  public Member self() {
    return N1;
  }

  @Override
  public boolean isEncrypted() {
    return false;
  }

  @Override
  public Optional<Member> leader() {
    return leader;
  }

  @Override
  public long term() {
    return 4;
  }

  @Override
  public long applied() {
    return 100;
  }

  @Override
  public long committed() {
    return committed;
  }

  @Override
  public long elections() {
    return 2;
  }

  @Override
  public long size() {
    return 0;
  }

  @Override
  public List<Follower> followers() {
    return followers;
  }

  @Override
  public CompletableFuture<Void> add(Member member) {
    return note("add " + member.name() + " at " + member.address(), null);
  }

  @Override
  public CompletableFuture<Void> remove(Member member) {
    return note("remove " + member.name(), null);
  }

  @Override
  public CompletableFuture<Void> transfer(Member to) {
    return note("transfer to " + to.name(), null);
  }

  @Override
  public CompletableFuture<Long> snapshot() {
    return note("snapshot", 99L);
  }

  @Override
  public CompletableFuture<Void> ended() {
    return new CompletableFuture<>();
  }

  @Override
  public void close() {}
}

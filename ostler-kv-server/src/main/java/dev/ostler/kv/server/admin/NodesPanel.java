package dev.ostler.kv.server.admin;

import dev.ostler.kv.Cluster;
import dev.ostler.kv.Cluster.Follower;
import dev.ostler.kv.Cluster.Member;
import dev.ostler.observer.Panel;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The nodes of a store on several, as the node knows them: the one that leads knows how far the
 * others are. Any thread may ask.
 */
final class NodesPanel implements Panel {
  /** No value, in a cell. */
  private static final String NONE = "";

  private final Cluster node;

  NodesPanel(Cluster node) {
    this.node = node;
  }

  @Override
  public String name() {
    return "nodes";
  }

  @Override
  public List<Column> columns() {
    return List.of(
        new Column("name", "Node", Type.TEXT, true),
        new Column("address", "Address", Type.TEXT, true),
        new Column("role", "Role", Type.TEXT, true),
        new Column("term", "Term", Type.NUMBER, false),
        new Column("entry", "Last entry", Type.NUMBER, false),
        new Column("behind", "To catch up", Type.BYTES, false),
        new Column("silent", "Answered before", Type.SECONDS, false));
  }

  @Override
  public Page page(Query query) {
    Optional<Member> leader = node.leader();
    List<Follower> followers = node.followers();
    var rows = new ArrayList<List<Object>>();
    for (Member member : node.members()) {
      List<Object> row = row(member, leader, followers);
      String text = query.text().toLowerCase(Locale.ROOT);
      if (row.toString().toLowerCase(Locale.ROOT).contains(text)) {
        rows.add(row);
      }
    }
    int column =
        switch (query.sort()) {
          case "address" -> 1;
          case "role" -> 2;
          default -> 0;
        };
    Comparator<List<Object>> order = Comparator.comparing(row -> row.get(column).toString());
    rows.sort(query.descending() ? order.reversed() : order);
    int from = Math.min(query.offset(), rows.size());
    return new Page(
        rows.size(), List.copyOf(rows.subList(from, Math.min(from + query.limit(), rows.size()))));
  }

  private List<Object> row(Member member, Optional<Member> leader, List<Follower> followers) {
    boolean leads = leader.filter(member::equals).isPresent();
    boolean isSelf = member.name().equals(node.self().name());
    Optional<Follower> known =
        followers.stream().filter(each -> each.member().equals(member)).findAny();
    return List.of(
        member.name(),
        member.address(),
        leads ? "leads" : leader.isPresent() ? "follows" : "?",
        isSelf ? node.term() : NONE,
        isSelf ? node.applied() : known.<Object>map(Follower::index).orElse(NONE),
        isSelf && leads ? 0L : known.<Object>map(Follower::behindBytes).orElse(NONE),
        known.<Object>map(each -> each.silentMillis() / 1000.0).orElse(NONE));
  }
}

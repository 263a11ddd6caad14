package dev.ostler.kv.server.cli;

import dev.ostler.kv.Cluster;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Asks the nodes of a store on several, of which one is given. Used by one thread. */
final class ClusterNodes {
  /** A node that names another leader, which names another one, and so on. */
  private static final int MOST_MOVES = 5;

  private final RemoteOptions options;
  private final Set<Place> places = new LinkedHashSet<>(); // of all nodes that were heard of

  private record Place(String host, int port) {
    static Place of(String address) throws IOException {
      int colon = address.lastIndexOf(':');
      try {
        return new Place(
            address.substring(0, Math.max(0, colon)).replace("[", "").replace("]", ""),
            Integer.parseInt(address.substring(colon + 1)));
      } catch (NumberFormatException e) {
        throw new IOException("expected HOST:PORT of a node, and found '" + address + "'", e);
      }
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  /**
   * What a node knows of one.
   *
   * @param behindBytes negative if that is not known; so is the next one
   */
  record Known(String name, String address, String role, long behindBytes, long silentMillis) {
    boolean isSilent() {
      return silentMillis > Cluster.SILENT_MILLIS;
    }

    String reached() {
      return silentMillis < 0
          ? "?"
          : isSilent() ? "not since " + silentMillis / 1000 + " s" : "yes";
    }
  }

  /**
   * What a node knows of all.
   *
   * @param node the one that was asked
   * @param leader empty if it knows none
   * @param serves whether the one that was asked leads, and has opened the store
   */
  record Status(
      String node, String leader, boolean serves, long term, int majority, List<Known> members) {
    Optional<Known> member(String name) {
      return members.stream().filter(each -> each.name().equals(name)).findAny();
    }
  }

  ClusterNodes(RemoteOptions options) {
    this.options = options;
    places.add(new Place(options.host(), options.port()));
  }

  // --- One node

  private RemoteServer connect(Place place) throws IOException {
    try {
      return options.connect(place.host, place.port);
    } catch (IOException e) {
      throw new IOException("the node at %s: %s".formatted(place, e.getMessage()), e);
    }
  }

  private String ask(Place place, String... words) throws IOException {
    try (RemoteServer server = connect(place)) {
      return server.ask(words);
    }
  }

  private Status status(Place place) throws IOException {
    String text = ask(place, "KV.CLUSTER", "STATUS");
    var lines = new HashMap<String, String>();
    text.lines()
        .map(line -> line.split(":", 2))
        .filter(line -> line.length == 2)
        .forEach(line -> lines.put(line[0], line[1]));
    var members = new ArrayList<Known>();
    try {
      for (int i = 0; lines.containsKey("member" + i); i++) {
        Map<String, String> fields = fields(lines.getOrDefault("member" + i, ""));
        members.add(
            new Known(
                fields.getOrDefault("name", "?"),
                fields.getOrDefault("address", "?"),
                fields.getOrDefault("role", "?"),
                Long.parseLong(fields.getOrDefault("behind_bytes", "-1")),
                Long.parseLong(fields.getOrDefault("silent_ms", "-1"))));
      }
      for (Known each : members) {
        places.add(Place.of(each.address));
      }
      return new Status(
          lines.getOrDefault("node", "?"),
          lines.getOrDefault("leader", ""),
          lines.getOrDefault("serves", "0").equals("1"),
          Long.parseLong(lines.getOrDefault("term", "0")),
          Integer.parseInt(lines.getOrDefault("majority", "0")),
          members);
    } catch (NumberFormatException e) {
      throw new IOException(
          "expected the status of a node from %s, and found %s".formatted(place, text), e);
    }
  }

  private static Map<String, String> fields(String line) {
    var fields = new HashMap<String, String>();
    for (String field : line.split(",", -1)) {
      String[] parts = field.split("=", 2);
      fields.put(parts[0], parts.length == 2 ? parts[1] : "");
    }
    return fields;
  }

  /** Asks the node that the options name. */
  String askGiven(String... words) throws IOException {
    return ask(new Place(options.host(), options.port()), words);
  }

  // --- The one that leads

  /** What the leader knows, or if it is not reached, the node that was given. */
  Status status() throws IOException {
    Status given = status(places.iterator().next());
    Optional<Known> leader = given.member(given.leader);
    if (leader.isPresent() && !given.leader.equals(given.node)) {
      try {
        return status(Place.of(leader.get().address));
      } catch (IOException e) {
        // Then there is what the other one knows.
      }
    }
    return given;
  }

  /** The name of the node that leads, as the given one knows; empty if it knows none. */
  String leader() throws IOException {
    return status(places.iterator().next()).leader;
  }

  /** The node that leads and serves clients, among all that were heard of. */
  Optional<String> anyLeader() {
    for (Place place : List.copyOf(places)) {
      try {
        Status status = status(place);
        if (status.serves && status.leader.equals(status.node)) {
          return Optional.of(status.node);
        }
      } catch (IOException e) {
        // It may be about to open its store; another one may know more.
      }
    }
    return Optional.empty();
  }

  /** Asks the node that leads. */
  String askLeader(String... words) throws IOException {
    Place place = places.iterator().next();
    for (int i = 0; i < MOST_MOVES; i++) {
      try {
        return ask(place, words);
      } catch (RemoteServer.Refused e) {
        String[] moved = e.words().split(" ", -1);
        if (moved.length != 3 || !moved[0].equals("MOVED")) {
          throw e;
        }
        place = Place.of(moved[2]);
        places.add(place);
      }
    }
    throw new IOException("the nodes do not agree on who leads: try again");
  }
}

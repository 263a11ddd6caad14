package dev.ostler.kv;

import java.lang.management.ManagementFactory;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;

/** The living objects of this JVM by class, as {@code jcmd GC.class_histogram} counts them. */
final class Histogram {
  private static final Pattern LINE =
      Pattern.compile("\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+).*", Pattern.MULTILINE);

  /** So many objects of a class, and their bytes. */
  record Share(long objects, long bytes) {}

  private final TreeMap<String, Share> shares = new TreeMap<>();

  /** After a full collection. */
  static Histogram now() {
    try {
      Object text =
          ManagementFactory.getPlatformMBeanServer()
              .invoke(
                  new ObjectName("com.sun.management:type=DiagnosticCommand"),
                  "gcClassHistogram",
                  new Object[] {new String[0]},
                  new String[] {String[].class.getName()});
      var histogram = new Histogram();
      var line = LINE.matcher((String) text);
      while (line.find()) {
        histogram.shares.merge(
            line.group(3),
            new Share(Long.parseLong(line.group(1)), Long.parseLong(line.group(2))),
            (a, b) -> new Share(a.objects + b.objects, a.bytes + b.bytes));
      }
      return histogram;
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Calls a consumer with what there is more of than before. */
  void since(Histogram before, BiConsumer<String, Share> each) {
    shares.forEach(
        (name, share) -> {
          Share old = before.shares.getOrDefault(name, new Share(0, 0));
          each.accept(name, new Share(share.objects - old.objects, share.bytes - old.bytes));
        });
  }
}

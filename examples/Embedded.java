import dev.ostler.kv.Bucket;
import dev.ostler.kv.Kv;
import dev.ostler.kv.KvConfig;

/** A program that has the store in itself. Its class path has ostler and ostler-kv, and nothing else. */
class Embedded {
  void main() {
    try (Kv kv = Kv.open(KvConfig.inMemory())) {
      Bucket shopping = kv.create("shopping");
      shopping.put("milk", "1");
      shopping.put("eggs", "12");
      IO.println(kv.lookup("shopping").orElseThrow().get("eggs").orElseThrow() + " eggs");
    }
  }
}

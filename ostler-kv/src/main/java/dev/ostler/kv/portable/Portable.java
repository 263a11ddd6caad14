package dev.ostler.kv.portable;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The member names of an export, which has a line of JSON for each bucket. Any thread may use them.
 *
 * <p>docs/kv.md describes the format. {@link PortableWriter} writes it, {@link PortableReader}
 * reads it.
 */
final class Portable {
  static final String FORMAT = "format";
  static final String VERSION = "version";

  static final String NAME = "name";
  static final String SEQ = "seq";
  static final String KEPT = "kept";
  static final String DEADLINE = "deadline";
  static final String TEXT = "text";
  static final String KEYS = "keys";
  static final String DEADLINES = "deadlines";
  static final String BINARY_KEYS = "binaryKeys";
  static final String KEY = "key";
  static final String VALUE = "value";
  static final String BASE64 = "base64";

  static final String BUCKETS = "buckets";
  static final String CHECKSUM = "crc32c";

  /** The value of {@link #FORMAT}. */
  static final String THIS_FORMAT = "ostler-kv export";

  /** The only version so far. */
  static final int THIS_VERSION = 1;

  /**
   * Reads and writes JSON without limits of its own: the store limits the length and the number of
   * keys and values. It does not cache keys from one line to the next.
   */
  static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNameLength(Integer.MAX_VALUE)
                  .maxNestingDepth(8)
                  .build())
          .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.INTERN_PROPERTY_NAMES)
          .disable(TokenStreamFactory.Feature.CHARSET_DETECTION)
          .disable(StreamReadFeature.AUTO_CLOSE_SOURCE)
          .disable(StreamWriteFeature.AUTO_CLOSE_TARGET)
          .disable(StreamWriteFeature.FLUSH_PASSED_TO_STREAM)
          .rootValueSeparator((String) null) // the writer writes line breaks itself
          .build();

  private Portable() {}
}

package dev.ostler.kv.portable;

import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * The words of an exported file, a line of JSON for each bucket. Any thread may use it.
 *
 * <p>The file is described in docs/kv.md. {@link PortableWriter} writes it, {@link PortableReader}
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

  /** What the file says it is. */
  static final String THIS_FORMAT = "ostler-kv export";

  /** The only one there has been. */
  static final int THIS_VERSION = 1;

  /**
   * Keys and values may be as long as the store lets them be, and there may be as many different
   * keys: none of them is remembered from one line to the next.
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
          .rootValueSeparator((String) null) // line breaks are written like all else
          .build();

  private Portable() {}
}

package dev.ostler.kv.bucket;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FootprintTest {
  private static final long MEGABYTE = 1024 * 1024;

  @Test
  void a_small_array_takes_its_bytes_and_a_header() {
    assertThat(Footprint.array(0, MEGABYTE)).isEqualTo(16);
    assertThat(Footprint.array(4, MEGABYTE)).isEqualTo(16);
    assertThat(Footprint.array(5, MEGABYTE)).isEqualTo(24);
    assertThat(Footprint.array(MEGABYTE / 2 - 12, MEGABYTE)).isEqualTo(MEGABYTE / 2);
  }

  @Test
  void a_large_array_takes_whole_regions() {
    assertThat(Footprint.array(MEGABYTE / 2, MEGABYTE)).isEqualTo(MEGABYTE);
    assertThat(Footprint.array(MEGABYTE - 12, MEGABYTE)).isEqualTo(MEGABYTE);
    assertThat(Footprint.array(MEGABYTE, MEGABYTE)).isEqualTo(2 * MEGABYTE);
    assertThat(Footprint.array(Integer.MAX_VALUE, MEGABYTE)).isEqualTo(2049 * MEGABYTE);
  }

  /** As -Xlog:gc+init prints it for these heaps. */
  @Test
  void regions_grow_with_the_heap() {
    assertThat(Footprint.region(128 * MEGABYTE)).isEqualTo(MEGABYTE);
    assertThat(Footprint.region(2048 * MEGABYTE)).isEqualTo(MEGABYTE);
    assertThat(Footprint.region(3 * 1024 * MEGABYTE)).isEqualTo(2 * MEGABYTE);
    assertThat(Footprint.region(8 * 1024 * MEGABYTE)).isEqualTo(4 * MEGABYTE);
    assertThat(Footprint.region(512 * 1024 * MEGABYTE)).isEqualTo(32 * MEGABYTE);
  }
}

package cdlc.bench;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;

/** Number and sum of a title's ratings; their mean follows from them. */
record Stats(long count, long sumHalfStars) {
  static final Stats NONE = new Stats(0, 0);

  /** Sixteen bytes: both numbers, big-endian. */
  static final Serde<Stats> SERDE =
      Serdes.serdeFrom(
          (topic, stats) -> stats == null ? null : ByteBuffer.allocate(16).putLong(stats.count).putLong(stats.sumHalfStars).array(),
          (topic, bytes) -> {
            if (bytes == null) return null;
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            return new Stats(buffer.getLong(), buffer.getLong());
          });

  Stats with(Change change) {
    long added = (change.after() == Change.ABSENT ? 0 : 1) - (change.before() == Change.ABSENT ? 0 : 1);
    long stars = Math.max(change.after(), 0) - Math.max(change.before(), 0);
    return new Stats(count + added, sumHalfStars + stars);
  }

  String json(String title) {
    double mean = count == 0 ? 0 : (double) sumHalfStars / count / 2;
    return "{\"title_id\":\"%s\",\"count\":%d,\"sum_half_stars\":%d,\"mean_stars\":%s}".formatted(title, count, sumHalfStars, mean);
  }
}

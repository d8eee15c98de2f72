package cdlc.bench;

import com.sun.management.OperatingSystemMXBean;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/**
 * Count and mean of ratings per title in a RocksDB store that is queried over HTTP at `GET /stats`. Prints "running" when partitions have
 * been assigned, and "applied" once so many records have been. When its input ends it closes, which commits, and prints the CPU time in
 * milliseconds and the most memory in kB that it has used.
 *
 * <p>Arguments: brokers, registry, topic, application id, state folder, guarantee, records, port.
 */
public final class TitleStats {
  private static final String STORE = "stats";

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0];
    String registry = arguments[1];
    String topic = arguments[2];
    String application = arguments[3];
    Path folder = Path.of(arguments[4]);
    String guarantee = arguments[5];
    long records = Long.parseLong(arguments[6]);
    int port = Integer.parseInt(arguments[7]);

    AtomicLong applied = new AtomicLong();
    StreamsBuilder builder = new StreamsBuilder();
    // the topic's key is the title: what is grouped lies in one partition already, and nothing is repartitioned
    builder.stream(topic, Consumed.with(Serdes.String(), Serdes.serdeFrom((unused, change) -> null, new ChangeDeserializer(registry))))
        .groupByKey()
        .aggregate(
            () -> Stats.NONE,
            (title, change, stats) -> {
              if (applied.incrementAndGet() == records) System.out.println("applied");
              return stats.with(change);
            },
            Materialized.<String, Stats, KeyValueStore<Bytes, byte[]>>as(STORE).withKeySerde(Serdes.String()).withValueSerde(Stats.SERDE));

    Properties settings = new Properties();
    settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
    settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    settings.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
    settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, guarantee);
    settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
    settings.put(StreamsConfig.consumerPrefix("auto.offset.reset"), "earliest");

    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.setUncaughtExceptionHandler(
        cause -> {
          cause.printStackTrace();
          Runtime.getRuntime().halt(1); // an end in order would wait for the thread that failed
          return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
        });
    streams.setStateListener(
        (now, before) -> {
          if (now == KafkaStreams.State.RUNNING) System.out.println("running");
        });
    streams.start();
    HttpServer server = serve(streams, port);
    while (System.in.read() >= 0) {}
    streams.close();
    server.stop(0);
    System.out.println("closed " + cpuMillis() + " " + peakKilobytes());
  }

  private static long cpuMillis() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime() / 1_000_000;
  }

  private static long peakKilobytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (line.startsWith("VmHWM:")) return Long.parseLong(line.replaceAll("\\D", ""));
    }
    throw new IOException("reading /proc/self/status: it has no VmHWM");
  }

  /** All rows, as a JSON array. */
  private static HttpServer serve(KafkaStreams streams, int port) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext(
        "/stats",
        exchange -> {
          ReadOnlyKeyValueStore<String, Stats> store = streams.store(StoreQueryParameters.fromNameAndType(STORE, QueryableStoreTypes.keyValueStore()));
          StringJoiner rows = new StringJoiner(",", "[", "]");
          try (KeyValueIterator<String, Stats> all = store.all()) {
            all.forEachRemaining(row -> rows.add(row.value.json(row.key)));
          }
          byte[] body = rows.toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  private TitleStats() {}
}

package cdlc.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Avro in the registry's wire format (0, schema id as four bytes, body) to a change of half stars. Reads with a schema that has nothing
 * but the column it needs, as the other contestants do: Avro skips the rest.
 */
final class ChangeDeserializer implements Deserializer<Change> {
  private static final int HEADER_BYTES = 5;
  private static final Schema PROJECTION =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "Envelope", "namespace": "cdc.user.user.ratings", "fields": [
                {"name": "before", "type": ["null", {"type": "record", "name": "Value", "fields": [{"name": "half_stars", "type": "int"}]}], "default": null},
                {"name": "after", "type": ["null", "Value"], "default": null}
              ]}
              """);

  private final String registry;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
  private BinaryDecoder decoder;
  private GenericRecord reused;

  ChangeDeserializer(String registry) {
    this.registry = registry;
  }

  @Override
  public Change deserialize(String topic, byte[] bytes) {
    if (bytes == null) return null;
    int id = ByteBuffer.wrap(bytes, 1, 4).getInt();
    GenericDatumReader<GenericRecord> reader = readers.computeIfAbsent(id, this::readerOf);
    decoder = DecoderFactory.get().binaryDecoder(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, decoder);
    try {
      reused = reader.read(reused, decoder);
    } catch (IOException cause) {
      throw new UncheckedIOException("decoding a record with schema " + id, cause);
    }
    return new Change(halfStars(reused.get(0)), halfStars(reused.get(1)));
  }

  private static int halfStars(Object row) {
    return row == null ? Change.ABSENT : (int) ((GenericRecord) row).get(0);
  }

  private GenericDatumReader<GenericRecord> readerOf(int id) {
    try {
      URI address = URI.create(registry + "/schemas/ids/" + id);
      String answer = http.send(HttpRequest.newBuilder(address).build(), HttpResponse.BodyHandlers.ofString()).body();
      JsonNode schema = new ObjectMapper().readTree(answer).get("schema");
      if (schema == null) throw new IllegalStateException("reading schema " + id + " from " + address + ": " + answer);
      return new GenericDatumReader<>(new Schema.Parser().parse(schema.asText()), PROJECTION, GenericData.get());
    } catch (IOException cause) {
      throw new UncheckedIOException("reading schema " + id, cause);
    } catch (InterruptedException cause) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("reading schema " + id, cause);
    }
  }
}

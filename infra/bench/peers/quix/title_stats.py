"""Count and mean of ratings per title in Quix Streams, kept in RocksDB with a changelog in Kafka.

Prints "running" at the first record and "applied" after so many. When its input ends it prints the rows as one
line of JSON, then closes, which commits, and prints the CPU time in milliseconds and the most memory in kB that it has used.

Arguments: brokers, registry, topic, consumer group, state folder, guarantee, records.
"""

import io
import json
import resource
import sys
import threading
import urllib.request

import fastavro
from quixstreams import Application, State

brokers, registry, topic, group, folder, guarantee, records = sys.argv[1:]
PROJECTION = fastavro.parse_schema(
    {
        "type": "record",
        "name": "cdc.user.user.ratings.Envelope",
        "fields": [
            {
                "name": "before",
                "type": ["null", {"type": "record", "name": "Value", "fields": [{"name": "half_stars", "type": "int"}]}],
                "default": None,
            },
            {"name": "after", "type": ["null", "Value"], "default": None},
        ],
    }
)
HEADER_BYTES = 5

writers: dict[int, object] = {}
rows: dict[str, list[int]] = {}
applied = 0


def writer_of(schema_id: int):
    if schema_id not in writers:
        with urllib.request.urlopen(f"{registry}/schemas/ids/{schema_id}") as answer:
            writers[schema_id] = fastavro.parse_schema(json.loads(json.load(answer)["schema"]))
    return writers[schema_id]


def fold(value: bytes, key: bytes, _timestamp: int, _headers: object, state: State) -> None:
    global applied
    if applied == 0:
        print("running", flush=True)
    writer = writer_of(int.from_bytes(value[1:HEADER_BYTES], "big"))
    change = fastavro.schemaless_reader(io.BytesIO(value[HEADER_BYTES:]), writer, PROJECTION)
    before, after = change["before"], change["after"]
    stats = state.get("stats", [0, 0])
    stats = [
        stats[0] + (after is not None) - (before is not None),
        stats[1] + (after["half_stars"] if after else 0) - (before["half_stars"] if before else 0),
    ]
    state.set("stats", stats)
    rows[key.decode()] = stats  # Quix Streams answers no queries from outside
    applied += 1
    if applied == int(records):
        print("applied", flush=True)


def end_with_input(app: Application) -> None:
    sys.stdin.read()
    app.stop()


app = Application(
    broker_address=brokers,
    consumer_group=group,
    auto_offset_reset="earliest",
    state_dir=folder,
    processing_guarantee=guarantee,
    loglevel="ERROR",
)
stream = app.dataframe(app.topic(topic, key_deserializer="bytes", value_deserializer="bytes"))
stream.update(fold, stateful=True, metadata=True)
threading.Thread(target=end_with_input, args=(app,), daemon=True).start()
app.run()
table = [
    {"title_id": title, "count": count, "sum_half_stars": total, "mean_stars": total / count / 2 if count else 0}
    for title, (count, total) in rows.items()
]
print("rows", json.dumps(table, separators=(",", ":")), flush=True)
used = resource.getrusage(resource.RUSAGE_SELF)
print("closed", round((used.ru_utime + used.ru_stime) * 1000), used.ru_maxrss, flush=True)

"""Publishes a task request to Arbiter, as any Python program can: confluent-kafka, Avro, the schema registry.

    python publish_task.py spec.yaml --repository /path/to/project --capability python

Nothing here is particular to Arbiter but the record itself. The partition does not matter: Arbiter's intake reads all of
arbiter.task-requests and re-keys. Compression may be any that Kafka knows: the topic stores gzip, the broker converts.
"""

import argparse
import os
import re
import secrets
import time

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "arbiter.task-requests"
# TopicRecordNameStrategy: the subject is the topic and the full name of the record.
SUBJECT = f"{TOPIC}-arbiter.requests.TaskRequested"


def serializer(registry_url: str) -> AvroSerializer:
    registry = SchemaRegistryClient({"url": registry_url})
    schema = registry.get_latest_version(SUBJECT).schema
    # Schemas are registered by Arbiter alone; a publisher takes what is there.
    return AvroSerializer(
        registry,
        schema,
        conf={
            "auto.register.schemas": False,
            "use.latest.version": True,
            "subject.name.strategy": topic_record_subject_name_strategy,
        },
    )


def request_for(args: argparse.Namespace) -> dict:
    with open(args.spec, encoding="utf-8") as file:
        spec = file.read()
    spec_id = re.search(r"^id:\s*([A-Za-z0-9._-]+)\s*$", spec, re.MULTILINE)
    task_id = args.task_id or f"{spec_id.group(1) if spec_id else 'task'}-{secrets.token_hex(6)}"
    return {
        "requestId": args.request_id or secrets.token_hex(16),
        "taskId": task_id,
        "tenant": "default",
        "type": args.type,
        "title": args.title or os.path.basename(args.spec),
        "description": args.description,
        "spec": spec,
        "specRepository": None,
        "specRevision": None,
        "specPath": None,
        "repository": args.repository,
        "baseRevision": args.revision if args.repository else None,
        "requiredCapabilities": args.capability,
        "priority": 5,
        "deadline": None,
        "maxAttempts": args.attempts,
        "tokenBudget": None,
        "costBudgetMicros": None,
        "retryOf": None,
        "metadata": {},
        "actor": "python-example",
        "occurredAt": int(time.time() * 1_000_000),
        "traceparent": None,
    }


def main() -> None:
    args = arguments()
    producer = Producer(
        {
            "bootstrap.servers": args.brokers,
            "acks": "all",
            "compression.type": "lz4",
            "partitioner": "consistent_random",  # librdkafka's default, and not Java's murmur2
        }
    )
    request = request_for(args)
    value = serializer(args.registry)(request, SerializationContext(TOPIC, MessageField.VALUE))
    failures: list = []
    # The request id is the idempotency key: publishing the same request again makes no second task.
    producer.produce(
        TOPIC,
        key=request["taskId"],
        value=value,
        on_delivery=lambda error, _message: failures.append(error) if error else None,
    )
    left = producer.flush(30)
    if left or failures:
        raise SystemExit(f"not published: {failures or 'no answer within 30 s'}")
    print(request["taskId"])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Publish a task request to Arbiter; prints the id of the task.")
    parser.add_argument("spec", help="CAWS working spec (YAML)")
    parser.add_argument("--brokers", default=os.environ.get("KAFKA_BROKERS"), help="default: KAFKA_BROKERS")
    parser.add_argument("--registry", default=os.environ.get("SCHEMA_REGISTRY_URL"), help="default: SCHEMA_REGISTRY_URL")
    parser.add_argument("--task-id")
    parser.add_argument("--request-id")
    parser.add_argument("--type", default="code-editing")
    parser.add_argument("--title", default="")
    parser.add_argument("--description", default="")
    parser.add_argument("--repository", help="git repository to work in; without one the result is a digest")
    parser.add_argument("--revision", default="HEAD")
    parser.add_argument("--capability", action="append", default=[])
    parser.add_argument("--attempts", type=int, default=2)
    args = parser.parse_args()
    if not args.brokers or not args.registry:
        parser.error("give --brokers and --registry, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL")
    return args


if __name__ == "__main__":
    main()

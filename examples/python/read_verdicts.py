"""Reads Arbiter's verdicts through the acceptance fold and checks each signature.

    python read_verdicts.py --key .arbiter/keys/verdicts.pub.pem             all there are, then ends
    python read_verdicts.py --key … --task T-1 --timeout 60                  waits for the final verdict of a task

Prints a line of JSON per verdict that counts. Exits with 1 if a verdict is not
signed, or stands under another name than it was signed for, or the awaited verdict is not PASSED.
"""

import argparse
import json
import os
import time

from confluent_kafka import Consumer, KafkaError, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from acceptance import Acceptance

TOPIC = "arbiter.verdicts"
OF_THE_TASK = "https://arbiter.example/verdict/v1"


def is_signed(key: ec.EllipticCurvePublicKey, verdict: dict) -> bool:
    """DSSE signs the pre-authentication encoding: the type and the payload, each with its length."""
    kind, payload = verdict["payloadType"].encode(), verdict["payload"]
    encoded = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
    for signature in verdict["signatures"]:
        try:
            key.verify(signature["sig"], encoded, ec.ECDSA(hashes.SHA256()))
            return True
        except InvalidSignature:
            pass
    return False


def judged(key: ec.EllipticCurvePublicKey, verdict: dict) -> dict:
    """What the signed payload says. The fields around it are for routing: where they say otherwise, nothing is verified."""
    statement = json.loads(verdict["payload"])
    signed = statement["predicate"][OF_THE_TASK]
    as_labelled = (signed["taskId"], signed["phase"]) == (verdict["taskId"], verdict["phase"])
    return {
        "task_id": signed["taskId"],
        "phase": signed["phase"],
        "result": statement["predicate"]["verificationResult"],
        "verified": as_labelled and is_signed(key, verdict),
        "subject": statement["subject"],
    }


def accepted_verdicts(args: argparse.Namespace):
    """Yields (partition, offset, record) of all that counts; in between None, once every partition has been read to its end."""
    deserialize = AvroDeserializer(SchemaRegistryClient({"url": args.registry}))
    consumer = Consumer(
        {
            "bootstrap.servers": args.brokers,
            "group.id": "python-example",  # required by the client; assigned by hand, so no group is joined
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
    )
    try:
        partitions = list(consumer.list_topics(TOPIC, timeout=30).topics[TOPIC].partitions)
        # From offset 0: a position without its claim and seq is none. Keep all three to go on from elsewhere.
        consumer.assign([TopicPartition(TOPIC, partition, 0) for partition in partitions])
        folds = {partition: Acceptance() for partition in partitions}
        at_end = set()
        while True:
            message = consumer.poll(0.2)
            if message is None:
                if len(at_end) == len(partitions) or time.monotonic() > args.until:
                    yield None
            elif message.error() is not None:
                if message.error().code() != KafkaError._PARTITION_EOF:
                    raise SystemExit(f"{message.error()}")
                at_end.add(message.partition())
            else:
                record = deserialize(message.value(), SerializationContext(TOPIC, MessageField.VALUE))
                if folds[message.partition()].takes(message.offset(), record):
                    yield message.partition(), message.offset(), record
    finally:
        consumer.close()


def main() -> int:
    args = arguments()
    with open(args.key, "rb") as file:
        key = load_pem_public_key(file.read())
    code = 0
    for found in accepted_verdicts(args):
        if found is None:
            if args.task is None:
                return code
            if time.monotonic() > args.until:
                raise SystemExit(f"no final verdict of {args.task} within {args.timeout} s")
            continue
        partition, offset, verdict = found
        line = judged(key, verdict)
        if args.task not in (None, verdict["taskId"], line["task_id"]):
            continue
        code = code if line["verified"] else 1
        print(json.dumps({**line, "partition": partition, "offset": offset}), flush=True)
        if args.task is not None and not (line["verified"] and line["phase"] == "PRE"):
            return 0 if line["verified"] and line["result"] == "PASSED" else 1
    return code


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Read Arbiter's verdicts, those that count, and check their signatures.")
    parser.add_argument("--brokers", default=os.environ.get("KAFKA_BROKERS"), help="default: KAFKA_BROKERS")
    parser.add_argument("--registry", default=os.environ.get("SCHEMA_REGISTRY_URL"), help="default: SCHEMA_REGISTRY_URL")
    parser.add_argument("--key", required=True, help="trusted public key (PEM)")
    parser.add_argument("--task", help="wait for the final verdict of this task")
    parser.add_argument("--timeout", type=float, default=60)
    args = parser.parse_args()
    if not args.brokers or not args.registry:
        parser.error("give --brokers and --registry, or set KAFKA_BROKERS and SCHEMA_REGISTRY_URL")
    args.until = time.monotonic() + args.timeout
    return args


if __name__ == "__main__":
    raise SystemExit(main())

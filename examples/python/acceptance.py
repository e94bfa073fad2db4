"""The acceptance fold: which records of one of Arbiter's owned logs count. Two numbers per partition.

A process that has lost its partition may still write to it. What it writes is in the topic and yet does not count; who reads
a log without this fold may act on a verdict that was never given.
"""


class LogBroken(Exception):
    """The log has been cut or written by a stranger: stop, never carry on."""


class Acceptance:
    def __init__(self) -> None:
        self.claim = -1  # offset of the latest accepted claim
        self.seq = 0  # number that the next record of this claim must carry

    def takes(self, offset: int, record: dict) -> bool:
        """Folds the next record of the partition, from offset 0 on; True if it is an event that counts."""
        if "previousClaim" in record:  # Claimed: a process takes the partition over
            if record["previousClaim"] > self.claim:
                raise LogBroken(f"offset {offset}: a claim after {record['previousClaim']}, expected {self.claim}")
            if record["previousClaim"] == self.claim:
                self.claim, self.seq = offset, 0
            return False
        claim, seq = record["meta"]["claim"], record["meta"]["seq"]
        if claim < self.claim:
            return False  # a zombie, or a request that came too late
        if self.claim < 0 or (claim, seq) != (self.claim, self.seq):
            raise LogBroken(f"offset {offset}: {(claim, seq)}, expected {(self.claim, self.seq)}")
        self.seq += 1
        return True

"""Coverage-guided fuzzing of what the grader reads from a worker: a frame, then a value as every decoder of the grader takes it.

    pip install atheris && python tests/fuzz/fuzz_wire.py tests/fuzz/corpus -max_total_time=3600 -timeout=10 -rss_limit_mb=3000

A finding is anything but a value or one of the errors that the grader expects of a bad reply. `corpus/` is kept small by
`python tests/fuzz/fuzz_wire.py -merge=1 SMALL LARGE`; tests/engine/worker/test_wire.py runs over it.
"""

from __future__ import annotations

import os
import sys
from typing import Any

if __name__ == "__main__":
    import atheris

    with atheris.instrument_imports(
        include=[
            "autograder.worker.frames",
            "autograder.worker.wire",
            "autograder.worker.tensor_bytes",
            "autograder.worker.modules",
            "autograder.run.codec",
            "autograder.run.carried",
            "autograder.run.observation",
            "autograder.run.faults",
            "autograder.compare",
        ]
    ):
        from autograder.run import carried, codec, faults, observation
        from autograder.worker import frames
else:
    from autograder.run import carried, codec, faults, observation
    from autograder.worker import frames

import torch

from autograder import compare
from autograder.run.scope import Scope
from autograder.run.student import RemoteObject


def one_input(data: bytes) -> None:
    """Read `data` as the grader reads a worker's reply. Raises only what is a finding."""
    reading, writing = os.pipe()
    try:
        os.set_blocking(writing, False)
        try:
            os.write(writing, data[:60_000])
        finally:
            os.close(writing)
        try:
            header, blobs = frames.read_frame(reading, max_bytes=1 << 20)
        except frames.WireError:
            return
        scope = Scope()
        tensors = [torch.zeros(2), torch.zeros(3, requires_grad=True)]
        scope.numbers_of(tensors, on_device=False)
        nobody: Any = None
        carrier = carried.Carrier(len(blobs), ["x"], inner=True)
        for copy in (carrier.arguments, carrier.copy):
            try:
                copy(header.get("value"))
            except frames.WireError:
                pass
        decoder = codec.ReplyDecoder(scope, blobs, lambda *about: RemoteObject(nobody, None, *about))
        try:
            value = decoder.decode(header.get("value"))
        except codec.BAD_REPLY:
            return
        observation.freeze(value)
        try:
            compare.expect(value).to_match(tensors[0])
        except compare.Mismatch:
            pass
        faults.record(header.get("error"))
    finally:
        os.close(reading)


if __name__ == "__main__":
    torch.set_num_threads(1)
    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()

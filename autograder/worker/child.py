"""A forked child: runs the cells of one submission and serves calls to what they define.

The grader receives only plain data. The child keeps every tensor that it was sent, under the grader's number. After
each call it reports which of these tensors have changed.
"""

from __future__ import annotations

import pathlib
import random
import time
from typing import Any

import numpy as np
import torch

from . import cell_facts, device, frames, library_patches, nested, notebook_modules, simulated, wire
from .answering import Answering
from .callbacks import Callback, GraderLine
from .codec import CallDecoder, ReplyEncoder
from .namespace import Namespace, explain
from .scope import Scope
from .seal import Seal
from .simulated_rules import LABEL

Reply = tuple[dict[str, Any], list[memoryview]]


class NoGraph(Exception):
    """The grader asked for a gradient, but the result is not connected to any tensor that requires one."""


class Child:
    """The loop that serves the grader over the file descriptor `channel`."""

    def __init__(self, channel: int) -> None:
        self.channel = channel
        self.folder = pathlib.Path.cwd()
        self.namespace = Namespace()
        self.scope = Scope()
        self.line = GraderLine(channel, self.scope)
        self.answering = Answering(channel, self.namespace.find)
        self.seal: Seal

    def serve(self, first: dict[str, Any]) -> None:
        """Answer requests until the grader hangs up. `first` is added to the first reply."""
        operations = {
            "device": self.start_device,
            "cell": self.run_cell,
            "call": self.call,
            "bind": self.bind,
            "facts": self.tell_facts,
            "finish": self.finish,
            "examples": self.run_examples,
            "answer": self.answer,
        }
        while True:
            try:
                header, blobs = frames.read_frame(self.channel)
            except frames.ChannelClosed:
                return
            reply, out = operations[header["op"]](header, blobs)
            remarks = sorted(library_patches.heard)
            frames.write_frame(self.channel, {"id": header["id"], **reply, "remarks": remarks, **first}, out)
            first = {}
            if reply.get("broken"):
                return

    # Each operation takes the header and blobs of a request, and returns those of the reply.

    def start_device(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """Start the accelerator that some calls will use. This comes before the student's first cell."""
        try:
            self.scope.accelerator = device.start(header["name"], header["memory"])
        except Exception as error:
            return {"error": f"{type(error).__name__}: {error}"[:300]}, []
        if self.scope.accelerator.label == LABEL:
            self.namespace.names.update(simulated.student_globals())
            self.seal = Seal()
        return {"label": self.scope.accelerator.label}, []

    def tell_facts(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """What the cells' texts say, before any of them runs."""
        return {"facts": [cell_facts.facts(source) for source in header["sources"]]}, []

    def finish(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """After the last cell: which exercises have a function, at which places; which have only one without code."""
        places = self.namespace.finish(header["exercises"])
        return {"places": places, "empty": self.namespace.empty(header["exercises"])}, []

    def run_examples(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """Run a check cell's visible examples at an exercise's place: [passed, sentence, reason] of each."""
        self.namespace.put_back(header["exercise"], header["place"])
        return {"lines": notebook_modules.run_examples(header["source"], self.namespace.names)}, []

    def answer(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """Answer a question of another worker about a function that is here."""
        return self.answering.answer(header["question"], blobs)

    def bind(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """Replace an answer by a function of the course."""
        self.namespace.bind(header["name"], Callback(self.line, header["n"], header["name"]))
        return {}, []

    def run_cell(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        keys = ("source", "name", "exercise", "only_definitions", "keeps", "released")
        asked = {key: header[key] for key in keys if key in header}
        notes = self.namespace.run_cell(**asked)
        return {"notes": notes, "left_out": sorted(self.namespace.shell.left_out)}, []

    def call(self, header: dict[str, Any], blobs: list[bytearray]) -> Reply:
        """Call a function of the submission, or a method of an object that an earlier call of the same check returned.

        With `forget`, everything that earlier calls left goes first, and the names get what they had at `place`. The
        reply has `args` only where something was put
        into the lists among them, taken out or replaced; what became of the tensors themselves is `changed`; `spent`
        are seconds by the clock. `tampered`: the simulated device is not the one that was started.
        """
        scope = self.scope
        if header["forget"]:
            scope.forget()
            self.namespace.put_back(*header["place"])
        random.seed(header["seed"])
        np.random.seed(header["seed"] % (1 << 32))  # NumPy takes 32 bits only
        torch.set_grad_enabled(True)  # an earlier call may have switched gradients off
        on = scope.on = scope.accelerator if header.get("on_device") else scope.cpu
        on.seed(header["seed"])
        encoder = ReplyEncoder(scope, on)
        reply: dict[str, Any] = {}
        args, before = None, [None]
        try:
            with scope.accelerator.plainly():
                decoder = CallDecoder(scope, blobs, on, self.namespace.find, self.folder)
                args, kwargs, target = decoder.decode(header["args"])
                # objects kept here hold these parameters, and the grader may have changed them
                for node in header["parameters"]:
                    decoder.decode(node)
                before = nested.contents(args)
            del decoder
            del blobs
            start = time.monotonic()
            with on.running():
                for attribute in header.get("path", []):
                    target = getattr(target, attribute)
                # still on the device: a generator runs the student's code only when it is consumed
                value = wire.materialise(target(*args, **kwargs) if header.get("called", True) else target)
                if header.get("backward"):
                    _backward(value)
            reply["spent"] = time.monotonic() - start
            with scope.accelerator.plainly():
                reply["value"] = encoder.encode(value)
        except BaseException as error:  # an answer may also call sys.exit()
            reply["error"] = explain(error)
            if not on.works():  # nothing can be fetched from the device or run on it any more
                return {**reply, "broken": True, "changed": []}, []
        with scope.accelerator.plainly():
            if not nested.holds_the_same(before, nested.contents(args)):
                reply["args"] = encoder.encode(args)
            reply["changed"] = [
                [number, encoder.plain_tensor(tensor), encoder.gradient(tensor)]
                for number, tensor in scope.known.changed(on)
            ]
        if on.label == LABEL and self.seal.broken:
            return {"tampered": True}, []
        return reply, encoder.blobs


def _backward(value: Any) -> None:
    if not isinstance(value, torch.Tensor) or not value.requires_grad:
        raise NoGraph("autograd does not connect the result to any tensor that requires a gradient")
    value.sum().backward()

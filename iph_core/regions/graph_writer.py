"""A pen for ONNX graphs: one method an operation, weights written small.

Matrices are written as whole numbers of few bits with one step a column, vectors as float16. Nodes
whose inputs are all constant turn both to float32: ONNX Runtime computes them once, while it loads
the graph.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 20
IR_VERSION = 10
NORM_EPSILON = 1e-5

Array = NDArray[np.float32]
Name = str
Shape = Sequence[int | str]


class GraphWriter:
    """Collects nodes and weights; `model` gives the finished file. Every method returns the name
    of what it adds."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._known: dict[tuple[int, ...], Name] = {}

    def input(self, name: Name, shape: Shape) -> Name:
        self._inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        return name

    def operation(self, kind: str, *inputs: Name, **attributes: Any) -> Name:
        """A node with one output."""
        name = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def model(self, outputs: dict[Name, tuple[Name, Shape]]) -> bytes:
        """The serialized model. outputs: public name -> (name of the value, shape)."""
        for public, (value, _) in outputs.items():
            self._nodes.append(helper.make_node("Identity", [value], [public], name=public))
        infos = [
            helper.make_tensor_value_info(public, TensorProto.FLOAT, shape)
            for public, (_, shape) in outputs.items()
        ]
        graph = helper.make_graph(self._nodes, "decoder", self._inputs, infos, self._tensors)
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION)
        return bytes(model.SerializeToString(deterministic=True))

    # Constants

    def constant(self, array: NDArray[Any]) -> Name:
        """An array as it is."""
        name = f"constant_{len(self._tensors)}"
        self._tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def integers(self, *values: int) -> Name:
        """int64 (N,); the same values are written once."""
        if values not in self._known:
            self._known[values] = self.constant(np.array(values, np.int64))
        return self._known[values]

    def vector(self, array: Array) -> Name:
        """An array as float16."""
        return self._as_float(array.astype(np.float16))

    def matrix(self, array: Array, bits: int) -> Name:
        """An array (..., rows, columns) as whole numbers of `bits` (9 to 16) bits, with one step a
        column. The upper 8 bits and the rest are stored apart: each compresses better alone."""
        largest = np.abs(array).max(axis=-2, keepdims=True)
        steps = np.maximum(largest / (2 ** (bits - 1) - 1), np.finfo(np.float32).tiny)
        levels = np.rint(array / steps).astype(np.int16)
        rest = bits - 8
        upper = self._as_float((levels >> rest).astype(np.int8))
        lower = self._as_float((levels & (2**rest - 1)).astype(np.uint8))
        whole = self.add(self.multiply(upper, self.number(2**rest)), lower)
        return self.multiply(whole, self.constant(steps.astype(np.float32)))

    def number(self, value: float) -> Name:
        """A float32 scalar."""
        return self.constant(np.array(value, np.float32))

    def _as_float(self, array: NDArray[Any]) -> Name:
        return self.operation("Cast", self.constant(array), to=TensorProto.FLOAT)

    # Operations

    def add(self, *values: Name) -> Name:
        total, *rest = values
        for value in rest:
            total = self.operation("Add", total, value)
        return total

    def multiply(self, a: Name, b: Name) -> Name:
        return self.operation("Mul", a, b)

    def matmul(self, a: Name, b: Name) -> Name:
        return self.operation("MatMul", a, b)

    def softmax(self, value: Name) -> Name:
        """Over the last axis."""
        return self.operation("Softmax", value, axis=-1)

    def reshape(self, value: Name, *shape: int) -> Name:
        """0 keeps an axis, -1 takes what is left."""
        return self.operation("Reshape", value, self.integers(*shape))

    def transpose(self, value: Name, *order: int) -> Name:
        return self.operation("Transpose", value, perm=order)

    def part(self, value: Name, axis: int, start: int, end: int) -> Name:
        """The slice from `start` to `end` along an axis."""
        ends = self.integers(start), self.integers(end), self.integers(axis)
        return self.operation("Slice", value, *ends)

    def concatenate(self, *values: Name, axis: int) -> Name:
        return self.operation("Concat", *values, axis=axis)

    def norm(self, value: Name, weight: Array, bias: Array) -> Name:
        """Layer normalization over the last axis."""
        scales = self.vector(weight), self.vector(bias)
        return self.operation("LayerNormalization", value, *scales, axis=-1, epsilon=NORM_EPSILON)

    def scaled_by_size(self, value: Name, weight: Array, epsilon: float = NORM_EPSILON) -> Name:
        """Layer normalization of rows whose mean is 0 already, without bias; three times as fast in
        WebAssembly. An operation of ONNX Runtime's."""
        return self.operation(
            "SimplifiedLayerNormalization", value, self.vector(weight), axis=-1, epsilon=epsilon
        )

    def centered(self, value: Name) -> Name:
        """Rows minus their means."""
        means = self.operation("ReduceMean", value, self.integers(1), keepdims=1)
        return self.operation("Sub", value, means)

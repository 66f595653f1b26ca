"""The taught encoder as an ONNX graph, its weights in eight bits.

Written out operator by operator, with those that onnxruntime joins, so that nothing depends on how
an exporter of the day writes it. Weights of each output have a scale of their own and use 7 of the 8
bits: sums of two products then never overflow on processors that add them in 16 bits, so that the
whole numbers are the same everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from sentence_examples import Floats

from amity_deep.reading import MOST_TOKENS

__all__ = ["graph"]

HEADS = 12
OPSET, IR = 18, 10
EPSILON = 1e-12
MOST_OF_WEIGHT, MOST_OF_WORD = 63, 127
OURS = "com.microsoft"
State = Mapping[str, Any]


class Graph:
    """Nodes and constants, as they are added."""

    def __init__(self, state: State, *, small: bool) -> None:
        self._state = state
        self._small = small
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def weight(self, name: str) -> Floats:
        return np.asarray(self._state[name].float().numpy(), np.float32)

    def constant(self, value: NDArray[Any]) -> str:
        name = f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def add(self, kind: str, inputs: Sequence[str], outputs: int = 1, **more: Any) -> Any:
        """The name of what a new node gives, or a list of them where it gives several."""
        names = [f"n{len(self.nodes)}_{at}" for at in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, **more))
        return names[0] if outputs == 1 else names

    def norm(self, inputs: list[str], name: str) -> Any:
        """The sum of one or two *inputs*, made even."""
        parts = [self.constant(self.weight(f"{name}.{part}")) for part in ("weight", "bias")]
        if len(inputs) == 1:
            return self.add("LayerNormalization", [*inputs, *parts], epsilon=EPSILON)
        return self.add("SkipLayerNormalization", [*inputs, *parts], domain=OURS, epsilon=EPSILON)

    def linear(self, given: str, weight: Floats, bias: Floats) -> Any:
        """A matrix product; *weight* has a row for each output."""
        over = self.constant(bias)
        if not self._small:
            product = self.add("MatMul", [given, self.constant(weight.T)])
            return self.add("Add", [product, over])
        values, scale = whole(weight, MOST_OF_WEIGHT)
        parts = [self.constant(values.T), self.constant(scale), "", over]
        return self.add("DynamicQuantizeMatMul", [given, *parts], domain=OURS)

    def named(self, given: str, *names: str) -> Any:
        """A matrix product with the weights of *names* side by side."""
        weight = np.vstack([self.weight(f"{name}.weight") for name in names])
        return self.linear(given, weight, np.hstack([self.weight(f"{n}.bias") for n in names]))

    def words(self) -> Any:
        """The row of each token."""
        rows = self.weight("encoder.embeddings.word_embeddings.weight")
        if not self._small:
            return self.add("Gather", [self.constant(rows), "ids"])
        values, scale = whole(rows, MOST_OF_WORD)
        found = self.add("Gather", [self.constant(values), "ids"])
        plain = self.add("Cast", [found], to=TensorProto.FLOAT)
        return self.add("Mul", [plain, self.add("Gather", [self.constant(scale[:, None]), "ids"])])


def whole(weight: Floats, most: int) -> tuple[NDArray[np.int8], Floats]:
    """Whole numbers from -*most* to *most*, and the scale of each row that brings them back."""
    scale = np.maximum(np.abs(weight).max(axis=1) / most, 1e-9).astype(np.float32)
    return np.round(weight / scale[:, None]).astype(np.int8), scale


def embedded(made: Graph) -> Any:
    parts = "encoder.embeddings"
    kinds = made.constant(made.weight(f"{parts}.token_type_embeddings.weight"))
    places = made.constant(made.weight(f"{parts}.position_embeddings.weight")[:MOST_TOKENS])
    zero = made.constant(np.array([0], np.int64))
    length = made.add("Shape", ["ids"], start=1, end=2)
    own = made.add("Add", [made.words(), made.add("Gather", [kinds, "kinds"])])
    placed = made.add("Add", [own, made.add("Slice", [places, zero, length, zero])])
    return made.norm([placed], f"{parts}.LayerNorm")


def layer(made: Graph, given: str, name: str) -> Any:
    own = f"{name}.attention.self"
    joined = made.named(given, f"{own}.query", f"{own}.key", f"{own}.value")
    parts = made.add("Split", [joined], 3, axis=2, num_outputs=3)
    seen = made.add("MultiHeadAttention", parts, domain=OURS, num_heads=HEADS)
    seen = made.named(seen, f"{name}.attention.output.dense")
    middle = made.norm([seen, given], f"{name}.attention.output.LayerNorm")
    wide = made.add("Gelu", [made.named(middle, f"{name}.intermediate.dense")], domain=OURS)
    return made.norm([made.named(wide, f"{name}.output.dense"), middle], f"{name}.output.LayerNorm")


def graph(state: State, *, small: bool = True) -> onnx.ModelProto:
    """The graph of a taught encoder; not *small*, with its weights as they are, to compare.

    Its inputs are those that ``amity_deep.model.run`` gives.
    """
    made = Graph(state, small=small)
    states = embedded(made)
    layers = 1 + max(int(name.split(".")[3]) for name in state if ".layer." in name)
    for at in range(layers):
        states = layer(made, states, f"encoder.encoder.layer.{at}")
    means = made.add("MatMul", ["pool", states])
    said = made.add("MatMul", [means, made.constant(made.weight("head.weight").T)])
    bias = made.constant(made.weight("head.bias"))
    made.nodes.append(helper.make_node("Add", [said, bias], ["logits"]))
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("kinds", TensorProto.INT64, ["batch", "tokens"]),
        helper.make_tensor_value_info("pool", TensorProto.FLOAT, ["batch", "sentences", "tokens"]),
    ]
    count = len(made.weight("head.bias"))
    output = helper.make_tensor_value_info(
        "logits", TensorProto.FLOAT, ["batch", "sentences", count]
    )
    whole_ = helper.make_graph(made.nodes, "amity_deep", inputs, [output], made.constants)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(OURS, 1)]
    return helper.make_model(whole_, opset_imports=opsets, ir_version=IR, producer_name="amity")

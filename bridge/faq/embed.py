"""Texts as vectors: a sentence-embedding model, run by onnxruntime, read into words by tokenizers.

A model is a folder with `model.onnx` (inputs `input_ids`, `attention_mask` and maybe `token_type_ids`; the first output
is one vector a token, texts x tokens x dimensions) and `tokenizer.json`. The vectors of a text's tokens are averaged
and brought to length 1. The one in the package is all-MiniLM-L6-v2 (see NOTICE beside it).

Loading one takes 100 ms and 40 MB: an FAQ that is made ready while another one is in use (somebody changed the file)
shares its model.

Both libraries are loaded with the first model and not before; without them, or without a model, `opened` says why and
the matcher goes by words alone.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from bridge.extras import remedy

Floats = NDArray[np.float32]

SHIPPED = Path(__file__).parent / "model"
MOST_TOKENS = 128
_FILES = ("model.onnx", "tokenizer.json")
_BATCH_TOKENS = 1024
_WORD = re.compile(r"\w+|[^\w\s]")


class NoModel(Exception):
    """Texts cannot be embedded here. The text says what is missing and how it is got."""


class Embedder:
    """One loaded model. Not for two threads at once."""

    def __init__(self, folder: Path) -> None:
        """Load the model in `folder`; `NoModel` where that fails."""
        self.folder = folder
        runtime, tokenizers = _libraries()
        _demand(folder)
        try:
            self._tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._session = _session(runtime, folder / "model.onnx")
        except Exception as error:  # the libraries raise bare Exceptions of their own for a file that they cannot read
            raise NoModel(f"{folder} holds no model that onnxruntime can run: {error}") from error
        self._tokenizer.enable_truncation(MOST_TOKENS)
        self._tokenizer.no_padding()
        self._inputs = frozenset(given.name for given in self._session.get_inputs())

    def __call__(self, texts: Sequence[str]) -> Floats:
        """The texts' vectors, texts x dimensions, each of length 1. A text past 128 tokens is cut."""
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        order = sorted(range(len(tokens)), key=lambda place: len(tokens[place]))
        batches = _batches(order, tokens)
        vectors = np.concatenate([self._run([tokens[place] for place in batch]) for batch in batches])
        return vectors[np.argsort(order)]

    def knows(self, word: str) -> bool:
        """Whether `word` is one of the model's own, not put together from pieces."""
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids) == 1

    def pieces(self, texts: Sequence[str]) -> float:
        """Pieces a word, on average: near 1 where the model knows the words, towards 2 in another language."""
        tokens = sum(max(0, len(encoding.ids) - 2) for encoding in self._tokenizer.encode_batch(list(texts)))
        return tokens / max(1, sum(len(_WORD.findall(text)) for text in texts))

    def _run(self, tokens: Sequence[Sequence[int]]) -> Floats:
        longest = max(1, *map(len, tokens))
        ids = np.zeros((len(tokens), longest), dtype=np.int64)
        mask = np.zeros_like(ids)
        for row, line in enumerate(tokens):
            ids[row, : len(line)] = line
            mask[row, : len(line)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        states = self._session.run(None, {name: value for name, value in given.items() if name in self._inputs})[0]
        weight = mask[..., None].astype(np.float32)
        mean = (states * weight).sum(axis=1) / np.maximum(weight.sum(axis=1), 1)
        vectors: Floats = mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9)
        return vectors

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the model and of its tokenizer: vectors of another model are other vectors."""
        digest = hashlib.sha256()
        for name in _FILES:
            digest.update((self.folder / name).read_bytes())
        return digest.hexdigest()


_IN_USE: WeakValueDictionary[object, Embedder] = WeakValueDictionary()


def loaded(folder: Path) -> Embedder:
    """The model in `folder`, shared with whoever uses it already; `NoModel` where there is none."""
    _libraries()
    _demand(folder)
    files = [(folder / name).stat() for name in _FILES]
    name = (folder, *((file.st_ino, file.st_mtime_ns, file.st_size) for file in files))
    model = _IN_USE.get(name) or Embedder(folder)
    _IN_USE[name] = model
    return model


def _libraries() -> tuple[Any, Any]:
    try:
        return importlib.import_module("onnxruntime"), importlib.import_module("tokenizers")
    except ImportError as error:
        raise NoModel(f"{error.name} is not installed; for answers by meaning {remedy('faq')}") from error


def _demand(folder: Path) -> None:
    for name in _FILES:
        if not (folder / name).is_file():
            raise NoModel(f"{folder / name} is missing; a model is a folder with model.onnx and tokenizer.json")


def _session(runtime: Any, path: Path) -> Any:
    """One thread: a customer's line takes two milliseconds, and the daemon needs the other cores."""
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = False
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _batches(order: Sequence[int], tokens: Sequence[Sequence[int]]) -> list[list[int]]:
    """Texts of like length together, at most `_BATCH_TOKENS` with what pads them."""
    batches: list[list[int]] = [[]]
    for place in order:
        if batches[-1] and (len(batches[-1]) + 1) * len(tokens[place]) > _BATCH_TOKENS:
            batches.append([])
        batches[-1].append(place)
    return [batch for batch in batches if batch]

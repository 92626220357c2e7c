"""What `doctor` and `faq check` say of the model: whether it can be run, and whether it knows the FAQ's language."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from bridge.abilities import Finding, FindingLevel
from bridge.faq.entry import Entry, Mode

GUIDE = 'docs/how-to/faq.md, "In another language than English", says how to get one that knows it'
FOREIGN = (
    "it is not in English, which is the language that the model in the package knows: about half as much is answered "
    "as in English"
)


def model(entries: Sequence[Entry], path: Path | None) -> Iterator[Finding]:
    """Loads it, which takes a second. Raises ImportError without NumPy."""
    from bridge.faq import matcher  # noqa: PLC0415 - NumPy and the model: commands that need neither load neither
    from bridge.faq.embed import SHIPPED, NoModel, loaded  # noqa: PLC0415 - see above

    said = [phrasing for entry in entries if entry.mode is not Mode.OFF for phrasing in entry.phrasings]
    try:
        embed = loaded(path or SHIPPED)
        embed(["Hello"])
    except NoModel as error:
        yield Finding(level=FindingLevel.FAILURE, what=f"only words are compared, not meaning: {error}")
        return
    except Exception as error:  # noqa: BLE001 - a file that is some other model fails in whatever way onnxruntime has
        what = f"the model in {path} cannot be used ({type(error).__name__}), so nothing is answered"
        yield Finding(level=FindingLevel.FAILURE, what=what, todo=f"is it a model for sentences? {GUIDE}")
        return
    if path is not None:
        yield Finding(level=FindingLevel.OK, what=f"meaning is compared with the model in {path}")
    elif said and embed.pieces(said) > matcher.FOREIGN:
        yield Finding(level=FindingLevel.WARNING, what=FOREIGN, todo=GUIDE)
    else:
        yield Finding(level=FindingLevel.OK, what="meaning is compared with the model in the package")

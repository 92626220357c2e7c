"""What the pictures say that people send in place of words."""

from __future__ import annotations

import re

AGREES = "\U0001f44d\U0001f44c\u2705\u2714\U0001f4af\U0001f389"
THANKS = "\U0001f64f\u2764\U0001f495\U0001f970\U0001f618\U0001f917\U0001f490\U0001f44f"
SMILES = "\U0001f60a\U0001f600\U0001f603\U0001f604\U0001f642"
REFUSES = "\U0001f44e\u274c\u2716\U0001f61e\U0001f620\U0001f621\U0001f641\u2639\U0001f615"
SMILEY = re.compile(r"(?<!\S)[:;]-?[)D*](?!\S)")
FROWN = re.compile(r"(?<!\w)[:;]-?[(/](?!\w)")

NOTHING = re.compile("[\U0001f3fb-\U0001f3ff\u200d\ufe0f]")
"""Skin tones, the joiner, and the sign that asks for a coloured picture change nothing."""

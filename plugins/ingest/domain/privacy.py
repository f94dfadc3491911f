"""Keeping personal ID numbers out of stored text: masked in the text and in the word boxes, found for sealing."""

from __future__ import annotations

from collections.abc import Sequence

from models.persons import find_id_numbers, mask_ids_in
from plugins.ingest.domain.scan import Word


def mask_words(words: Sequence[Word]) -> tuple[Word, ...]:
    """Return the words with every identity number masked, also one that runs over several boxes."""
    masked = mask_ids_in("".join(word.text for word in words))
    result, start = [], 0
    for word in words:
        end = start + len(word.text)
        result.append(word._replace(text=masked[start:end]))
        start = end
    return tuple(result)


def id_numbers(text: str) -> tuple[str, ...]:
    """Return the identity numbers in a text, each once, in order."""
    return tuple(dict.fromkeys(span.number for span in find_id_numbers(text)))

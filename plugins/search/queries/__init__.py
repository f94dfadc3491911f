"""What searching reads from the database: numbers, documents to index, and the rows behind hits."""

from __future__ import annotations

"""Reads of the accounts plugin: frozen values for pages, commands and the identity provider."""

from __future__ import annotations

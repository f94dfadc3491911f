"""The papers of a household file, one module for each family of forms."""

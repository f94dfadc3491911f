"""The handover package: a folder that carries a sent batch, checked with ordinary tools, the same bytes whenever it is made."""

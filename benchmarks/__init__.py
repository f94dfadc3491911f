"""Figures on this machine that `make bench` prints: each module is run by itself, none is a test."""

"""The pure rules of intake: names of files, reasons of refusal, the look of a page, the reading of its text."""

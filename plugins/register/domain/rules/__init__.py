"""The rules R01 to R45 of the register: what each is called, and those that one row alone can answer."""

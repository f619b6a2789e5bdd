"""The rules of complaints: pure values in, values out; `now` is always an argument."""

"""Exercises made of their one source, by this project and by teachers of their own."""

__all__: list[str] = []

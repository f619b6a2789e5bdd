"""The web form's way in. Its letters go by mail."""

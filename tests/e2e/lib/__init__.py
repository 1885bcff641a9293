"""What the end-to-end checks share: reporting, running programs, making logs."""
